"""Everything about a track: its cover, its facts, its other takes, its song, files and lyrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from suno_tui.library.track import MOST_STARS, Track
from suno_tui.settings import LOCAL
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.dialogs.reader import Page
from suno_tui.tui.library.cover import Cover
from suno_tui.tui.library.sheet import Part, Sheet, heading, plain
from suno_tui.tui.tasks.details import song_facts
from suno_tui.tui.text import content, one_line
from suno_tui.tui.when import clock, stamp

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp
    from suno_tui.tui.library.pane import LibraryPane


class TrackDetails(Dialog[None]):
    """One track. Its actions are the library's."""

    app: StudioApp

    DEFAULT_CSS = """
    TrackDetails > #frame { height: 100%; width: 150; }
    TrackDetails {
        & Page { height: 1fr; }
        & #track-about, & #track-top { height: auto; width: 1fr; }
        & #track-top { margin-bottom: 1; }
        & #track-lyrics { margin-top: 1; }
        & .-beside { layout: horizontal; }
        & .-beside #track-lyrics { width: 2fr; margin: 0 0 0 3; }
        & .-beside #track-about { width: 3fr; }
    }
    """

    def __init__(self, pane: LibraryPane, track: Track) -> None:
        super().__init__(f"{one_line(track.name, 60)} {track.take}")
        self.pane = pane
        self.track = track

    def body(self) -> ComposeResult:
        with Page(id="track-page"):
            with Vertical(id="track-about"):
                with Horizontal(id="track-top"):
                    yield Cover(id="track-cover")
                    yield Sheet(id="track-facts")
                yield Sheet(id="track-rest")
            yield Sheet(id="track-lyrics")

    def on_mount(self) -> None:
        super().on_mount()
        self._lay_out()
        self._show()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Lyrics beside the rest where there is room for both, and the cover as it fits."""
        width, height = min(150, self.app.size.width) - 5, self.app.size.height - 4
        beside = width >= 110 and bool(self.track.lyrics.strip())
        self.query_one("#track-page").set_class(beside, "-beside")
        about = (width - 3) * 3 // 5 if beside else width
        self.query_one(Cover).resize(about * 2 // 5, height * 3 // 5)

    def label(self, id: str) -> str | None:
        return self.pane.label(id) if id != "clear" else None

    def why_not(self, id: str) -> str | None:
        return self.pane.why_not(id) if id != "clear" else None

    def action_open(self) -> None:
        self.pane.action_open()

    def action_favorite(self) -> None:
        self.pane.action_favorite()
        self._show()

    def action_trash(self) -> None:
        self.dismiss(None)
        self.pane.action_trash()

    def action_clone(self) -> None:
        self.dismiss(None)
        self.pane.action_clone()

    def action_copy_lyrics(self) -> None:
        self.pane.action_copy_lyrics()

    def action_copy_path(self) -> None:
        self.pane.action_copy_path()

    def action_copy_id(self) -> None:
        self.pane.action_copy_id()

    def _show(self) -> None:
        track = self.pane.track
        if track is not None and track.id == self.track.id:
            self.track = track
        track = self.track
        others = self.pane.studio.library.sisters(track)
        self.query_one(Cover).show(track)
        top: list[Part] = [facts(track)]
        if others:
            top += [Content(""), heading("Other takes"), takes(others)]
        rest: list[Part] = [heading("Files"), files(track)]
        if track.song is not None:
            rest = [heading("Song"), plain(song_facts(track.song)), Content(""), *rest]
        self.query_one("#track-facts", Sheet).show(*top)
        self.query_one("#track-rest", Sheet).show(*rest)
        words = content(track.lyrics.strip(), lines=True)
        self.query_one("#track-lyrics", Sheet).show(*([heading("Lyrics"), words] if words else []))


def tilde(path: Path) -> str:
    """The path, `~` standing for the user's own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def music(track: Track) -> str:
    """Tempo and key, as far as they are known."""
    tempo = f"{track.bpm:.0f} BPM" if track.bpm else ""
    return " · ".join(filter(None, (tempo, track.key)))


def made_by(provider: str) -> str:
    """Who made it; the built-in provider is called what it is."""
    return "local, the built-in sketch engine" if provider == LOCAL else provider


def stars(rating: int) -> str:
    return "★" * rating + "☆" * (MOST_STARS - rating)


def facts(track: Track) -> list[tuple[str, Content]]:
    """What one wants to know of a track first."""
    rating = Content.styled(stars(track.rating) + ("  ♥" if track.favorite else ""), "$warning")
    return [
        *plain([("Length", clock(track.duration))]),
        ("Rating", rating),
        *plain(
            [
                ("Style", track.style),
                ("Tags", track.tags if track.tags.casefold() != track.style.casefold() else ""),
                ("Music", music(track)),
                ("Notes", track.notes),
                ("Made by", made_by(track.provider)),
                ("Model", track.model if track.song is None else ""),
                ("Added", stamp(track.created_at)),
            ]
        ),
    ]


def takes(tracks: list[Track]) -> list[tuple[str, Content]]:
    """The other takes of a song, one a line."""
    return [
        (
            str(track.take),
            Content("  ").join(
                [
                    content(f"{one_line(track.name, 60)}  {clock(track.duration)}"),
                    Content.styled(stars(track.rating), "$warning"),
                ]
            ),
        )
        for track in tracks
    ]


def files(track: Track) -> list[tuple[str, Content]]:
    """Where it lies; the files of a track lie beside each other."""
    return plain(
        [
            ("Folder", tilde(track.file.parent)),
            ("Audio", track.audio.name),
            ("Cover", track.cover.name if track.cover else "none"),
            ("Facts", track.file.name),
            ("Id", track.id),
            ("Task", track.task_id),
        ]
    )

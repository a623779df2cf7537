"""The page of a track: its cover and shape, its other takes, its words, song and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content

from suno_tui.errors import StudioError
from suno_tui.library.track import Track
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.dialogs.reader import Page
from suno_tui.tui.library.actions import TrackActions
from suno_tui.tui.library.cover import Cover
from suno_tui.tui.library.sheet import Part, Sheet, heading, plain
from suno_tui.tui.library.words import made_by, music, stars
from suno_tui.tui.sound.deck import Deck
from suno_tui.tui.sound.wave import Wave
from suno_tui.tui.tasks.details import song_facts
from suno_tui.tui.text import content, one_line
from suno_tui.tui.when import clock, stamp

if TYPE_CHECKING:
    from suno_tui.tui.library.pane import LibraryPane

WIDEST = 200
LOOK_SECONDS = 0.5


class TrackPage(Page):
    """Scrolls, but for the space bar: that is the player's."""

    BINDINGS = [Binding("space", "screen.play", show=False)]


class TrackDetails(Dialog[None], TrackActions):
    """One track, live: it follows the library while it is open.

    A digit shows that take of the song, `>` and `<` the track below or above in the list.
    """

    DEFAULT_CSS = (
        f"""
    TrackDetails > #frame {{ height: 100%; width: {WIDEST}; padding: 0 0 0 1; }}
    """
        + """
    TrackDetails {
        & Page { height: 1fr; padding-right: 1; }
        & #track-top, & #track-head, & #track-below, & #track-about { height: auto; width: 1fr; }
        & #track-top { margin-bottom: 1; }
        & Wave { margin: 1 0 1 0; height: 4; }
        & #track-about > Sheet { margin-bottom: 1; }
        & #track-lyrics { margin-bottom: 1; }
        & #track-below { layout: vertical; }
        & #track-below.-beside { layout: horizontal; }
        & .-beside > #track-lyrics { margin-right: 3; }
        & .-beside > #track-about.-wordless { layout: horizontal; }
        & .-wordless > #track-song { margin-right: 3; }
    }
    """
    )
    BINDINGS = [Binding(str(take), f"take({take})", show=False) for take in range(1, 10)]

    def __init__(self, pane: LibraryPane, track: Track) -> None:
        super().__init__("Track")
        self.pane = pane
        self._track = track
        self._takes: list[Track] = [track]
        self._version: object = None
        self._shape = Deck(pane.studio)

    @property
    def track(self) -> Track:
        return self._track

    def body(self) -> ComposeResult:
        with TrackPage(id="track-page"):
            with Horizontal(id="track-top"):
                yield Cover(id="track-cover")
                with Vertical(id="track-head"):
                    yield Sheet(id="track-facts")
                    yield Wave(self._shape)
                    yield Sheet(id="track-takes")
            with Vertical(id="track-below"):
                yield Sheet(id="track-lyrics")
                with Vertical(id="track-about"):
                    yield Sheet(id="track-song")
                    yield Sheet(id="track-files")

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.set_interval(LOOK_SECONDS, self._look)

    def on_resize(self) -> None:
        self._lay_out()

    # What it shows

    def _look(self) -> None:
        """Show the track as it is now, where the library has changed; go where it has gone."""
        if self._version != self.pane.studio.library.version():
            try:
                self._track = self.pane.studio.library.get(self._track.id)
            except StudioError:
                if self.is_active:  # `dismiss` is for the one on top
                    self.dismiss(None)
                    name = f"{one_line(self._track.name, 40)} {self._track.take}"
                    self.app.say(f"{name} is gone: its files are not there any more.")
                return
            self._show()
        playing = self.app.deck
        wave = self.query_one(Wave)
        here = playing.track is not None and playing.track.id == self._track.id and playing.levels
        wave.deck = playing if here else self._shape
        wave.look()

    def _turn_to(self, track: Track) -> None:
        """Show another track."""
        self._track = track
        self.query_one(Page).scroll_home(animate=False)
        self._show()

    def _show(self) -> None:
        track, library = self._track, self.pane.studio.library
        self._version = library.version()
        self._takes = sorted([track, *library.sisters(track)], key=lambda each: each.take)
        self.query_one(Cover).show(track)
        self.query_one("#track-facts", Sheet).show(*head(track))
        others = [heading("Takes"), *takes(self._takes, track)] if len(self._takes) > 1 else []
        self.query_one("#track-takes", Sheet).show(*others)
        words = content(track.lyrics.strip(), lines=True)
        self.query_one("#track-lyrics", Sheet).show(*([heading("Lyrics"), words] if words else []))
        song = [("Tags", track.tags), ("Notes", track.notes), ("Made by", made_by(track.provider))]
        sent = song_facts(track.song) if track.song is not None else [("Model", track.model)]
        self.query_one("#track-song", Sheet).show(heading("Song"), plain([*song, *sent]))
        self.query_one("#track-files", Sheet).show(
            heading("Files"), files(track, library.damage(track))
        )
        self._lay_out()
        if self._shape.track is None or self._shape.track.audio != track.audio:
            self._shape.track, self._shape.levels, self._shape.marks = track, b"", ()
            self._read_shape()
        self._shape.track = track
        self._look_at_wave()

    @work(exclusive=True, group="shape")
    async def _read_shape(self) -> None:
        await self._shape.read_shape()
        self._look_at_wave()

    def _look_at_wave(self) -> None:
        if self.is_mounted:
            self._look()

    def _lay_out(self) -> None:
        """Lyrics beside the rest where there is room, the cover as it fits, the wave beside it."""
        width, height = min(WIDEST, self.app.size.width) - 5, self.app.size.height - 4
        below, about = self.query_one("#track-below"), self.query_one("#track-about")
        below.set_class(width >= 100, "-beside")
        about.set_class(not self._track.lyrics.strip(), "-wordless")
        cover, facts = self.query_one(Cover), self.query_one("#track-facts", Sheet)
        cover.resize(width * 2 // 5, height // 2)
        room = width - (2 * cover.rows + 2 if cover.display else 0)
        others = len(self._takes) + 1 if len(self._takes) > 1 else 0
        free = cover.rows - facts.lines_in(room) - others - 2
        self.query_one(Wave).styles.height = max(3, min(8, free if cover.display else 4))

    # What the keys do

    def label(self, id: str) -> str | None:
        playing = self.app.deck.track is not None and self.app.deck.track.id == self._track.id
        if id == "play":
            return "Pause" if playing and self.app.deck.playing else None
        return {
            "open": "Play", "edit_outside": "Edit lyrics", "swap": "Other take",
            "next_track": "Below", "previous_track": "Above",
        }.get(id)  # fmt: skip

    def why_not(self, id: str) -> str | None:
        if id == "clear":
            return None
        if id == "swap":
            return None if len(self._takes) > 1 else "This song has no other take."
        if id in ("undo", "redo"):
            return None
        return super().why_not(id)

    def action_take(self, take: int) -> None:
        """Show the take of that number."""
        for track in self._takes:
            if track.take == take:
                self._turn_to(track)

    def action_swap(self) -> None:
        """Show the next take of the song."""
        places = [each.id for each in self._takes]
        self._turn_to(self._takes[(places.index(self._track.id) + 1) % len(self._takes)])

    def action_next_track(self) -> None:
        self._step(1)

    def action_previous_track(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        """To the track below or above in the list; its cursor goes along."""
        rows = self.pane.rows
        rows.move_to(rows.cursor + by)
        if rows.current is not None:
            self._turn_to(rows.current)

    def action_open(self) -> None:
        self.app.play_track(self._track, self.pane.rows.items)

    def action_play(self) -> None:
        """Play or pause this track."""
        if self.app.deck.track is not None and self.app.deck.track.id == self._track.id:
            self.app.action_play()
        else:
            self.action_open()

    def action_trash(self) -> None:
        super().action_trash()
        self.dismiss(None)

    def action_clone(self) -> None:
        self.dismiss(None)
        super().action_clone()

    def action_actions(self) -> None:
        self.app.action_actions()

    def action_help(self) -> None:
        self.app.action_help()


def tilde(path: Path) -> str:
    """The path, `~` standing for the user's own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def head(track: Track) -> list[Part]:
    """What one wants to know of a track first."""
    title = Content.assemble(
        content(f"{track.name} {track.take}", "bold $accent"),
        (f"  {stars(track.rating)}", "$warning"),
        ("  ♥" if track.favorite else "", "$error"),
    )
    length = "length unknown" if track.kept else clock(track.duration)
    about = (length, music(track), stamp(track.created_at)[:16])
    lines: list[Part] = [title]
    if style := track.style or track.tags:
        lines.append(content(" ".join(style.split())))
    return [*lines, content(" · ".join(filter(None, about)), "$text-muted")]


def takes(tracks: list[Track], this: Track) -> list[Part]:
    """The takes of a song, one a line, each with the key that shows it."""
    return [
        Content.assemble(
            (f"{track.take}", "bold $footer-key-foreground"),
            ("  ▸ " if track.id == this.id else "    "),
            content(one_line(track.name, 40), "bold" if track.id == this.id else ""),
            (f"  {clock(track.duration)}  ", "$text-muted"),
            (stars(track.rating), "$warning"),
            ("  ♥" if track.favorite else "", "$error"),
        )
        for track in tracks
    ]


def files(track: Track, damage: str) -> list[tuple[str, Content]]:
    """Where it lies; the files of a track lie beside each other."""
    return plain(
        [
            ("Folder", tilde(track.file.parent)),
            ("Audio", track.audio.name + (", kept as it came: not checked" if track.kept else "")),
            ("Damaged", damage),
            ("Cover", track.cover.name if track.cover else "none"),
            ("Facts", track.file.name),
            ("Id", track.id),
            ("Task", track.task_id),
        ]
    )

"""The page of a track: cover, waveform, other takes, lyrics, song and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clock
from suno_tui.library.track import Family, Track
from suno_tui.tui.ages import stamp
from suno_tui.tui.dialogs.reader import DetailsDialog, Page
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.screens.library.labels import made_by, music, stars
from suno_tui.tui.screens.library.track_actions import TrackActions
from suno_tui.tui.screens.queue.details import song_facts
from suno_tui.tui.widgets.content import content, one_line
from suno_tui.tui.widgets.cover import Cover
from suno_tui.tui.widgets.fact_sheet import FactSheet, Part, heading, plain
from suno_tui.tui.widgets.waveform import Waveform

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.screens.library.rows import TrackRows

WIDEST = 200
POLL_SECONDS = 0.5


class TrackPage(Page):
    """A scrolling page; its space bar plays the track and does not scroll."""

    BINDINGS = [Binding("space", "screen.play", show=False)]


class TrackDetails(DetailsDialog, TrackActions):
    """The page of one track, which is updated while it is open.

    A digit shows the take of that number, `>` and `<` the track below or above in the list.
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
        & Waveform { margin: 1 0 1 0; height: 4; }
        & #track-about > FactSheet { margin-bottom: 1; }
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

    def __init__(self, studio: Studio, rows: TrackRows, track: Track) -> None:
        super().__init__("Track")
        self.studio, self.rows = studio, rows
        self._track = track
        self._takes: list[Track] = [track]
        self._version: object = None
        self._view = PlaybackSession(studio)

    @property
    def track(self) -> Track:
        return self._track

    def body(self) -> ComposeResult:
        with TrackPage(id="track-page"):
            with Horizontal(id="track-top"):
                yield Cover(self.app.images, id="track-cover")
                with Vertical(id="track-head"):
                    yield FactSheet(id="track-facts")
                    yield Waveform(self._view)
                    yield FactSheet(id="track-takes")
            with Vertical(id="track-below"):
                yield FactSheet(id="track-lyrics")
                with Vertical(id="track-about"):
                    yield FactSheet(id="track-song")
                    yield FactSheet(id="track-family")
                    yield FactSheet(id="track-files")

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.set_interval(POLL_SECONDS, self._update)

    def on_resize(self) -> None:
        self._lay_out()

    # Content

    def _update(self) -> None:
        """Show the track again if the library has changed; close the page if the track is gone."""
        if self._version != self.studio.library.version():
            try:
                self._track = self.studio.library.get(self._track.id)
            except StudioError:
                if self.is_active:  # only the screen on top may call `dismiss`
                    self.dismiss(None)
                    name = f"{one_line(self._track.name, 40)} {self._track.take}"
                    self.app.notify_briefly(f"{name} is gone: its files were removed.")
                return
            self._show()
        playing = self.app.playback.session
        waveform = self.query_one(Waveform)
        here = self._plays and playing.levels
        waveform.shown = playing if here else self._view
        waveform.redraw()

    def _show_track(self, track: Track) -> None:
        """Show another track."""
        self._track = track
        self.query_one(Page).scroll_home(animate=False)
        self._show()

    def _show(self) -> None:
        track, library = self._track, self.studio.library
        self._version = library.version()
        self._takes = sorted([track, *library.other_takes(track)], key=lambda each: each.take)
        self.query_one(Cover).show(track.cover)
        self.query_one("#track-facts", FactSheet).show(*head(track))
        others = [heading("Takes"), *takes(self._takes, track)] if len(self._takes) > 1 else []
        self.query_one("#track-takes", FactSheet).show(*others)
        lyrics = content(track.lyrics.strip(), lines=True)
        self.query_one("#track-lyrics", FactSheet).show(
            *([heading("Lyrics"), lyrics] if lyrics else [])
        )
        song = [("Tags", track.tags), ("Notes", track.notes), ("Made by", made_by(track.provider))]
        sent = (
            song_facts(track.song)
            if track.song is not None
            else [("Model", track.model or "unknown")]
        )
        self.query_one("#track-song", FactSheet).show(heading("Song"), plain([*song, *sent]))
        family = relatives(track, library.family(track))
        parts: list[Part] = [heading("Family"), plain(family)] if family else []
        self.query_one("#track-family", FactSheet).show(*parts)
        self.query_one("#track-files", FactSheet).show(
            heading("Files"), files(track, library.damage(track))
        )
        self._lay_out()
        if self._view.track is None or self._view.track.audio != track.audio:
            self._view.track, self._view.levels, self._view.marks = track, b"", ()
            self._read_details()
        self._view.track = track
        self._update_waveform()

    @work(exclusive=True, group="shape")
    async def _read_details(self) -> None:
        await self._view.read_details()
        self._update_waveform()

    def _update_waveform(self) -> None:
        if self.is_mounted:
            self._update()

    def _lay_out(self) -> None:
        """Place the lyrics next to the rest if there is room; fit the cover and the waveform."""
        width, height = min(WIDEST, self.app.size.width) - 5, self.app.size.height - 4
        below, about = self.query_one("#track-below"), self.query_one("#track-about")
        below.set_class(width >= 100, "-beside")
        about.set_class(not self._track.lyrics.strip(), "-wordless")
        cover, facts = self.query_one(Cover), self.query_one("#track-facts", FactSheet)
        cover.resize(width * 2 // 5, height // 2)
        room = width - (2 * cover.rows + 2 if cover.display else 0)
        others = len(self._takes) + 1 if len(self._takes) > 1 else 0
        free = cover.rows - facts.lines_in(room) - others - 2
        self.query_one(Waveform).styles.height = max(3, min(8, free if cover.display else 4))

    @property
    def _plays(self) -> bool:
        """Whether this is the track in the player."""
        track = self.app.playback.session.track
        return track is not None and track.id == self._track.id

    # Actions

    def label(self, id: str) -> str | None:
        if id == "play":
            return "Pause" if self._plays and self.app.playback.session.will_play else None
        return {
            "open": "Play", "edit_in_editor": "Edit lyrics", "swap": "Other take",
            "next_track": "Below", "previous_track": "Above",
        }.get(id)  # fmt: skip

    def why_not(self, id: str) -> str | None:
        if id == "swap":
            return None if len(self._takes) > 1 else "This song has no other take."
        return super().why_not(id)

    def action_take(self, take: int) -> None:
        """Show the take with that number."""
        for track in self._takes:
            if track.take == take:
                self._show_track(track)

    def action_swap(self) -> None:
        """Show the next take of the song."""
        places = [each.id for each in self._takes]
        self._show_track(self._takes[(places.index(self._track.id) + 1) % len(self._takes)])

    def action_next_track(self) -> None:
        self._move_by(1)

    def action_previous_track(self) -> None:
        self._move_by(-1)

    def _move_by(self, by: int) -> None:
        """Show the track below or above in the list, and move the list's cursor."""
        self.rows.move_to(self.rows.cursor + by)
        if self.rows.current is not None:
            self._show_track(self.rows.current)

    def action_open(self) -> None:
        self.app.playback.play_track(self._track, self.rows.items)

    def action_play(self) -> None:
        """Play or pause this track."""
        if self._plays:
            self.app.playback.action_play()
        else:
            self.action_open()

    def action_trash(self) -> None:
        super().action_trash()
        self.dismiss(None)

    def action_clone(self) -> None:
        self.dismiss(None)
        super().action_clone()

    def action_actions(self) -> None:
        self.app.palette.action_actions()


def tilde(path: Path) -> str:
    """Return the path with `~` for the user's own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def head(track: Track, *, narrow: bool = False) -> list[Part]:
    """Return the most important facts of a track; if `narrow`, the day without the time."""
    title = Content.assemble(
        content(f"{track.name} {track.take}", "bold $accent"),
        (f"  {stars(track.rating)}", "$warning"),
        ("  ♥" if track.favorite else "", "$error"),
    )
    length = "length unknown" if track.kept else clock(track.duration)
    about = (length, music(track), stamp(track.created_at)[: 10 if narrow else 16])
    lines: list[Part] = [title]
    if style := track.style or track.tags:
        lines.append(content(" ".join(style.split())))
    return [*lines, content(" · ".join(filter(None, about)), "$text-muted")]


def takes(tracks: list[Track], this: Track) -> list[Part]:
    """Return a row for each take of a song, with the key that shows it."""
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


def relatives(track: Track, family: Family) -> list[tuple[str, str]]:
    """Return lines on the track's parent and on the tracks that were made from it."""

    def line(each: Track, made: Track | None = None) -> str:
        found = f"{one_line(each.name, 40)} {each.take}  {clock(each.duration)}  {each.id}"
        return f"{found}{_span(made or each)}"

    pairs = []
    if track.origin is not None:
        how = _FROM.get(track.origin.relation, "Made from")
        gone = f"{track.origin.parent}, which is not in the library"
        pairs.append((how, line(family.parent, track) if family.parent else gone + _span(track)))
    for relation, words in _CHILDREN.items():
        found = [each for each in family.children if each.origin and each.origin[1] == relation]
        pairs += [(words if i == 0 else "", line(each)) for i, each in enumerate(found[:_MOST])]
        if len(found) > _MOST:
            pairs.append(("", f"and {len(found) - _MOST} more"))
    return pairs


def _span(track: Track) -> str:
    """Return the moment from which a track was extended, or the span that was repainted."""
    song = track.song
    if song is None or song.way is None or track.origin is None or song.span_start is None:
        return ""
    if track.origin.relation != song.way:
        return ""  # a replay of such a track
    start = clock(song.span_start)
    return f"  from {start}" if song.span_end is None else f"  {start}–{clock(song.span_end)}"


_MOST = 8
"""Most relatives that are listed of each kind."""
_FROM = {
    "replay": "Replay of",
    "more": "Like",
    "extend": "Extends",
    "cover": "Version of",
    "repaint": "Repaints",
}
_CHILDREN = {
    "replay": "Replays",
    "more": "More like it",
    "extend": "Extended",
    "cover": "Versions",
    "repaint": "Repainted",
}


def files(track: Track, damage: str) -> list[tuple[str, Content]]:
    """Return the files of a track, which are all in one folder, and its ids."""
    return plain(
        [
            ("Folder", tilde(track.file.parent)),
            ("Audio", track.audio.name + (", kept as it came: not checked" if track.kept else "")),
            ("Damaged", damage),
            ("Cover", track.cover.name if track.cover else "none"),
            ("Facts", track.file.name),
            ("Imported", stamp(track.imported)[:16] if track.imported else ""),
            ("From", tilde(Path(track.source)) if track.source else ""),
            ("Seed", f"{track.seed}" if track.seed is not None else ""),
            ("Engine", track.engine),
            ("Id", track.id),
            ("Task", track.task_id),
        ]
    )

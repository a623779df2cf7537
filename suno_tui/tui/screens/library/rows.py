"""The rows of the library, with as many columns as fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.widgets import Static

from suno_tui.common.text import clock
from suno_tui.library.list_queries import Takes
from suno_tui.library.track import MOST_STARS, Track
from suno_tui.tui.ages import age
from suno_tui.tui.screens.library.songs import TrackItems, song_key
from suno_tui.tui.widgets.content import fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

MOST_IN_RANGE = 5000
"""Rows that a range of marks spans at most; `*` marks any number at once."""


class Column(NamedTuple):
    """A column: its heading, its width in cells (without the space after it) and its sort order."""

    name: str
    heading: str
    width: int
    sort: str = ""
    align: str = "left"


_ENDS = (
    Column("provider", "Provider", 10, "provider"),
    Column("model", "Model", 10, "model"),
    Column("bpm", "BPM", 4, "bpm", "right"),
    Column("key", "Key", 8),
    Column("length", "Length", 6, "len", "right"),
    # Muted columns are adjacent: each change of colour costs some twenty bytes a row.
    Column("age", "Added", 6, "added", "right"),
    Column("rating", "Rating", 6, "rating"),
)
"""The columns after title and style, in their order."""
_FROM = {"provider": 1000, "model": 96, "bpm": 110, "key": 1000, "age": 46, "rating": 36}
"""The width of a row from which it has a column, if the user has not chosen any."""
_LEFT_OUT_FIRST = ("provider", "key", "bpm", "model", "age", "rating", "length")
"""The order in which chosen columns are left out if they don't fit."""
CHOICES = {"style": "Style"} | {column.name: column.heading for column in _ENDS}
"""The columns that can be chosen, with their headings."""


def columns(width: int, chosen: Sequence[str] = ()) -> list[Column]:
    """Return the columns that fit a row of this width; title and style share what is left.

    `chosen` are the names of the columns that the user wants; none for the usual ones.
    """
    if width < 24:
        return [Column("favorite", "", 1), Column("title", "Title", max(1, width - 2), "title")]
    fixed = [Column("playing", "", 1), Column("favorite", "", 1)]
    take = Column("take", "", 2, "", "right")
    if chosen:
        ends = [column for column in _ENDS if column.name in chosen]
    else:
        ends = [column for column in _ENDS if width >= _FROM.get(column.name, 0)]
    least = 16 if width >= 46 else 4
    for name in ("", *_LEFT_OUT_FIRST):
        ends = [column for column in ends if column.name != name]
        used = sum(column.width + 1 for column in (*fixed, take, *ends))
        if not chosen or width - used - 1 >= least:
            break
    if width < 40:
        ends = [each._replace(heading="") if each.name == "length" else each for each in ends]
    room = max(4, width - used - 1)
    if room < 26 or (chosen and "style" not in chosen):
        return [*fixed, Column("title", "Title", room, "title"), take, *ends]
    title = max(16, min(44, room * 11 // 20))
    style = Column("style", "Style", room - title - 1, "style")
    return [*fixed, Column("title", "Title", title, "title"), take, style, *ends]


class TrackRows(VirtualList[Track | None]):
    """The list of tracks; an item is None if its track has gone since.

    `now` is the clock, `playing` the id of the track in the player.
    """

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.playing: str | None = None
        self.marked: dict[str, None] = {}
        """The ids of marked tracks, in the order in which they were marked."""
        self.empty: list[Cell] = []
        self.chosen: tuple[str, ...] = ()
        """The names of the columns that the user wants; none for the usual ones."""
        self._range: tuple[int, dict[str, None]] | None = None
        """Where a range of marks began, and what was marked before."""

    class Resized(Message):
        """Sent when the width of the rows has changed."""

    def on_resize(self) -> None:
        super().on_resize()
        self.post_message(self.Resized())

    @property
    def shown_columns(self) -> list[str]:
        """The names of the columns that are shown, or wanted."""
        # A command from another pane of a small window comes before the rows have their size.
        width = self.row_width if self.size.width else self.app.size.width - 4
        names = self.chosen or [column.name for column in columns(width - 2)]
        return [name for name in CHOICES if name in names]

    def takes(self, index: int) -> Takes | None:
        """Return the takes of the song that a row stands for; None if it shows one take."""
        return self.items.takes(index) if isinstance(self.items, TrackItems) else None

    @property
    def song_ids(self) -> list[str]:
        """The ids of all tracks that the row under the cursor stands for."""
        takes = self.takes(self.cursor) if self.current is not None else None
        if takes is not None:
            return list(takes.ids)
        return [self.current.id] if self.current is not None else []

    @property
    def is_unfolded(self) -> bool:
        """Whether the row under the cursor is a take of an unfolded song."""
        items = self.items
        return isinstance(items, TrackItems) and bool(items) and items.is_unfolded(self.cursor)

    @property
    def can_fold(self) -> bool:
        """Whether the song under the cursor has several takes in a list of songs."""
        return self.is_unfolded or (self.current is not None and len(self.song_ids) > 1)

    def _ids(self, index: int) -> tuple[str, ...]:
        takes, track = self.takes(index), self.items[index]
        return takes.ids if takes is not None else (track.id,) if track is not None else ()

    def key_of(self, item: Track | None) -> Hashable:
        return item.id if item else None

    def mark_playing(self, track_id: str | None) -> None:
        """Show which track is in the player; repaint only the two rows."""
        before, self.playing = self.playing, track_id
        if before == track_id:
            return
        top = self.scroll_offset.y
        self.forget_rows()
        for index in range(top, min(len(self.items), top + self.size.height)):
            if {before, track_id} & {*self._ids(index)}:
                self.refresh_row(index)

    def toggle_mark(self) -> None:
        """Mark the track or the song under the cursor, or remove its mark."""
        ids = self.song_ids
        if all(track_id in self.marked for track_id in ids):
            for track_id in ids:
                del self.marked[track_id]
        else:
            self.marked |= dict.fromkeys(ids)
        self.refresh_row(self.cursor)

    def begin_range(self) -> None:
        """Mark the rows between here and the cursor as it moves, and keep the present marks."""
        self._range = (self.cursor, dict(self.marked))
        self._mark_range()

    def end_range(self) -> None:
        """Stop marking the rows that the cursor passes; the marks stay."""
        self._range = None

    @property
    def in_range(self) -> bool:
        """Whether the cursor marks the rows that it passes."""
        return self._range is not None

    def move_to(self, index: int) -> None:
        super().move_to(index)
        if self._range is not None:
            self._mark_range()

    def step_and_mark(self, by: int) -> None:
        """Mark the row under the cursor and the next one, to which the cursor goes."""
        for _ in range(2):
            self.marked |= dict.fromkeys(self.song_ids)
            self.refresh_row(self.cursor)
            self.move_to(self.cursor + by)
            by = 0
        self.post_message(self.Moved(self))

    def _mark_range(self) -> None:
        assert self._range is not None
        start, before = self._range
        first, last = sorted((start, self.cursor))
        last = min(last, first + MOST_IN_RANGE - 1)  # each row may have to be read
        marks = dict(before)
        for index in range(first, min(last + 1, len(self.items))):
            marks |= dict.fromkeys(self._ids(index))
        self.set_marks(marks)

    def set_marks(self, ids: Iterable[str]) -> None:
        """Mark these tracks and no others."""
        self.marked = dict.fromkeys(ids)
        self.refresh_rows()

    def retain_marks(self, ids: Iterable[str]) -> None:
        """Remove the marks of all other tracks, which have left the library."""
        self.marked = {key: None for key in ids if key in self.marked}

    def same_row(self, old: Sequence[Track | None], index: int) -> bool:
        if not super().same_row(old, index):
            return False
        before = old.takes(index) if isinstance(old, TrackItems) else None
        above = index > 0 and old[index - 1] != self.items[index - 1]
        return before == self.takes(index) and not above

    def draw_at(self, index: int, width: int) -> list[Cell]:
        track, takes = self.items[index], self.takes(index)
        if track is None:
            return [("    gone", "muted")]
        above = self.items[index - 1] if index > 0 and takes is None else None
        if above is not None and (song_key(above) != song_key(track) or self.takes(index - 1)):
            above = None
        cells: list[Cell] = []
        for column in columns(width, self.chosen):
            cells.append(self._cell(track, column, takes, above))
            cells.append((" ", ""))
        return cells[:-1]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred(self.empty, width, height)

    def _cell(self, track: Track, column: Column, takes: Takes | None, above: Track | None) -> Cell:
        """Return a cell of a row, which stands for `takes` or for the track alone.

        `above` is the take of the same song in the row above: equal texts are not repeated.
        """
        name = column.name
        ids = takes.ids if takes is not None else (track.id,)
        if name == "playing" and any(track_id in self.marked for track_id in ids):
            return "●", "key"
        if name == "playing":
            return ("▶", "accent") if self.playing in ids else (" ", "")
        if name == "favorite":
            favorite = track.favorite if takes is None else takes.favorite
            return ("♥", "bad") if favorite else (" ", "")
        if name == "rating":
            rating = track.rating if takes is None else takes.rating
            return fit("★" * min(rating, MOST_STARS), column.width), "warn"
        title = track.name
        style = track.style or track.tags
        if above is not None:
            title = f"└ {title}" if title != above.name else "└"
            style = "" if style == (above.style or above.tags) else style
        text, role = {
            "title": (title, "accent" if self.playing in ids else ""),
            "take": (f"▸{len(ids)}" if takes is not None else str(track.take), "muted"),
            "style": (style, "muted"),
            "model": (track.model.removeprefix("suno-"), "muted"),
            "provider": (track.provider, "muted"),
            "bpm": (f"{track.bpm:.0f}" if track.bpm else "", "muted"),
            "key": (track.key, "muted"),
            "length": (clock(track.duration), "muted"),
            "age": (age(track.created_at, self.now()), "muted"),
        }[name]
        return fit(text, column.width, column.align), role


class Headings(Static):
    """The headings of the columns; a click on one sorts by it."""

    class Clicked(Message):
        """Sent with the name of the sort order of a heading."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    chosen: tuple[str, ...] = ()

    def on_click(self, event: events.Click) -> None:
        at = 1
        for column in columns(self.size.width - 2, self.chosen):
            if at <= event.x <= at + column.width and column.sort:
                self.post_message(self.Clicked(column.sort))
            at += column.width + 1


def headings(width: int, sort: str, chosen: Sequence[str] = ()) -> str:
    """Return the headings; `▾` and `▴` mark the sorted column, descending or ascending."""
    down, by = sort.startswith("-"), sort.lstrip("-").split(",")[0]
    parts = [" "]
    for column in columns(width - 2, chosen):
        text = column.heading
        mark = ("▾" if down else "▴") if text and column.sort == by else ""
        # The mark of a heading as wide as its column goes into the space after it.
        room = column.width > len(text)
        parts.append(fit(text + mark if room else text, column.width, column.align))
        parts.append(mark if mark and not room else " ")
    return "".join(parts)

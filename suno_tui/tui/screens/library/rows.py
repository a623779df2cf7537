"""The rows of the library, with as many columns as fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import NamedTuple

from suno_tui.common.text import clock
from suno_tui.library.track import MOST_STARS, Track
from suno_tui.tui.ages import age
from suno_tui.tui.widgets.content import fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred


class Column(NamedTuple):
    """A column: its heading, its width in cells (without the space after it) and its sort order."""

    name: str
    heading: str
    width: int
    sort: str = ""
    align: str = "left"


def columns(width: int) -> list[Column]:
    """Return the columns that fit a row of this width; title and style share what is left."""
    if width < 24:
        return [Column("favorite", "", 1), Column("title", "Title", max(1, width - 2), "title")]
    fixed = [Column("playing", "", 1), Column("favorite", "", 1)]
    ends: list[Column] = []
    if width >= 96:
        ends.append(Column("model", "Model", 10, "model"))
    if width >= 110:
        ends.append(Column("bpm", "BPM", 4, "bpm", "right"))
    ends.append(Column("length", "Length" if width >= 40 else "", 6, "len", "right"))
    # Muted columns are adjacent: each change of colour costs some twenty bytes a row.
    if width >= 46:
        ends.append(Column("age", "Added", 6, "added", "right"))
    if width >= 36:
        ends.append(Column("rating", "Rating", 6, "rating"))
    take = Column("take", "", 2, "", "right")
    used = sum(column.width + 1 for column in (*fixed, take, *ends))
    room = max(4, width - used - 1)
    if room < 26:
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
            track = self.items[index]
            if track is not None and track.id in (before, track_id):
                self.refresh_row(index)

    def toggle_mark(self, track_id: str) -> None:
        """Mark the track under the cursor, or remove its mark."""
        if track_id in self.marked:
            del self.marked[track_id]
        else:
            self.marked[track_id] = None
        self.refresh_row(self.cursor)

    def set_marks(self, ids: Iterable[str]) -> None:
        """Mark these tracks and no others."""
        self.marked = dict.fromkeys(ids)
        self.refresh_rows()

    def retain_marks(self, ids: Iterable[str]) -> None:
        """Remove the marks of all other tracks, which have left the library."""
        self.marked = {key: None for key in ids if key in self.marked}

    def draw(self, item: Track | None, width: int) -> list[Cell]:
        if item is None:
            return [("    gone", "muted")]
        cells: list[Cell] = []
        for column in columns(width):
            cells.append(self._cell(item, column))
            cells.append((" ", ""))
        return cells[:-1]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred(self.empty, width, height)

    def _cell(self, track: Track, column: Column) -> Cell:
        name = column.name
        if name == "playing" and track.id in self.marked:
            return "●", "key"
        if name == "playing":
            return ("▶", "accent") if track.id == self.playing else (" ", "")
        if name == "favorite":
            return ("♥", "bad") if track.favorite else (" ", "")
        if name == "rating":
            return fit("★" * min(track.rating, MOST_STARS), column.width), "warn"
        text, role = {
            "title": (track.name, "accent" if track.id == self.playing else ""),
            "take": (str(track.take), "muted"),
            "style": (track.style or track.tags, "muted"),
            "model": (track.model.removeprefix("suno-"), "muted"),
            "bpm": (f"{track.bpm:.0f}" if track.bpm else "", "muted"),
            "length": (clock(track.duration), "muted"),
            "age": (age(track.created_at, self.now()), "muted"),
        }[name]
        return fit(text, column.width, column.align), role


def headings(width: int, sort: str) -> str:
    """Return the headings; `▾` and `▴` mark the column that sorts, down or up."""
    down, by = sort.startswith("-"), sort.lstrip("-").split(",")[0]
    parts = [" "]
    for column in columns(width - 2):
        text = column.heading
        mark = ("▾" if down else "▴") if text and column.sort == by else ""
        # The mark of a heading as wide as its column goes into the space after it.
        room = column.width > len(text)
        parts.append(fit(text + mark if room else text, column.width, column.align))
        parts.append(mark if mark and not room else " ")
    return "".join(parts)

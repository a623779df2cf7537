"""The waveform of a track, with its sections and the position of playback."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from textual import events
from textual.message import Message

from suno_tui.common.levels import fit
from suno_tui.tui.widgets.cell_strip import CellStrip, Row, row_of
from suno_tui.tui.widgets.content import cells, one_line

BLOCKS = " ▁▂▃▄▅▆▇█"
CURVE = 1.6
"""Exponent for the heights: above 1 it lowers quiet passages, so that the shape is visible."""


class SectionMark(NamedTuple):
    """The start of a section, in seconds. `short` is its name if there is little room."""

    at: float
    label: str
    short: str


class Timeline(Protocol):
    """What a waveform shows of a track; times are in seconds."""

    @property
    def track(self) -> object | None:
        """The track; None if there is nothing to draw."""

    @property
    def levels(self) -> bytes:
        """The waveform, 0 to 255 in equal steps; empty until it is known."""

    @property
    def marks(self) -> Sequence[SectionMark]:
        """Starts of the sections, as far as they are known."""

    @property
    def position(self) -> float: ...

    @property
    def duration(self) -> float: ...


class SeekStrip(CellStrip):
    """Shows the timeline of a track; a click asks to play from there."""

    class Sought(Message):
        """A click asks to play from that second."""

        def __init__(self, timeline: Timeline, at: float) -> None:
            super().__init__()
            self.timeline, self.at = timeline, at

    def second_at(self, x: int, y: int) -> float | None:
        """Return the second of the track at a cell; None if the cell has none."""
        raise NotImplementedError

    @property
    def timeline(self) -> Timeline:
        """The timeline that is shown."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        if (at := self.second_at(event.x, event.y)) is not None:
            self.post_message(self.Sought(self.timeline, at))


class Waveform(SeekStrip):
    """The waveform on several rows, with the names of the sections below."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self.shown = timeline

    @property
    def timeline(self) -> Timeline:
        return self.shown

    DEFAULT_CSS = "Waveform { background: $surface; }"

    def draw(self, width: int, height: int) -> list[Row]:
        if self.shown.track is None or width < 1 or height < 1:
            return []
        marks = self.shown.marks
        tall = height - bool(marks) if height > 1 else height
        rows = wave_rows(self.shown, width, tall)
        return rows if tall == height else [*rows, self._names(marks, width)]

    def second_at(self, x: int, y: int) -> float | None:
        """Return the second at a column; on the name of a section, its start."""
        marks = self.shown.marks
        if marks and 0 < y == self.size.height - 1:
            edges = edges_of(self.shown, self.size.width)
            return marks[max(0, bisect_right(edges, x) - 1)].at
        return self.shown.duration * x / self.size.width

    def _names(self, marks: Sequence[SectionMark], width: int) -> Row:
        now = bisect_right([mark.at for mark in marks], self.shown.position) - 1
        starts = [min(width, edge) for edge in edges_of(self.shown, width)] + [width]
        parts, used = [(" " * starts[0], "")], starts[0]
        for number, mark in enumerate(marks):
            room = max(0, starts[number + 1] - used)
            name = next((n for n in (mark.label, mark.short) if cells(n) < room), "")
            shown = one_line(name, room)
            parts += [
                (shown, "now" if number == now else "muted"),
                (" " * (room - cells(shown)), ""),
            ]
            used += room
        return row_of(parts)


def wave_rows(timeline: Timeline, width: int, height: int) -> list[Row]:
    """Return the rows of a waveform; a plain line while the levels are unknown."""
    done = round(width * timeline.position / timeline.duration) if timeline.duration else 0
    edges = edges_of(timeline, width)
    roles = []
    for x in range(width):
        other = "-b" if bisect_right(edges, x) % 2 else ""
        roles.append(("done" if x < done else "rest") + other)
    if not timeline.levels:
        lines = [" " * width] * height
        lines[height // 2] = "━" * width
    else:
        lines = bars_of(timeline.levels, width, height)
    return [list(zip(line, roles, strict=True)) for line in lines]


def edges_of(timeline: Timeline, width: int) -> list[int]:
    """Return the columns in which the sections start."""
    length = timeline.duration or 1
    return [int(width * mark.at / length) for mark in timeline.marks]


def bars_of(levels: bytes, width: int, height: int = 1) -> list[str]:
    """Return a waveform as text rows, top first; silence is the lowest step."""
    columns = fit(levels, width)
    top = max(columns, default=0) or 1
    full = height * 8
    steps = [max(1, round((level / top) ** CURVE * full)) for level in columns]
    return [
        "".join(BLOCKS[min(8, max(0, step - row * 8))] for step in steps)
        for row in reversed(range(height))
    ]

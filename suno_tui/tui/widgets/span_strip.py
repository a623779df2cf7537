"""A waveform on which a moment or a span is chosen, with the keys."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from suno_tui.tui.widgets.cell_strip import Row
from suno_tui.tui.widgets.waveform import Timeline, Waveform


class SpanStrip(Waveform, can_focus=True):
    """The waveform of a track: what is before `start`, or between `start` and `end`, stands out.

    Arrows move the cursor by a second, with Shift by ten; Home and End go to the ends, a click to
    its place. `[` and `]` post `Taken` to set the span's start or end there. Times are in seconds.
    """

    DEFAULT_CSS = "SpanStrip { height: 5; &:focus { background: $field-focus; } }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("shift+left", "step(-10)", show=False),
        Binding("shift+right", "step(10)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("enter", "open", show=False),
        Binding("left_square_bracket", "take('start')", show=False),
        Binding("right_square_bracket", "take('end')", show=False),
    ]

    class Moved(Message):
        """The cursor moved."""

        def __init__(self, at: float) -> None:
            super().__init__()
            self.at = at

    class Taken(Message):
        """The user sets the `start` or the `end` of the span to the cursor's moment."""

        def __init__(self, edge: str, at: float) -> None:
            super().__init__()
            self.edge, self.at = edge, at

    class Opened(Message):
        """Enter was pressed."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.cursor = 0.0
        self.start: float | None = None
        self.end: float | None = None

    def draw(self, width: int, height: int) -> list[Row]:
        rows = super().draw(width, height - 1) if height > 2 else super().draw(width, height)
        if not rows or height <= 2:
            return rows
        seconds = self.shown.duration or 1
        for row in rows[: len(rows) - bool(self.shown.marks)]:
            for x, (letter, role) in enumerate(row):
                inside = self._inside(seconds * (x + 0.5) / width)
                other = "-b" if role.endswith("-b") else ""
                row[x] = letter, ("done" if inside else "rest") + other
        below: Row = [(" ", "")] * width
        for at, sign in ((self.start, "["), (self.end, "]"), (self.cursor, "▲")):
            if at is not None:
                x = min(width - 1, int(width * at / seconds))
                below[x] = sign, "now"
        return [*rows, below]

    def _inside(self, at: float) -> bool:
        if self.start is None:
            return True
        return at < self.start if self.end is None else self.start <= at < self.end

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if (at := self.second_at(event.x, event.y)) is not None:
            self.focus()
            self._move(at)

    def action_step(self, seconds: float) -> None:
        self._move(round(self.cursor) + seconds)

    def action_edge(self, end: float) -> None:
        self._move(end * self.shown.duration)

    def action_take(self, edge: str) -> None:
        self.post_message(self.Taken(edge, self.cursor))

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def _move(self, at: float) -> None:
        self.cursor = max(0.0, min(at, self.shown.duration))
        self.redraw()
        self.post_message(self.Moved(self.cursor))

"""Rows of cells that change often; only the columns that differ are repainted."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from suno_tui.tui.terminal.widths import graphemes
from suno_tui.tui.widgets.component_styles import ComponentStyles

Row = list[tuple[str, str]]
"""A (grapheme, role) pair for each column; an empty grapheme continues a wide one."""

_BRIDGE = 4
"""Up to this many equal columns between two that differ are repainted with them."""


class CellStrip(ComponentStyles, Widget):
    """Rows of cells; subclasses draw them."""

    DEFAULT_CSS = """
    CellStrip {
        height: 1;
        background: $background;
        color: $foreground;
        & > .band--muted { color: $text-muted; }
        & > .band--done { color: $accent; }
        & > .band--done-b { color: $wave-done-b; }
        & > .band--rest { color: $wave; }
        & > .band--rest-b { color: $wave-b; }
        & > .band--now { color: $accent; text-style: bold; }
        & > .band--title { color: $foreground; text-style: bold; }
        & > .band--warn { color: $warning; }
    }
    """
    PARTS = "band"
    ROLES = ("muted", "done", "done-b", "rest", "rest-b", "now", "title", "warn")
    COMPONENT_CLASSES = {f"band--{role}" for role in ROLES}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []

    def draw(self, width: int, height: int) -> list[Row]:
        """Return the rows as they should be now, each of exactly that width."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the rows again, and repaint only the columns that differ."""
        new, old = self.draw(*self.size), self._rows
        self._rows = new
        if [*map(len, new)] != [*map(len, old)]:
            self.refresh()
        elif regions := [part for y in range(len(new)) for part in _changed(old[y], new[y], y)]:
            self.refresh(*regions)

    def on_resize(self) -> None:
        self._rows = self.draw(*self.size)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        segments, text, role = [], "", ""
        for character, new_role in self._rows[y] if y < len(self._rows) else ():
            if new_role != role and text:
                segments.append(Segment(text, self.style_of(role)))
                text = ""
            role = new_role
            text += character
        if text:
            segments.append(Segment(text, self.style_of(role)))
        return Strip(segments).adjust_cell_length(self.size.width, self.style_of(""))


def row_of(parts: list[tuple[str, str]]) -> Row:
    """Turn (text, role) parts into columns."""
    row: Row = []
    for text, role in parts:
        for grapheme, width in graphemes(text):
            if width:
                row.append((grapheme, role))
                row += [("", role)] * (width - 1)
            elif row:
                row[-1] = (row[-1][0] + grapheme, row[-1][1])
    return row


def _changed(old: Row, new: Row, y: int) -> list[Region]:
    differ = [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    runs: list[list[int]] = []
    for x in differ:
        if runs and x - runs[-1][1] <= _BRIDGE:
            runs[-1][1] = x
        else:
            runs.append([x, x])
    return [Region(start, y, last - start + 1, 1) for start, last in runs]

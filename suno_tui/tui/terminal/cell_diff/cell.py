"""A cell of the terminal. Must import neither Rich nor Textual, which are slow to load."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.tui.terminal.cell_diff.pen import DEFAULT, Pen, as_blank

PICTURE = "picture"
"""Key of a picture's number in the meta data of its cells' style."""


class Cell(NamedTuple):
    """What one column shows: a character with its marks, drawn by a pen.

    A wide character is a cell of width 2 followed by `HALF`. `spill` is None if all terminals
    agree on the width; otherwise it is how many columns more than `width` some of them draw.
    """

    text: str
    pen: Pen
    width: int = 1
    spill: int | None = None


HALF = Cell("", DEFAULT, 0)


def blank(pen: Pen) -> Cell:
    """Return the cell that remains when half of a wide character was overwritten."""
    return Cell(" ", as_blank(pen))

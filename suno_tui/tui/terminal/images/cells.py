"""Cells that stand for the parts of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PLACEHOLDER = "\U0010eeee"
HALF = "▀"
"""A cell with two pixels: the upper one in the text colour, the lower one in the background's."""
MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352"
    "\u0357\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f"
    "\u0483\u0484\u0485\u0486\u0487\u0592\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e"
)
"""Mark n stands for row or column n: the first 45 of the 297 in kitty's protocol."""

NUMBERS = range(16, 256)
"""Numbers of pictures. They are sent as palette colours, of which multiplexers such as tmux may
change the first 16 only."""


def cell(row: int, column: int) -> str:
    """Return the text of one cell of a picture."""
    return PLACEHOLDER + MARKS[row] + MARKS[column]


class Spot(NamedTuple):
    """A cell of the screen that shows a part of a picture."""

    x: int
    y: int
    number: int
    row: int
    column: int


class Piece(NamedTuple):
    """A rectangle of a picture's cells, from (`column`, `row`) on, at (`x`, `y`) on the screen."""

    number: int
    x: int
    y: int
    column: int
    row: int
    width: int
    height: int


def pieces(spots: Iterable[Spot]) -> list[Piece]:
    """Join spots into rectangles, row by row."""
    found: list[Piece] = []
    runs: list[Piece] = []
    for spot in sorted(spots, key=lambda spot: (spot.y, spot.x)):
        last = runs[-1] if runs else None
        if (
            last is not None
            and (last.number, last.y, last.row) == (spot.number, spot.y, spot.row)
            and last.x + last.width == spot.x
            and last.column + last.width == spot.column
        ):
            runs[-1] = last._replace(width=last.width + 1)
        else:
            runs.append(Piece(spot.number, spot.x, spot.y, spot.column, spot.row, 1, 1))
    for run in runs:
        for index, above in enumerate(found):
            if (
                (above.number, above.x, above.column, above.width)
                == (run.number, run.x, run.column, run.width)
                and above.y + above.height == run.y
                and above.row + above.height == run.row
            ):
                found[index] = above._replace(height=above.height + 1)
                break
        else:
            found.append(run)
    return found

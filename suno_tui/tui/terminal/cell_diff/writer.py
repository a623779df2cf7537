"""Writes cells to a terminal in the fewest bytes. Must import neither Rich nor Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from suno_tui.tui.terminal.cell_diff.cell import HALF, Cell, blank
from suno_tui.tui.terminal.cell_diff.pen import DEFAULT, Pen, change, for_blank, move
from suno_tui.tui.terminal.images.cells import MARKS, PLACEHOLDER, Spot

JOINER = "\u200d"
NOTHING = "\x0f"
"""Shift in, which changes nothing. It ends a text for emulators that drop what follows a vowel sign
in the same text (pyte)."""
FILLERS = frozenset(" ─━")
"""Characters that look the same if a row of them is one longer or shorter."""

BRIDGE = 4  # Up to this many equal cells are sent again, because a jump takes 4 bytes.
ERASE = 8  # A longer run of spaces is erased, which takes two sequences of 4 or 5 bytes.


def erases_in_colour(env: Mapping[str, str]) -> bool:
    """Return whether the terminal erases in the background colour.

    All but GNU screen do; tmux does too, whatever its TERM says.
    """
    term = env.get("TERM", "")
    return "TMUX" in env or "bce" in term or not term.startswith("screen")


def whole(rows: list[list[Cell]], *, erases: bool) -> str:
    """Return the output that paints rows of cells on any screen and puts the cursor top left."""
    out = Writer(erases)
    for y, old in enumerate(out.clear(rows, len(rows[0]) if rows else 0)):
        if old != rows[y]:
            out.row(y, old, rows[y])
    out.ink(DEFAULT)
    out.go(0, 0)
    return "".join(out.parts)


class Writer:
    """Writes one frame, and keeps track of the cursor and the pen."""

    def __init__(self, erases: bool, *, paints: bool = False) -> None:
        self.parts: list[str] = []
        self.spots: list[Spot] = []
        """Cells of pictures that were written as spaces and are to be painted."""
        self._erases = erases
        self._paints = paints
        self._x: int | None = None
        self._y: int | None = None
        self._pen = DEFAULT

    def go(self, x: int, y: int) -> None:
        if (x, y) != (self._x, self._y):
            self.parts.append(move(self._x, self._y, x, y))
            self._x, self._y = x, y

    def ink(self, pen: Pen) -> None:
        if pen is not self._pen:
            self.parts.append(change(self._pen, pen))
            self._pen = pen

    def paint(self, painted: list[tuple[int, int, str]]) -> None:
        """Send sequences that paint pictures; they leave the cursor in an unknown position."""
        for x, y, data in painted:
            self.go(x, y)
            self.parts.append(data)
            self._x = self._y = None

    def clear(self, wanted: list[list[Cell]], width: int) -> list[list[Cell]]:
        """Clear the terminal in the commonest background; return the cells that it then shows."""
        space = blank(DEFAULT)
        if self._erases:
            spaces = Counter(cell for row in wanted for cell in row if cell.text == " ")
            plain = (cell for cell, _ in spaces.most_common() if _erasable(cell))
            space = next(plain, space)
        self.ink(space.pen)
        self.parts.append("\x1b[2J")
        return [[space] * width for _ in wanted]

    def row(self, y: int, old: list[Cell], new: list[Cell]) -> None:
        """Write the cells of one row that differ."""
        flags = [a is not b and a != b for a, b in zip(old, new, strict=True)]
        runs: dict[int, Run] = {}
        if HALF in new or any(cell.spill is not None for row in (old, new) for cell in row):
            runs = _keep_runs(flags, old, new)
        width = len(new)
        last = width - 1 - flags[::-1].index(True)
        x = flags.index(True)
        while x <= last:
            if not flags[x] or new[x] is HALF:
                x += 1
                continue
            self._reach(x, y, new)
            if x in runs:
                self._run(runs[x], new)
                x = runs[x].stop
                continue
            cell = new[x]
            if cell.text == " " and _erasable(cell):
                end = x + 1
                while end < width and new[end] == cell:
                    end += 1
                stop = end if end == width else min(end, last + 1)
                if self._erases and min(stop, last + 1) - x > (2 if end == width else ERASE):
                    self.ink(for_blank(self._pen, cell.pen))
                    self.parts.append("\x1b[K" if end == width else f"\x1b[{stop - x}X")
                    x = stop
                    continue
            self._write(cell, width)
            x += cell.width

    def _reach(self, x: int, y: int, new: list[Cell]) -> None:
        """Move to a cell, by rewriting the cells in between if that is shorter."""
        if y == self._y and self._x is not None and 0 < x - self._x <= BRIDGE:
            between = new[self._x : x]
            if all(self._draws(cell) for cell in between):
                self.parts += [cell.text for cell in between]
                self._x = x
                return
        self.go(x, y)

    def _draws(self, cell: Cell) -> bool:
        if cell.width != 1 or cell.spill is not None or (self._paints and is_picture(cell)):
            return False
        pen = self._pen
        return (for_blank(pen, cell.pen) if cell.text == " " else cell.pen) == pen

    def _run(self, run: Run, new: list[Cell]) -> None:
        """Write a run in one piece: the cursor is moved neither within it nor to its spill."""
        assert self._y is not None
        # The fillers first: they stay if the terminal draws the run as narrow as Textual does.
        follows = new[run.stop - 1] if run.stop > run.end else blank(new[run.start].pen)
        self.ink(follows.pen)
        self.parts.append(follows.text * (run.stop - run.start))
        self._x = run.stop if run.stop < len(new) else None
        self.go(run.start, self._y)
        for x, cell in enumerate(new[run.start : run.end], run.start):
            if self._paints and is_picture(cell):
                self.spots.append(_spot(x, self._y, cell))
                cell = blank(cell.pen)
            self.ink(for_blank(self._pen, cell.pen) if cell.text == " " else cell.pen)
            self.parts.append(cell.text if cell.spill is None else cell.text + NOTHING)
        self._x = None

    def _write(self, cell: Cell, width: int) -> None:
        assert self._x is not None and self._y is not None
        if self._paints and is_picture(cell):
            self.spots.append(_spot(self._x, self._y, cell))
            cell = blank(cell.pen)
        self.ink(for_blank(self._pen, cell.pen) if cell.text == " " else cell.pen)
        start = self._x
        self._x += cell.width
        if cell.spill is None:
            self.parts.append(cell.text)
        else:
            # Spaces first, because a terminal that draws fewer columns would leave old cells.
            # After spaces up to the last column, the position of the cursor is unknown.
            back = "\b" * cell.width if self._x < width else move(None, None, start, self._y)
            self.parts += (" " * cell.width, back, cell.text)
        if cell.spill is not None or self._x >= width:
            self._x = None


def is_picture(cell: Cell) -> bool:
    """Return whether a cell is a part of a picture."""
    return cell.text[:1] == PLACEHOLDER and len(cell.text) == 3


def _spot(x: int, y: int, cell: Cell) -> Spot:
    number = int(cell.pen.foreground.rpartition(";")[2] or 0)
    return Spot(x, y, number, MARKS.find(cell.text[1]), MARKS.find(cell.text[2]))


def _erasable(cell: Cell) -> bool:
    """Return whether erasing gives this space: only its background is visible."""
    return not cell.pen.attributes and not cell.pen.link


def _keep_whole(flags: list[bool], new: list[Cell]) -> None:
    """Mark both halves of wide characters, and the cells that a terminal may draw over."""
    for x, cell in enumerate(new):
        if cell.width == 2 and (flags[x] or flags[x + 1]):
            flags[x] = flags[x + 1] = True
        if flags[x] and cell.spill:
            for column in range(x + cell.width, min(x + cell.width + cell.spill, len(new))):
                flags[column] = True


class Run(NamedTuple):
    """Columns whose text some terminals draw wider, with room after them for the excess.

    The text is `start` to `end`; it may be drawn over the fillers from there to `stop`. Without
    fillers the run goes on to the end of the row, whose last columns such a terminal can't show.
    """

    start: int
    end: int
    stop: int


def _keep_runs(flags: list[bool], old: list[Cell], new: list[Cell]) -> dict[int, Run]:
    """Mark all cells of each run that has a marked cell; return the new runs by their start."""
    runs = _runs(new)
    both = [*runs, *_runs(old)]
    marked = -1
    while marked != (marked := sum(flags)):
        _keep_whole(flags, new)
        for run in both:
            if any(flags[run.start : run.stop]):
                flags[run.start : run.stop] = [True] * (run.stop - run.start)
    return {run.start: run for run in runs}


def _runs(row: list[Cell]) -> list[Run]:
    runs: list[Run] = []
    x, start, more = 0, 0, 0
    while x < len(row):
        cell = row[x]
        if more and cell.text in FILLERS:
            end = x + 1
            while end < len(row) and end - x <= more and row[end] == cell:
                end += 1
            if end - x > more or (end - x == more and end == len(row)):
                runs.append(Run(start, x, x + more))
                x, more = x + more, 0
                continue
        if _is_kept(cell):
            start = start if more else x
            more += cell.spill or 0
        x += max(1, cell.width)
    if more:
        runs.append(Run(start, len(row), len(row)))
    return runs


def _is_kept(cell: Cell) -> bool:
    """Return whether the spill must stay free; text may be drawn over that of joined emoji."""
    return bool(cell.spill) and not (cell.width == 2 and JOINER in cell.text)

"""The cells that the screen should show, the cells that the terminal shows, and the way between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.tui.line.cell import HALF, Cell, Inks, blank
from suno_tui.tui.line.pen import DEFAULT, Pen, change, for_blank, move
from suno_tui.tui.pictures.cells import MARKS, PLACEHOLDER, Spot

Painter = Callable[[list[Spot]], list[tuple[int, int, str]]]
"""What paints cells of pictures: columns, rows, and what to send there."""

BRIDGE = 4  # Up to as many equal cells are sent again rather than jumped over: a jump is 4 bytes.
ERASE = 8  # A run of spaces longer than this is erased: two sequences of 4 or 5 bytes.


UNKNOWN = Cell("", DEFAULT)


class Grid:
    """A terminal of `width` by `height` cells.

    `erases`: the terminal erases in the background colour (all do but GNU screen).
    """

    def __init__(self, width: int, height: int, colours: ColorSystem, *, erases: bool) -> None:
        self.width = width
        self.height = height
        self.painter: Painter | None = None
        """Paints the cells of pictures; None where the terminal draws them by itself."""
        self.only: Region | None = None
        """The part that is sent; what the terminal shows elsewhere stays. None: all of it."""
        self._erases = erases
        self._inks = Inks(colours)
        self._wanted = [[blank(DEFAULT)] * width for _ in range(height)]
        self._shown: list[list[Cell]] | None = None
        self._strips: list[list[Strip] | None] = [None] * height
        self._dirty: set[int] = set()
        self._cursor: tuple[int, int] | None = None

    @property
    def lost(self) -> bool:
        """Whether it is not known what the terminal shows."""
        return self._shown is None

    def forget(self) -> None:
        """The terminal shows something else: the next `changes` paints all of it."""
        self._shown = None

    def shows(self, rows: list[list[Cell]]) -> None:
        """The terminal shows these cells: the next `changes` sends what is drawn otherwise.

        The first row is sent in any case: some terminals print there what they were asked.
        """
        self._shown = [[UNKNOWN] * self.width, *rows[1:]]
        self._wanted = [row.copy() for row in rows]
        self._dirty.update(range(self.height))

    def picture(self) -> tuple[str, list[list[Cell]]] | None:
        """What paints the cells that are wanted on a screen that shows anything, and those cells;
        None with parts of pictures among them, which another session's terminal does not know."""
        if any(is_picture(cell) for row in self._wanted for cell in row):
            return None
        self.forget()
        return self.changes((0, 0)), self._wanted

    def draw(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Take an update of Textual's compositor over into the cells that are wanted."""
        if isinstance(update, LayoutUpdate):
            for y, strips in enumerate(update.strips, update.region.y):
                row = list(strips)
                # Textual keeps the strips of lines that did not change.
                if self._strips[y] != row:
                    self._strips[y] = row
                    self._put(update.region.x, y, row)
            return
        for y, left, right in update.spans:
            self._strips[y] = None
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                # The whole piece, where Textual cuts it off at `right`: a wide character that
                # lies across the border stays whole.
                if strip is not None and x < right and end > left:
                    self._put(x, y, (strip,))

    def _sent(self, y: int, old: list[Cell]) -> list[Cell]:
        """What a row of the terminal is to show now."""
        new, only = self._wanted[y], self.only
        if only is None:
            return new
        if not only.y <= y < only.bottom:
            return old
        return [*old[: only.x], *new[only.x : only.right], *old[only.right :]]

    def _put(self, x: int, y: int, strips: Iterable[Strip]) -> None:
        row = self._wanted[y]
        cells: list[Cell] = []
        for strip in strips:
            cells += self._inks.cells(strip)
        del cells[max(0, self.width - x) :]
        if cells and cells[-1].width == 2:
            cells[-1] = blank(cells[-1].pen)
        end = x + len(cells)
        if row[x:end] == cells:
            return
        if x and row[x] is HALF:
            row[x - 1] = blank(row[x - 1].pen)
        if end < self.width and row[end] is HALF:
            row[end] = blank(row[end - 1].pen)
        row[x:end] = cells
        self._dirty.add(y)

    def changes(self, cursor: tuple[int, int]) -> str:
        """What makes the terminal show the cells that are wanted, and leaves the cursor there.

        Empty if it does so already. Begins with an absolute move and ends in the default style, so
        that what others write in between (titles, links, bells) finds and leaves nothing odd.
        """
        out = Writer(self._erases, paints=self.painter is not None)
        if self._shown is None:
            self._shown = out.clear(self._wanted, self.width)
            self._dirty.update(range(self.height))
            self._cursor = None
        for y in sorted(self._dirty):
            old, new = self._shown[y], self._sent(y, self._shown[y])
            if old != new:
                out.row(y, old, new)
                self._shown[y] = new.copy()
        if self.only is None:
            self._dirty.clear()
        if not out.parts and cursor == self._cursor:
            return ""
        self._cursor = cursor
        out.ink(DEFAULT)
        if out.spots and self.painter is not None:
            out.paint(self.painter(out.spots))
        out.go(*cursor)
        return "".join(out.parts)


class Writer:
    """Writes one frame, knowing where the cursor is and what the pen."""

    def __init__(self, erases: bool, *, paints: bool = False) -> None:
        self.parts: list[str] = []
        self.spots: list[Spot] = []
        """The cells of pictures that were written as spaces, to be painted."""
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
        """Send what paints pictures, each at its place. Terminals leave the cursor anywhere."""
        for x, y, data in painted:
            self.go(x, y)
            self.parts.append(data)
            self._x = self._y = None

    def clear(self, wanted: list[list[Cell]], width: int) -> list[list[Cell]]:
        """Clear the terminal in the background that most of its spaces have."""
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
        if HALF in new or any(cell.spill is not None for cell in new):
            _keep_whole(flags, new)
        width = len(new)
        last = width - 1 - flags[::-1].index(True)
        x = flags.index(True)
        while x <= last:
            if not flags[x] or new[x] is HALF:
                x += 1
                continue
            self._reach(x, y, new)
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
        """Go to a cell of a row: by writing what is between again, if that is short."""
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

    def _write(self, cell: Cell, width: int) -> None:
        assert self._x is not None and self._y is not None
        if self._paints and is_picture(cell):
            self.spots.append(_spot(self._x, self._y, cell))
            cell = blank(cell.pen)
        self.ink(for_blank(self._pen, cell.pen) if cell.text == " " else cell.pen)
        self._x += cell.width
        if cell.spill is None:
            self.parts.append(cell.text)
        else:
            # A terminal that draws fewer columns must not leave the old cells in the rest.
            self.parts += (" " * cell.width, "\b" * cell.width, cell.text)
        if cell.spill is not None or self._x >= width:
            self._x = None


def is_picture(cell: Cell) -> bool:
    """Whether a cell is a part of a picture."""
    return cell.text[:1] == PLACEHOLDER and len(cell.text) == 3


def _spot(x: int, y: int, cell: Cell) -> Spot:
    number = int(cell.pen.foreground.rpartition(";")[2] or 0)
    return Spot(x, y, number, MARKS.find(cell.text[1]), MARKS.find(cell.text[2]))


def _erasable(cell: Cell) -> bool:
    """Whether erasing leaves this space: nothing of its style shows but the background."""
    return not cell.pen.attributes and not cell.pen.link


def _keep_whole(flags: list[bool], new: list[Cell]) -> None:
    """Mark both halves of wide characters, and what a terminal may draw over beside a cell."""
    for x, cell in enumerate(new):
        if cell.width == 2 and (flags[x] or flags[x + 1]):
            flags[x] = flags[x + 1] = True
        if flags[x] and cell.spill:
            for beside in range(x + cell.width, min(x + cell.width + cell.spill, len(new))):
                flags[beside] = True

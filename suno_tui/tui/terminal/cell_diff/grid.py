"""The wanted cells, the cells on the terminal, and the bytes that turn one into the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.tui.terminal.cell_diff.cell import HALF, Cell, blank
from suno_tui.tui.terminal.cell_diff.inks import Inks
from suno_tui.tui.terminal.cell_diff.pen import DEFAULT
from suno_tui.tui.terminal.cell_diff.writer import Writer, is_picture
from suno_tui.tui.terminal.images.cells import Spot

Painter = Callable[[list[Spot]], list[tuple[int, int, str]]]
"""Returns the sequences that paint cells of pictures, as (column, row, sequence)."""


UNKNOWN = Cell("", DEFAULT)


class Grid:
    """A terminal of `width` by `height` cells.

    `erases`: the terminal erases in the background colour (all do but GNU screen).
    """

    def __init__(self, width: int, height: int, colours: ColorSystem, *, erases: bool) -> None:
        self.width = width
        self.height = height
        self.painter: Painter | None = None
        """Paints the cells of pictures; None if the terminal draws them itself."""
        self.only: Region | None = None
        """The only part that is sent; None sends everything."""
        self._erases = erases
        self._inks = Inks(colours)
        self._wanted = [[blank(DEFAULT)] * width for _ in range(height)]
        self._shown: list[list[Cell]] | None = None
        self._strips: list[list[Strip] | None] = [None] * height
        self._dirty: set[int] = set()
        self._cursor: tuple[int, int] | None = None

    @property
    def lost(self) -> bool:
        """Whether it is unknown what the terminal shows."""
        return self._shown is None

    def forget(self) -> None:
        """Forget what the terminal shows: the next `changes` repaints everything."""
        self._shown = None

    def shows(self, rows: list[list[Cell]]) -> None:
        """Take these cells as what the terminal shows: `changes` sends only what differs.

        The first row is always sent: some terminals print unknown queries there.
        """
        self._shown = [[UNKNOWN] * self.width, *rows[1:]]
        self._wanted = [row.copy() for row in rows]
        self._dirty.update(range(self.height))

    def picture(self) -> list[list[Cell]] | None:
        """Return the wanted cells; None if a picture is among them, which the terminal of another
        session does not have."""
        if any(is_picture(cell) for row in self._wanted for cell in row):
            return None
        return self._wanted

    def draw(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Apply an update of Textual's compositor to the wanted cells."""
        if isinstance(update, LayoutUpdate):
            for y, strips in enumerate(update.strips, update.region.y):
                row = list(strips)
                # Textual reuses the strips of unchanged lines.
                if self._strips[y] != row:
                    self._strips[y] = row
                    self._put(update.region.x, y, row)
            return
        for y, left, right in update.spans:
            self._strips[y] = None
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                # The whole piece, which Textual cuts off at `right`: a wide character across the
                # border stays whole.
                if strip is not None and x < right and end > left:
                    self._put(x, y, (strip,))

    def _row_to_show(self, y: int, old: list[Cell]) -> list[Cell]:
        """Return what a row of the terminal should show now."""
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
        """Return the output that makes the terminal show the wanted cells, and move the cursor.

        Empty if nothing changes. Starts with an absolute move and ends in the default style, so
        that other writes in between (titles, links, bells) do no harm.
        """
        out = Writer(self._erases, paints=self.painter is not None)
        if self._shown is None:
            self._shown = out.clear(self._wanted, self.width)
            self._dirty.update(range(self.height))
            self._cursor = None
        for y in sorted(self._dirty):
            old, new = self._shown[y], self._row_to_show(y, self._shown[y])
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

"""A track's cover: a picture if the terminal shows pictures, else half blocks."""

from __future__ import annotations

import asyncio
import locale
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from suno_tui.tui.terminal.cell_diff.cell import PICTURE
from suno_tui.tui.terminal.images.cells import HALF, cell
from suno_tui.tui.terminal.images.half_blocks import Cells, Pixel, cells_of

if TYPE_CHECKING:
    from suno_tui.tui.terminal.images.gallery import Gallery

LEAST, MOST = 6, 20
"""The least and the most rows of a cover, which has twice as many columns."""


class Images(Protocol):
    """How covers are drawn on this terminal."""

    @property
    def gallery(self) -> Gallery:
        """The pictures that were sent to the terminal."""

    def send(self, sequence: str) -> None:
        """Send a sequence to the terminal."""


class Cover(Widget):
    """The cover of one track; hidden if there is none.

    The file is read and scaled off the event loop. Its room is reserved meanwhile, so that nothing
    moves when it is drawn.
    """

    DEFAULT_CSS = """
    Cover { display: none; margin-right: 2; background: $surface; }
    """

    def __init__(self, images: Images, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.images = images
        self.path: Path | None = None
        self._wanted: Path | None = None
        self.drawn: Cells | int | None = None
        """What is shown: half blocks, or the number of a picture in the gallery."""
        self.rows = 0
        """Rows of the cover, if there is one."""

    def show(self, picture: Path | None) -> None:
        """Show the picture in this file; None shows nothing."""
        self._wanted = picture
        path = picture if picture is not None and self._can_draw() else None
        if path != self.path:
            self.path, self.drawn = path, None
            self._read()

    def resize(self, width: int, height: int) -> None:
        """Fit the square cover into this many cells; hide it if they are too few."""
        rows = min(width // 2, height, MOST)
        rows = rows if rows >= LEAST else 0
        if rows != self.rows:
            self.rows = rows
            self.styles.width, self.styles.height = rows * 2, rows
            self._read()

    def draw_again(self) -> None:
        """Draw again after the image mode has changed."""
        self.path = None
        self.show(self._wanted)

    def render_line(self, y: int) -> Strip:
        if isinstance(self.drawn, int):
            return self._placeholders(self.drawn, y)
        if self.drawn is None or y >= len(self.drawn):
            return Strip.blank(self.size.width, self.rich_style)
        return Strip([_segment(*pair) for pair in self.drawn[y]])

    def _placeholders(self, number: int, y: int) -> Strip:
        if y >= self.rows:
            return Strip.blank(self.size.width, self.rich_style)
        text = "".join(cell(y, column) for column in range(self.rows * 2))
        style = self.rich_style + Style(meta={PICTURE: number})
        return Strip([Segment(text, style)], self.rows * 2)

    def _read(self) -> None:
        if self.path is None or not self.rows:
            self.display = False
            return
        self.display = True
        self.run_worker(self._load(self.path, self.rows), group="cover", exclusive=True)

    async def _load(self, path: Path, rows: int) -> None:
        gallery = self.images.gallery
        drawn: Cells | int | None
        if gallery.mode in ("kitty", "sixel"):
            drawn = await asyncio.to_thread(gallery.load, path, rows * 2, rows)
        else:
            drawn = await asyncio.to_thread(cells_of, gallery.read, path, rows * 2, rows)
        if (path, rows) == (self.path, self.rows):
            if isinstance(drawn, int):
                # The picture must arrive before the cells that refer to it.
                self.images.send(gallery.introduce(drawn))
            self.drawn = drawn
            self.display = drawn is not None
            self.refresh()

    def _can_draw(self) -> bool:
        gallery = self.images.gallery
        if gallery.mode in ("kitty", "sixel"):
            return True
        colours = self.app.console.color_system in ("truecolor", "256") and gallery.mode != "off"
        return colours and locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


def _segment(upper: Pixel, lower: Pixel) -> Segment:
    ground = Color.from_rgb(*lower)
    if upper == lower:
        return Segment(" ", Style(bgcolor=ground))
    return Segment(HALF, Style(color=Color.from_rgb(*upper), bgcolor=ground))

"""A track's cover, drawn with half blocks where the terminal has the colours for it."""

from __future__ import annotations

import asyncio
import locale
from pathlib import Path
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from suno_tui.library.track import Track
from suno_tui.tui.library.picture import Cells, Pixel, cells_of

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp

LEAST, MOST = 6, 20
"""Rows that a cover takes; each is two columns' worth of height."""

_HALF = "▀"


class Cover(Widget):
    """The cover of one track, or nothing at all where there is none to be drawn.

    The file is read and scaled off the loop; its place is kept meanwhile, so that nothing jumps.
    """

    app: StudioApp

    DEFAULT_CSS = """
    Cover { display: none; margin-right: 2; background: $surface; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path: Path | None = None
        self.drawn: Cells | None = None
        """What is on the screen."""
        self.rows = 0
        """How many rows it takes, where there is a cover."""

    def show(self, track: Track | None) -> None:
        """Draw the cover of this track; None draws nothing."""
        path = track.cover if track is not None and self._can_draw() else None
        if path != self.path:
            self.path, self.drawn = path, None
            self._read()

    def resize(self, width: int, height: int) -> None:
        """Be as large as this room allows: square on the screen, and nothing where it is tiny."""
        rows = min(width // 2, height, MOST)
        rows = rows if rows >= LEAST else 0
        if rows != self.rows:
            self.rows = rows
            self.styles.width, self.styles.height = rows * 2, rows
            self._read()

    def render_line(self, y: int) -> Strip:
        if self.drawn is None or y >= len(self.drawn):
            return Strip.blank(self.size.width, self.rich_style)
        return Strip([_segment(*pair) for pair in self.drawn[y]])

    def _read(self) -> None:
        if self.path is None or not self.rows:
            self.display = False
            return
        self.display = True
        self.run_worker(self._fetch(self.path, self.rows), group="cover", exclusive=True)

    async def _fetch(self, path: Path, rows: int) -> None:
        cells = await asyncio.to_thread(cells_of, path, rows * 2, rows)
        if (path, rows) == (self.path, self.rows):
            self.drawn = cells
            self.display = cells is not None
            self.refresh()

    def _can_draw(self) -> bool:
        app = self.app
        colours = app.console.color_system in ("truecolor", "256") and not app.no_color
        return colours and locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


def _segment(upper: Pixel, lower: Pixel) -> Segment:
    ground = Color.from_rgb(*lower)
    if upper == lower:
        return Segment(" ", Style(bgcolor=ground))
    return Segment(_HALF, Style(color=Color.from_rgb(*upper), bgcolor=ground))

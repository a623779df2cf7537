"""An app whose updates go over the line as cells, with Textual's own way as the fallback."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events, on
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ReturnType
from textual.driver import Driver
from textual.geometry import Region
from textual.screen import Screen

from suno_tui.api.secret import Environment
from suno_tui.tui.curtain import Curtain, keep
from suno_tui.tui.line.grid import Grid, Painter
from suno_tui.tui.line.kept import pack
from suno_tui.tui.line.plain import PlainApp
from suno_tui.tui.line.writer import erases_in_colour

SHAPES = (
    (LayoutUpdate, ("strips", "region")),
    (ChopsUpdate, ("chops", "spans", "chop_ends")),
    (App._display, ("self", "screen", "renderable")),
)
PARTS = ("_batch_count", "_running", "_closed", "_driver", "_sync_available", "post_display_hook")

FRAMES_AHEAD = 4  # Textual's driver lets 30 writes wait, and then the whole app with them.
LOOK_AGAIN = 0.05  # seconds


def waiting(driver: Driver) -> int:
    """How many writes the terminal has not taken yet; 0 where the driver does not tell."""
    queue = getattr(getattr(driver, "_writer_thread", None), "_queue", None)
    return queue.qsize() if queue is not None else 0


def as_expected(app: App[Any]) -> bool:
    """Whether the parts of Textual that this layer stands on have the shape that it knows."""
    return all(tuple(inspect.signature(part).parameters) == names for part, names in SHAPES) and (
        all(hasattr(app, part) for part in PARTS)
    )


def size_of(update: LayoutUpdate | ChopsUpdate) -> tuple[int, int]:
    """The columns and rows of the screen that an update belongs to."""
    if isinstance(update, LayoutUpdate):
        return update.region.width, update.region.height
    return update.chop_ends[0][-1], len(update.chops)


class LineApp(PlainApp[ReturnType]):
    """Sends the cells that differ from what the terminal shows.

    Textual sends every widget that changed, whole. `SUNO_TUI_LINE=plain` chooses that way; so does
    a Textual, a driver or an error that this layer does not know. The two show the same.
    """

    curtain = Curtain()
    """What the terminal shows when the app takes it over."""

    _lifted: Region | None = None
    _grid: Grid | None = None
    _painter: Painter | None = None
    _cells: bool | None = None
    _away = False
    _resized = False
    _returned = False
    _held = False

    @property
    def sends_cells(self) -> bool:
        """Whether this layer is in use; False is Textual's own way."""
        driver = self._driver
        if self._cells is None and driver is not None:
            self._cells = (
                os.environ.get("SUNO_TUI_LINE", "cells") != "plain"
                and sys.platform != "win32"
                and not (driver.is_headless or driver.is_inline or driver.is_web)
                and as_expected(self)
            )
        return bool(self._cells)

    @property
    def has_picture(self) -> bool:
        """Whether the terminal shows the picture of the last session: a part may be replaced."""
        return self._grid is None and self.sends_cells and self.curtain.shows(*self.size)

    def lift_curtain(self, region: Region | None = None) -> None:
        """Replace this part of the picture that the terminal shows, or all of it."""
        self._lifted = region
        if self._grid is not None:
            self._grid.only = region
            self._send_again()

    def paint_pictures(self, painter: Painter | None) -> None:
        """Paint the cells of pictures by this from now on."""
        self._painter = painter
        if self._grid is not None:
            self._grid.painter = painter

    def keep_picture(self, file: Path) -> None:
        """Keep what the screen shows, for the next start to begin with."""
        grid = self._grid
        rows = grid.picture() if grid is not None and self.sends_cells else None
        if grid is not None and rows is not None:
            keep(file, Environment.of(None), (grid.width, grid.height), pack(rows))

    def repaint(self) -> None:
        if self._grid is None:
            super().repaint()
        else:
            self._grid.forget()
            self._send_again()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """As Textual's; nothing is sent meanwhile, and all is painted afterwards.

        Textual takes the terminal back only after a success: an error would leave the app without.
        """
        self._away = True
        failure: BaseException | None = None
        try:
            with super().suspend():
                try:
                    yield
                except BaseException as error:
                    failure = error
        finally:
            self._away = False
            self._lost()
        if failure is not None:
            raise failure

    @on(Driver.SignalResume)
    def _lost(self) -> None:
        """Another program had the terminal. The driver announces a size next: that paints."""
        self._returned = True
        if self._grid is not None:
            self._grid.forget()

    async def _on_resize(self, event: events.Resize) -> None:
        """Paint again when the terminal may have cut off cells and then grew back.

        A new size brings a new layout and with it a new grid. Terminals that report their size in
        band (with pixels) also do so once at the start, when nothing is lost.
        """
        grid = self._grid
        if grid is None or event.size != (grid.width, grid.height):
            self._resized = True
        elif self._returned:
            self._returned = False
            if grid.lost:
                self.repaint()
        elif self._resized or event.pixel_size is None:
            self.repaint()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if (
            isinstance(renderable, LayoutUpdate | ChopsUpdate)
            and not self._batch_count
            and self._running
            and not self._closed
            and self.sends_cells
        ):
            try:
                self._send(self._drawn(renderable))
            except Exception as error:
                self._give_up(error)
            else:
                self.post_display_hook()
                return
        super()._display(screen, renderable)

    def _drawn(self, update: LayoutUpdate | ChopsUpdate) -> Grid:
        """The grid, with an update drawn on it; a new one if the screen's size is new."""
        grid = self._grid
        size = size_of(update)
        if grid is None or size != (grid.width, grid.height):
            colours = self.console._color_system or ColorSystem.TRUECOLOR
            self._grid = grid = Grid(*size, colours, erases=erases_in_colour(Environment.of(None)))
            grid.painter = self._painter
            self._resized = False
            if (cells := self.curtain.cells(*size)) is not None:
                grid.shows(cells)
                grid.only = self._lifted
        grid.draw(update)
        return grid

    def _send(self, grid: Grid) -> None:
        """Make the terminal show the grid."""
        if self._away or self._driver is None or self._held:
            return
        if waiting(self._driver) > FRAMES_AHEAD:
            # The line is slower than the studio, or stands still: what is drawn meanwhile goes out
            # as one difference later. Waiting for the driver here would stop everything else.
            self._held = True
            self.set_timer(LOOK_AGAIN, self._go_on)
            return
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if data := grid.changes((cursor.x, cursor.y)):
            if self._sync_available:
                data = f"{SYNC_START}{data}{SYNC_END}"
            self._driver.write(data)
            self._driver.flush()

    def _go_on(self) -> None:
        self._held = False
        if self._running and not self._closed:
            self._send_again()

    def _send_again(self) -> None:
        try:
            if self._grid is not None:
                self._send(self._grid)
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """What it is that is not as expected matters less than a screen that works."""
        self._cells, self._grid = False, None
        self.log.error(f"Cells can't be sent, going on the plain way: {error!r}")
        self.call_later(self.repaint)

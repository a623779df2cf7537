"""An app that sends its updates as cells; its fallback is Textual's own output."""

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

from suno_tui.common.secret import Environment
from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame, keep
from suno_tui.tui.terminal.cell_diff.grid import Grid, Painter
from suno_tui.tui.terminal.cell_diff.packing import pack
from suno_tui.tui.terminal.cell_diff.plain_app import PlainApp
from suno_tui.tui.terminal.cell_diff.writer import erases_in_colour

SHAPES = (
    (LayoutUpdate, ("strips", "region")),
    (ChopsUpdate, ("chops", "spans", "chop_ends")),
    (App._display, ("self", "screen", "renderable")),
)
PARTS = ("_batch_count", "_running", "_closed", "_driver", "_sync_available", "post_display_hook")

FRAMES_AHEAD = 4  # Textual's driver queues 30 writes, then blocks the whole app.
RETRY_SECONDS = 0.05


def pending_writes(driver: Driver) -> int:
    """Return how many writes wait for the terminal; 0 if that is not known."""
    queue = getattr(getattr(driver, "_writer_thread", None), "_queue", None)
    return queue.qsize() if queue is not None else 0


def is_known_textual(app: App[Any]) -> bool:
    """Return whether the private parts of Textual that are used here have the known signatures."""
    return all(tuple(inspect.signature(part).parameters) == names for part, names in SHAPES) and (
        all(hasattr(app, part) for part in PARTS)
    )


def size_of(update: LayoutUpdate | ChopsUpdate) -> tuple[int, int]:
    """Return the columns and rows of the screen that an update belongs to."""
    if isinstance(update, LayoutUpdate):
        return update.region.width, update.region.height
    return update.chop_ends[0][-1], len(update.chops)


class CellDiffApp(PlainApp[ReturnType]):
    """Sends the cells that differ from what the terminal shows.

    Textual sends every changed widget as a whole. So does this app if `SUNO_TUI_LINE=plain` is set,
    with an unknown Textual or driver, and after an error. The picture is the same.
    """

    first_frame = FirstFrame()
    """What the terminal shows when the app takes over."""

    _only: Region | None = None
    _grid: Grid | None = None
    _painter: Painter | None = None
    _sends_cells: bool | None = None
    _is_suspended = False
    _resized = False
    _returned = False
    _is_waiting = False

    @property
    def sends_cells(self) -> bool:
        """Whether cells are sent; if not, Textual sends its own output."""
        driver = self._driver
        if self._sends_cells is None and driver is not None:
            self._sends_cells = (
                os.environ.get("SUNO_TUI_LINE", "cells") != "plain"
                and sys.platform != "win32"
                and not (driver.is_headless or driver.is_inline or driver.is_web)
                and is_known_textual(self)
            )
        return bool(self._sends_cells)

    @property
    def has_picture(self) -> bool:
        """Whether the terminal shows the first frame, which may be replaced in parts."""
        return self._grid is None and self.sends_cells and self.first_frame.shows(*self.size)

    def show_rest(self, region: Region | None = None) -> None:
        """Replace this part of the first frame; None replaces all of it."""
        self._only = region
        if self._grid is not None:
            self._grid.only = region
            self._send_grid()

    def paint_pictures(self, painter: Painter | None) -> None:
        """Paint the cells of pictures with `painter` from now on."""
        self._painter = painter
        if self._grid is not None:
            self._grid.painter = painter

    def keep_picture(self, file: Path) -> None:
        """Save what the screen shows as the first frame of the next start."""
        grid = self._grid
        rows = grid.picture() if grid is not None and self.sends_cells else None
        if grid is not None and rows is not None:
            keep(file, Environment.of(None), (grid.width, grid.height), pack(rows))

    def repaint(self) -> None:
        if self._grid is None:
            super().repaint()
        else:
            self._grid.forget()
            self._send_grid()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Suspend as Textual does, send nothing meanwhile, and repaint everything afterwards.

        Textual takes the terminal back only if no error is raised inside; this does so always.
        """
        self._is_suspended = True
        failure: BaseException | None = None
        try:
            with super().suspend():
                try:
                    yield
                except BaseException as error:
                    failure = error
        finally:
            self._is_suspended = False
            self._terminal_returned()
        if failure is not None:
            raise failure

    @on(Driver.SignalResume)
    def _terminal_returned(self) -> None:
        """Note that another program had the terminal. The resize event that follows repaints."""
        self._returned = True
        if self._grid is not None:
            self._grid.forget()

    async def _on_resize(self, event: events.Resize) -> None:
        """Repaint if the terminal may have cut off cells and then grown back.

        A new size brings a new layout and a new grid. Terminals that report their size in band
        (with pixels) also do so at the start, when nothing is lost.
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
                self._fall_back(error)
            else:
                self.post_display_hook()
                return
        super()._display(screen, renderable)

    def _drawn(self, update: LayoutUpdate | ChopsUpdate) -> Grid:
        """Draw an update on the grid, or on a new one if the size has changed; return it."""
        grid = self._grid
        size = size_of(update)
        if grid is None or size != (grid.width, grid.height):
            colours = self.console._color_system or ColorSystem.TRUECOLOR
            self._grid = grid = Grid(*size, colours, erases=erases_in_colour(Environment.of(None)))
            grid.painter = self._painter
            self._resized = False
            if (cells := self.first_frame.cells(*size)) is not None:
                grid.shows(cells)
                grid.only = self._only
        grid.draw(update)
        return grid

    def _send(self, grid: Grid) -> None:
        """Make the terminal show the grid."""
        if self._is_suspended or self._driver is None or self._is_waiting:
            return
        if pending_writes(self._driver) > FRAMES_AHEAD:
            # The connection is slow or stalled: send what is drawn meanwhile as one difference
            # later. Waiting for the driver here would block the whole app.
            self._is_waiting = True
            self.set_timer(RETRY_SECONDS, self._retry)
            return
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if data := grid.changes((cursor.x, cursor.y)):
            if self._sync_available:
                data = f"{SYNC_START}{data}{SYNC_END}"
            self._driver.write(data)
            self._driver.flush()

    def _retry(self) -> None:
        self._is_waiting = False
        if self._running and not self._closed:
            self._send_grid()

    def _send_grid(self) -> None:
        try:
            if self._grid is not None:
                self._send(self._grid)
        except Exception as error:
            self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        """Switch to Textual's own output: a working screen matters more than the cause."""
        self._sends_cells, self._grid = False, None
        self.log.error(f"Cells can't be sent, Textual's output is used: {error!r}")
        self.call_later(self.repaint)

"""The app for a Textual whose private parts `CellDiffApp` does not know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App, ReturnType


class PlainApp(App[ReturnType]):
    """Sends what Textual sends: every changed widget as a whole."""

    @property
    def sends_cells(self) -> bool:
        """Whether only changed cells are sent."""
        return False

    def paint_pictures(self, painter: Callable[..., Any] | None) -> None:
        """Do nothing: only `CellDiffApp` paints pictures."""

    def keep_picture(self, file: Path) -> None:
        """Do nothing: only `CellDiffApp` knows the cells to save."""

    def repaint(self) -> None:
        """Repaint the whole screen, whatever the terminal shows now."""
        self.screen.refresh()

    def action_repaint(self) -> None:
        self.repaint()

"""What the app relies on where cells can't be sent: Textual's own way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App, ReturnType


class PlainApp(App[ReturnType]):
    """Sends what Textual sends: every widget that changed, whole."""

    @property
    def sends_cells(self) -> bool:
        """Whether only the cells that differ are sent."""
        return False

    def paint_pictures(self, painter: Callable[..., Any] | None) -> None:
        """Paint the cells of pictures by this; without cells there are none."""

    def keep_picture(self, file: Path) -> None:
        """Keep what the screen shows for the next start; this way keeps nothing."""

    def repaint(self) -> None:
        """Paint the whole screen again, whatever the terminal shows now."""
        self.screen.refresh()

    def action_repaint(self) -> None:
        self.repaint()

"""The panes side by side, whose edges the mouse drags."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.containers import Horizontal


class Edges(Protocol):
    """A screen whose panes have edges to drag. `x` and `y` are cells of the screen."""

    def edge_at(self, x: int, y: int) -> str | None:
        """Return the pane whose right or lower edge is at this cell, or None."""

    def drag_edge(self, pane: str, x: int, y: int) -> None:
        """Move the edge of a pane to this cell."""

    def edge_dropped(self) -> None:
        """Remember the sizes, after the user let go of the edge."""


class PaneRow(Horizontal):
    """The panes of the main screen."""

    def __init__(self, edges: Edges, *, id: str) -> None:
        super().__init__(id=id)
        self._edges = edges
        self._dragged: str | None = None
        """The pane whose edge the mouse holds."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragged = self._edges.edge_at(int(event.screen_x), int(event.screen_y))
        if self._dragged is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged is not None:
            self._edges.drag_edge(self._dragged, int(event.screen_x), int(event.screen_y))

    def on_mouse_up(self) -> None:
        if self._dragged is not None:
            self._dragged = None
            self.release_mouse()
            self._edges.edge_dropped()

"""The panes side by side, whose edges the mouse drags."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.containers import Horizontal


class Edges(Protocol):
    """What has edges to drag. Places are those of the screen."""

    def edge_at(self, x: int, y: int) -> str | None:
        """Return the pane whose right or lower edge is there, or None."""

    def drag_edge(self, pane: str, x: int, y: int) -> None:
        """Move the edge of a pane there."""

    def edge_dropped(self) -> None:
        """Take note that the user has let the edge go."""


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

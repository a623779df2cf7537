"""How large the panes are side by side, and which are hidden: kept for the next start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HIDEABLE = ("compose", "tasks", "library")
LEAST_WIDTH, LEAST_HEIGHT = 44, 6
"""Columns of the composer and of the lists, and rows of the queue and of the library."""


@dataclass
class PaneSizes:
    """The user's sizes; 0 means that the size follows from that of the window."""

    compose: int = 0
    """Columns of the composer."""
    tasks: int = 0
    """Rows of the queue."""
    hidden: list[str] = field(default_factory=list)
    """Panes that are not shown until the user goes to them."""
    zoomed: bool = False

    @classmethod
    def read(cls, table: object) -> PaneSizes:
        """Return the sizes of a table in the state file; what can't be understood is ignored."""
        sizes = cls()
        if not isinstance(table, Mapping):
            return sizes
        for name in ("compose", "tasks"):
            value = table.get(name)
            if isinstance(value, int) and 0 <= value < 10_000:
                setattr(sizes, name, int(value))
        hidden = table.get("hidden")
        if isinstance(hidden, list):
            sizes.hidden = [place for place in HIDEABLE if place in hidden]
            if len(sizes.hidden) == len(HIDEABLE):
                sizes.hidden = []
        sizes.zoomed = table.get("zoomed") is True
        return sizes

    def table(self) -> dict[str, Any]:
        """Return the table for the state file."""
        return {
            "compose": self.compose, "tasks": self.tasks, "hidden": self.hidden,
            "zoomed": self.zoomed,
        }  # fmt: skip

    def compose_width(self, window: int) -> int:
        """Return the columns of the composer next to the lists; `window` is the window's width."""
        wanted = self.compose or min(window * 2 // 5, 66)
        return max(LEAST_WIDTH, min(wanted, window - LEAST_WIDTH))

    def tasks_height(self, window: int) -> int:
        """Return the rows of the queue above the library; `window` is the window's height."""
        room = window - 3
        wanted = self.tasks or min(room * 2 // 7, 14)
        return max(LEAST_HEIGHT, min(wanted, room - LEAST_HEIGHT))

    def resize(self, place: str, columns: int, rows: int, window: tuple[int, int]) -> None:
        """Make a pane wider or higher at the cost of its neighbour."""
        if columns:
            by = columns if place == "compose" else -columns
            self.compose = self.compose_width(window[0]) + by
            self.compose = self.compose_width(window[0])
        if rows and place in ("tasks", "library"):
            self.tasks = self.tasks_height(window[1]) + (rows if place == "tasks" else -rows)
            self.tasks = self.tasks_height(window[1])

    def hide(self, place: str) -> bool:
        """Hide a pane; return False if it is the last one."""
        if place not in HIDEABLE or len({*self.hidden, place}) == len(HIDEABLE):
            return False
        self.hidden = [*self.hidden, place]
        return True

    def unhide(self, place: str) -> bool:
        """Show a pane again; return whether it was hidden."""
        if place not in self.hidden:
            return False
        self.hidden.remove(place)
        return True

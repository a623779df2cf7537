"""How the library is shown: what the state file remembers of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from suno_tui.library.query import QueryError, order_by

NEWEST_FIRST = "-added"


@dataclass
class LibraryState:
    """The look of the library's pane, kept for the next start."""

    sort: str = NEWEST_FIRST
    """A sort order as in a query, such as `-added`."""
    folded: bool = True
    """Whether each song has one row, not each take."""
    columns: list[str] = field(default_factory=list)
    """The names of the columns to show; none for the usual ones that fit."""
    preview: bool = True
    """Whether a preview of the track under the cursor is shown if there is room."""
    side: int = 25
    """Columns of the views."""
    preview_width: int = 46
    """Columns of the preview."""

    @classmethod
    def read(cls, table: object) -> LibraryState:
        """Return the state of a table in the state file; what can't be understood is ignored."""
        state = cls()
        if not isinstance(table, Mapping):
            return state
        for name, standard in asdict(state).items():
            value = table.get(name)
            if isinstance(value, type(standard)):
                setattr(state, name, value)
        state.columns = [str(name) for name in state.columns]
        try:
            order_by(state.sort)
        except QueryError:
            state.sort = NEWEST_FIRST
        return state

    def table(self) -> dict[str, Any]:
        """Return the table for the state file."""
        return asdict(self)

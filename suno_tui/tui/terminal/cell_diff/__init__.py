"""Sends cells, not widgets: only what changed on the terminal's screen goes over the connection.

`CellDiffApp` is loaded when it is asked for: what draws the kept picture must not load Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.tui.terminal.cell_diff.app import CellDiffApp

__all__ = ["CellDiffApp"]


def __getattr__(name: str) -> object:
    if name != "CellDiffApp":
        raise AttributeError(name)
    try:
        from suno_tui.tui.terminal.cell_diff.app import CellDiffApp
    except (ImportError, AttributeError):
        # A Textual whose inner parts are elsewhere: the studio works, and sends more.
        from suno_tui.tui.terminal.cell_diff.plain import PlainApp

        return PlainApp
    return CellDiffApp

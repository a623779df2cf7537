"""Sends only the cells that changed, instead of whole widgets, over the connection.

Words: a `Cell` is what one column shows, a `Pen` its style as the terminal knows it; the `Grid`
holds the wanted and the shown cells; the `Writer` turns the difference into bytes; the first frame
is the last session's picture. `CellDiffApp` is imported on first use, because the first frame must
not load Textual.
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
        # In another Textual the private parts may be elsewhere: send what Textual sends.
        from suno_tui.tui.terminal.cell_diff.plain_app import PlainApp

        return PlainApp
    return CellDiffApp

"""Sends cells, not widgets: only what changed on the terminal's screen goes over the line."""

from __future__ import annotations

try:
    from suno_tui.tui.line.app import LineApp
except (ImportError, AttributeError):
    # A Textual whose inner parts are elsewhere: the studio works, and sends more.
    from suno_tui.tui.line.plain import PlainApp as LineApp  # type: ignore[assignment]

__all__ = ["LineApp"]

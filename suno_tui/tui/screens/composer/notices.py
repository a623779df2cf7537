"""Notices of the composer, shown for 4 or 8 seconds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

from textual.widget import Widget

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean


class Notices:
    """Shows notices in the app of a widget."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget

    def say(self, text: str) -> None:
        """Show a short notice."""
        self.widget.app.notify(clean(text), timeout=4)

    def alert(self, text: str, title: str, severity: Literal["warning", "error"] = "error") -> None:
        """Show an error or a warning; the text keeps its line breaks."""
        self.widget.app.notify(text, title=title, severity=severity, timeout=8)

    @contextlib.contextmanager
    def reported(self) -> Iterator[None]:
        """Show a `StudioError` that the block raises, which ends the block."""
        try:
            yield
        except StudioError as error:
            self.alert(str(error), error.title)

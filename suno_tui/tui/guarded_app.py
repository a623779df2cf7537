"""An app that ends an unexpected error with a short text; Textual prints local variables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.worker import WorkerFailed

from suno_tui.common.errors import StudioError
from suno_tui.tui.crash import crashed, crashed_with, log_error
from suno_tui.tui.terminal.driver import TerminalDriver
from suno_tui.tui.themes.themed_app import ThemedApp

if TYPE_CHECKING:
    from suno_tui.studio import Studio


class GuardedApp(ThemedApp):
    """Overrides Textual's handling of unexpected errors. The subclass sets `studio`."""

    studio: Studio
    failure: StudioError | None = None
    """The error that ended the studio, if one did."""

    def give_terminal_back(self) -> None:
        """Restore the terminal if an error kept Textual from doing so."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.give_back()

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 1
        if self._exception is None:  # for the tests
            self._exception = error
            self._exception_event.set()
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, StudioError):
            log_error(self.studio.home, cause)
            self._end_crashed(cause)
        else:
            self._end_crashed(crashed(self.studio.home, cause))

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1] or RuntimeError("an error of Textual's")
        self._end_crashed(crashed(self.studio.home, error))

    def panic(self, *renderables: RenderableType) -> None:
        rendered = (self.console.render(part, self.console.options) for part in renderables)
        text = "\n".join("".join(piece.text for piece in part) for part in rendered)
        self._end_crashed(crashed_with(self.studio.home, text))

    def _end_crashed(self, failure: StudioError) -> None:
        self._return_code = 1
        self.failure = self.failure or failure
        self._close_messages_no_wait()

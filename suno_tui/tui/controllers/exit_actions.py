"""Actions that leave the studio, for good or for a while."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class ExitActions:
    """Closes or suspends the view; the worker goes on. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def label(self, id: str) -> str | None:
        """Return what an action is called here."""
        return "Back" if id == "quit_view" and self.app.navigation.can_leave else None

    def action_quit_view(self) -> None:
        """Leave the zoom or the player's page; if there is neither, close the view."""
        if not self.app.navigation.leave():
            self.action_quit_now()

    def action_quit_now(self) -> None:
        """Close the view; ask first if a change of many tracks is under way."""
        progress = self.app.library.under_way
        if progress is not None:
            done = f"{progress.done:,} of {progress.all:,} tracks are done."
            text = f"{done} The others stay as they are."
            title, yes = "Stop what is under way?", "Stop and quit"
            self.app.ask(title, text, self._quit, yes=yes, no="Go on")
        else:
            self._quit()

    def _quit(self) -> None:
        notes: list[str] = []
        if live := self.app.queue.live:
            these, go = ("task", "goes") if live == 1 else ("tasks", "go")
            notes.append(
                f"{live} {these} {go} on without this window. `suno-tui queue` shows them; "
                "`suno-tui` comes back to them."
            )
        if self.app.playback.session.plays_on:
            notes.append("The music plays on: `suno-tui pause` pauses it, `suno-tui stop` ends it.")
        self.app.exit(message=Text("\n".join(notes)) if notes else None)

    def action_suspend(self) -> None:
        """Suspend to the shell; `fg` brings the studio back."""
        if os.getpgrp() == os.getsid(0):
            # We lead the session: no shell could ever continue us.
            self.app.notify("No shell started the studio: there is none to go to.", timeout=5)
            return
        self.app.action_suspend_process()

    def action_repaint(self) -> None:
        """Paint the whole screen again, whatever the terminal shows now."""
        self.app.repaint()

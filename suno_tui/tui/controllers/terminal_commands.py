"""Commands of the command line that the palette runs in the terminal, while the studio waits."""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_SCRIPT = '"$@"; printf "\\nPress Enter to return to the studio. "; read -r answer'


class TerminalCommands:
    """Runs a command in the terminal; Enter returns to the studio. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def action_doctor(self) -> None:
        """Check terminal, sound, provider and disk."""
        self._run("doctor")

    def action_spent(self) -> None:
        """Show what was paid for what."""
        self._run("spent")

    def _run(self, command: str) -> None:
        self.app.key_queue.lend(partial(self._in_terminal, command))

    async def _in_terminal(self, command: str) -> None:
        arguments = ("sh", "-c", _SCRIPT, "sh", sys.executable, "-m", "suno_tui", command)
        # Ctrl+C ends the command alone: a handler is not inherited, but "ignore" would be.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with self.app.batch_update(), self.app.suspend():
                process = await asyncio.create_subprocess_exec(
                    *arguments, env=dict(self.app.studio.env)
                )
                await process.wait()
        except (SuspendNotSupported, OSError):
            text = f"Run `suno-tui {command}` in a shell: it can't run in this terminal."
            self.app.notify(text, timeout=8)
        finally:
            signal.signal(signal.SIGINT, before)

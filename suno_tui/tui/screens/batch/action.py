"""Opens a batch file on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.paths import expand_home

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

REMEMBERED = "batch"
"""The key of the last opened file in the state file."""


class BatchAction:
    """Asks for a batch file, and shows it as a table. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def action_open_batch(self) -> None:
        """Ask for the file, and suggest the one that was opened last."""
        last = self.app.studio.remembered().get(REMEMBERED)
        ask_for_batch(self.app, last if isinstance(last, str) else "~/")


def open_batch(app: Context, path: Path) -> None:
    """Show a file as a table; ask for another file if it can't be read."""
    from suno_tui.batches.file import BatchFile
    from suno_tui.tui.screens.batch.dialog import BatchDialog

    path = expand_home(path).absolute()
    try:
        file = BatchFile(path)
        file.read()
    except StudioError as error:
        ask_for_batch(app, str(path), "" if not path.exists() else str(error))
        return
    app.remember(**{REMEMBERED: str(path)})
    app.push_screen(BatchDialog(file))


def ask_for_batch(app: Context, typed: str, error: str = "") -> None:
    """Ask for a file, after showing an error if there is one; show the file as a table."""
    from suno_tui.tui.screens.batch.open_dialog import OpenBatch

    def chosen(path: Path | None) -> None:
        if path is not None:
            open_batch(app, path)

    app.push_screen(OpenBatch(typed, error), chosen)

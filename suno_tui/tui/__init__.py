"""The studio on the screen: the only package that imports Textual.

`app` builds and wires the parts; `context` says what they may ask of it. `screens` hold the panes,
`controllers` the actions that work everywhere, `playback` the state of what plays, `actions` the
keys, `dialogs` and `widgets` the building blocks, and `terminal` all that is sent to the terminal.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from suno_tui.studio import Studio
    from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame

__all__ = ["run"]


def run(studio: Studio, first_frame: FirstFrame | None = None, batch: Path | None = None) -> int:
    """Show the studio until the user leaves; return the exit code. Call it on the main thread.

    `first_frame` is what the terminal shows already, `batch` a batch file to open.
    Raises `StudioError` if the queue can't be opened.
    """
    if studio.has_limits:
        studio.tasks.version()  # opens the queue, which knows what was spent
    from suno_tui.tui.app import StudioApp

    app = StudioApp(studio)
    if batch is not None:
        from suno_tui.tui.screens.batch.action import open_batch

        app.late_start.then = partial(open_batch, app, batch)
    if first_frame is not None:
        app.first_frame = first_frame
    try:
        app.run()
    finally:
        app.give_terminal_back()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0

"""The studio on the screen: the only room that knows Textual."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame

__all__ = ["run"]


def run(studio: Studio, curtain: FirstFrame | None = None) -> int:
    """Show the studio until the user leaves; the exit code. Must be called on the main thread.

    `curtain` is what the terminal shows until then. Raises `StudioError` where the queue can't be
    opened.
    """
    if studio.has_limits:
        studio.tasks.version()  # what the first song costs is looked up there
    from suno_tui.tui.app import StudioApp

    app = StudioApp(studio)
    if curtain is not None:
        app.curtain = curtain
    try:
        app.run()
    finally:
        app.give_terminal_back()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0

"""The studio on the screen: the only room that knows Textual."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.studio import Studio

__all__ = ["run"]


def run(studio: Studio) -> int:
    """Show the studio until the user leaves; the exit code. Must be called on the main thread.

    Raises `StudioError` before anything is drawn where the queue can't be opened.
    """
    studio.tasks.version()
    from suno_tui.tui.app import StudioApp

    app = StudioApp(studio)
    app.run()
    return app.return_code or 0

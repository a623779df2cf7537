"""`suno-tui`: the studio, full screen."""

from __future__ import annotations

import sys

from suno_tui.cli.parser import Options
from suno_tui.errors import UsageError
from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Open the studio. Raises `UsageError` where there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the studio needs a terminal. In a script use a command: see suno-tui --help."
        )
    from suno_tui.tui import run as run_screen

    studio = Studio.open()
    try:
        return run_screen(studio)
    finally:
        studio.close()

"""`suno-tui`: the studio, full screen."""

from __future__ import annotations

import gc
import sys

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment
from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame


def run(options: object = None) -> int:
    """Open the studio. Raises `UsageError` without a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the studio needs a terminal. In a script use a command: see suno-tui --help."
        )
    # Until the screen can be used: otherwise the list is shown 55 ms later (671 ms with 100,000).
    gc.disable()
    home = Home.find()
    first_frame = FirstFrame.draw(home.last_picture, Environment.of(None))
    try:
        return _open(home, first_frame)
    except StudioError:
        raise
    except Exception as error:
        from suno_tui.tui.crash import crashed

        raise crashed(home, error) from None
    finally:
        first_frame.drop()


def _open(home: Home, first_frame: FirstFrame) -> int:
    from suno_tui.studio import Studio
    from suno_tui.tui import crash
    from suno_tui.tui import run as run_screen

    crash.watch(home)
    studio = Studio.open(home)
    try:
        return run_screen(studio, first_frame)
    finally:
        studio.close()

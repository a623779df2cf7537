"""`suno-tui`: the studio, full screen."""

from __future__ import annotations

import gc
import sys

from suno_tui.api.secret import Environment
from suno_tui.errors import StudioError, UsageError
from suno_tui.home import Home
from suno_tui.tui.curtain import Curtain


def run(options: object = None) -> int:
    """Open the studio. Raises `UsageError` where there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the studio needs a terminal. In a script use a command: see suno-tui --help."
        )
    gc.disable()  # until the screen can be used: a tenth of the start
    home = Home.find()
    curtain = Curtain.draw(home.last_picture, Environment.of(None))
    try:
        return _open(home, curtain)
    except StudioError:
        raise
    except Exception as error:
        from suno_tui.tui.crash import crashed

        raise crashed(home, error) from None
    finally:
        curtain.drop()


def _open(home: Home, curtain: Curtain) -> int:
    from suno_tui.studio import Studio
    from suno_tui.tui import crash
    from suno_tui.tui import run as run_screen

    crash.watch(home)
    studio = Studio.open(home)
    try:
        return run_screen(studio, curtain)
    finally:
        studio.close()

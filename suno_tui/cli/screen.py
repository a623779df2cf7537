"""`suno-tui`: the studio, full screen."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment
from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame


def run(options: object = None, batch: Path | None = None) -> int:
    """Open the studio, with a batch file if one is named. Raises `UsageError` if there is no
    terminal."""
    with _on_terminal():
        # Off until the screen can be used; else the list appears 55 ms later (671 ms with 100,000
        # tracks).
        gc.disable()
        home = Home.find()
        first_frame = FirstFrame.draw(home.last_picture, Environment.of(None))
        try:
            return _open(home, first_frame, batch)
        except StudioError:
            raise
        except Exception as error:
            from suno_tui.tui.crash import crashed

            raise crashed(home, error) from None
        finally:
            first_frame.drop()


def end_at_once(code: int) -> NoReturn:
    """End the process at once, after the studio was closed.

    Python would spend 40 ms on freeing its objects, although the system frees the memory anyway.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


@contextlib.contextmanager
def _on_terminal() -> Iterator[None]:
    """Replace redirected standard streams (`suno-tui 2>log`) by the terminal inside the block.

    At the end they are restored, so that an error reaches the log. Raises `UsageError` if none of
    them is a terminal.
    """
    terminal = next((number for number in _STREAMS if os.isatty(number)), None)
    if terminal is None:
        raise UsageError(
            "the studio needs a terminal. In a script, use a command: see suno-tui --help."
        )
    redirected = [number for number in _STREAMS if not os.isatty(number)]
    if not redirected:
        yield
        return
    kept = {number: os.dup(number) for number in redirected}
    handle = os.open(os.ttyname(terminal), os.O_RDWR | os.O_NOCTTY)
    try:
        for number in redirected:
            os.dup2(handle, number)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(handle)


_STREAMS = (0, 2, 1)
"""File descriptors; standard input comes first, as keys matter most."""


def _open(home: Home, first_frame: FirstFrame, batch: Path | None) -> int:
    from suno_tui.studio import Studio
    from suno_tui.tui import crash
    from suno_tui.tui import run as run_screen

    crash.watch(home)
    studio = Studio.open(home)
    try:
        return run_screen(studio, first_frame, batch)
    finally:
        studio.close()

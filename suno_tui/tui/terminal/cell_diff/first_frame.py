"""The first frame: the last session's picture, shown before Textual is loaded.

Loading and building the screen takes several tenths of a second. Until then the terminal shows what
it showed when the last session ended, and the kernel keeps what is typed. Then the cells that
differ are sent, and the keys are handled. This module must not import Textual.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui import __version__
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import HomeError

if TYPE_CHECKING:
    from suno_tui.tui.terminal.cell_diff.cell import Cell

MOST_BYTES = 8_000_000
"""Largest file that is read; a picture of 120x40 cells takes about 20 kB."""

ALTERNATE_SCREEN = "\x1b[?1049h"
"""Switches to the alternate screen. Sent a second time, it makes some terminals clear it."""
_HIDE, _DOWN = "\x1b[?25l", "\x1b[?1049l\x1b[?25h"

_ENVIRONMENT = (
    "TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "TMUX", "LANG", "LC_ALL", "LC_CTYPE",
    "SUNO_TUI_LINE", "TEXTUAL_COLOR_SYSTEM", "PYTHONIOENCODING", "PYTHONUTF8",
)  # fmt: skip
"""Variables that decide how a picture is sent: it is used only if they are still the same."""


class FirstFrame:
    """The picture on the terminal, from `draw` to `hand_over` (to the screen) or `drop`."""

    def __init__(self, picture: list[list[Cell]] | None = None) -> None:
        self._picture = picture
        self._before: list[Any] | None = None

    @classmethod
    def draw(cls, file: Path, env: Mapping[str, str]) -> FirstFrame:
        """Show the picture in the file, if it is for this terminal and size."""
        data = _read(file)
        if data is None:
            return cls()
        import json  # not needed on the very first start

        from suno_tui.tui.terminal.cell_diff.packing import unpack
        from suno_tui.tui.terminal.cell_diff.writer import erases_in_colour, whole

        try:
            kept = json.loads(data)
            size = shutil.get_terminal_size()  # as Textual asks
            if (kept["for"], kept["size"]) != (_terminal(env), list(size)):
                return cls()
            rows = unpack(kept["cells"], *size)
            ansi, first_frame = whole(rows, erases=erases_in_colour(env)), cls(rows)
        except Exception:
            return cls()  # the file may hold anything
        try:
            first_frame._take_terminal(ansi)
        except (OSError, termios.error):
            first_frame.drop()  # the terminal may have been changed in part
            return cls()
        return first_frame

    @property
    def is_shown(self) -> bool:
        """Whether the terminal shows the picture, and the screen has not taken over yet."""
        return self._before is not None

    def shows(self, width: int, height: int) -> bool:
        """Return whether there is a picture of this size whose cells were not fetched yet."""
        rows = self._picture
        return rows is not None and (len(rows[0]), len(rows)) == (width, height)

    def cells(self, width: int, height: int) -> list[list[Cell]] | None:
        """Return the cells on the terminal, once; None if they are not known."""
        known = self.shows(width, height)
        rows, self._picture = self._picture, None
        return rows if known else None

    def hand_over(self) -> list[Any] | None:
        """Leave the terminal to the screen; return the attributes to restore at the end."""
        before, self._before = self._before, None
        return before

    def drop(self) -> None:
        """Restore the terminal, unless the screen has taken it over."""
        before = self.hand_over()
        if before is not None:
            # Each on its own: a terminal that accepts no output may still accept input.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(_input(), termios.TCSANOW, before)
            with contextlib.suppress(OSError):
                os.write(_output(), _DOWN.encode())

    def _take_terminal(self, ansi: str) -> None:
        # Keys must not be echoed over the picture, and must arrive unchanged: Enter as Enter, and
        # ctrl+q and ctrl+s as keys, not as flow control.
        self._before = termios.tcgetattr(_input())
        now = termios.tcgetattr(_input())
        now[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        now[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        now[6][termios.VSUSP] = now[6][termios.VQUIT] = b"\0"
        termios.tcsetattr(_input(), termios.TCSANOW, now)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        data = f"{ALTERNATE_SCREEN}{_HIDE}{ansi}".encode()
        while data:
            data = data[os.write(_output(), data) :]

    def _end(self, number: int, _: object) -> None:
        # Nothing has to be closed yet. An exception could hit any import, and inside a class body
        # Python would turn it into another one.
        self.drop()
        os._exit(128 + number)


def keep(file: Path, env: Mapping[str, str], size: tuple[int, int], cells: Any) -> None:
    """Write the picture for the next start; `cells` come from `pack`."""
    import json

    kept = {"for": _terminal(env), "size": list(size), "cells": cells}
    with contextlib.suppress(HomeError):
        write_bytes(file, json.dumps(kept, separators=(",", ":")).encode(), sync=False)


def _read(file: Path) -> bytes | None:
    """Return the contents of a regular file; None if there is none, or if it is too large."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            facts = os.fstat(handle)
            plain = stat.S_ISREG(facts.st_mode) and facts.st_size <= MOST_BYTES
            return opened.read(MOST_BYTES) if plain else None
    except OSError:
        return None


def _terminal(env: Mapping[str, str]) -> list[str]:
    # Only whether tmux runs: its socket and session change from day to day.
    values = [env.get(name, "") if name != "TMUX" else str(name in env) for name in _ENVIRONMENT]
    return [__version__, *values]


def _input() -> int:
    return sys.__stdin__.fileno() if sys.__stdin__ is not None else -1


def _output() -> int:
    # Textual writes to stderr.
    return sys.__stderr__.fileno() if sys.__stderr__ is not None else -1

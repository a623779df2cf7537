"""The studio's last picture, shown again before Textual is loaded.

Loading and building the screen takes several tenths of a second. Until then the terminal shows
what it showed when the studio was left, and keeps what is typed; then the cells that differ are
sent, and what was typed goes where it would have gone. Knows no Textual: it must not load it.
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
"""Of a kept picture; one of 120x40 is about 20 kB."""

UP = "\x1b[?1049h"
"""The terminal's other screen; sent a second time, some terminals clear it."""
_HIDE, _DOWN = "\x1b[?25l", "\x1b[?1049l\x1b[?25h"

_TELLING = (
    "TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "TMUX", "LANG", "LC_ALL", "LC_CTYPE",
    "SUNO_TUI_LINE", "TEXTUAL_COLOR_SYSTEM", "PYTHONIOENCODING", "PYTHONUTF8",
)  # fmt: skip
"""What decides how a picture is sent. A picture for another terminal is none for this one."""


class FirstFrame:
    """Up from `draw` until the screen takes over (`lift`) or can't (`drop`); else there is none."""

    def __init__(self, picture: list[list[Cell]] | None = None) -> None:
        self._picture = picture
        self._before: list[Any] | None = None

    @classmethod
    def draw(cls, file: Path, env: Mapping[str, str]) -> FirstFrame:
        """Show the picture in the file; nothing where there is none for this terminal and size."""
        data = _read(file)
        if data is None:
            return cls()
        import json  # the first start of all has no use for these

        from suno_tui.tui.terminal.cell_diff.kept import unpack
        from suno_tui.tui.terminal.cell_diff.writer import erases_in_colour, whole

        try:
            kept = json.loads(data)
            size = shutil.get_terminal_size()  # as Textual asks
            if (kept["for"], kept["size"]) != (_terminal(env), list(size)):
                return cls()
            rows = unpack(kept["cells"], *size)
            ansi, curtain = whole(rows, erases=erases_in_colour(env)), cls(rows)
        except Exception:
            return cls()  # whatever stands in the file: then there is no picture
        try:
            curtain._take_terminal(ansi)
        except (OSError, termios.error):
            curtain.drop()  # some of it may have been done
            return cls()
        return curtain

    @property
    def up(self) -> bool:
        """Whether the terminal shows the picture, and nobody has taken it over yet."""
        return self._before is not None

    def shows(self, width: int, height: int) -> bool:
        """Whether the terminal shows a picture of this size, whose cells nobody has asked for."""
        rows = self._picture
        return rows is not None and (len(rows[0]), len(rows)) == (width, height)

    def cells(self, width: int, height: int) -> list[list[Cell]] | None:
        """What the terminal shows, as it was given to `keep`; None where that is not known."""
        known = self.shows(width, height)
        rows, self._picture = self._picture, None
        return rows if known else None

    def lift(self) -> list[Any] | None:
        """The screen has the terminal now; how it was set before, to be set so again in the end."""
        before, self._before = self._before, None
        return before

    def drop(self) -> None:
        """Give the terminal back as it was, unless the screen has taken it over."""
        before = self.lift()
        if before is not None:
            # Each for itself: a terminal that takes no more text may still be typed into.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(_input(), termios.TCSANOW, before)
            with contextlib.suppress(OSError):
                os.write(_output(), _DOWN.encode())

    def _take_terminal(self, ansi: str) -> None:
        # What is typed from now on must not be printed over the picture, and must arrive as it is:
        # Enter as Enter, and ctrl+q and ctrl+s as keys and not as a halt of the line.
        self._before = termios.tcgetattr(_input())
        now = termios.tcgetattr(_input())
        now[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        now[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        now[6][termios.VSUSP] = now[6][termios.VQUIT] = b"\0"
        termios.tcsetattr(_input(), termios.TCSANOW, now)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        data = f"{UP}{_HIDE}{ansi}".encode()
        while data:
            data = data[os.write(_output(), data) :]

    def _end(self, number: int, _: object) -> None:
        # Nothing is there yet that would have to be closed. An exception could come up anywhere in
        # what is being loaded, and Python makes another one of it in the middle of a class.
        self.drop()
        os._exit(128 + number)


def keep(file: Path, env: Mapping[str, str], size: tuple[int, int], cells: Any) -> None:
    """Keep a picture for the next start: its cells, as `pack` makes them."""
    import json

    kept = {"for": _terminal(env), "size": list(size), "cells": cells}
    with contextlib.suppress(HomeError):
        write_bytes(file, json.dumps(kept, separators=(",", ":")).encode())


def _read(file: Path) -> bytes | None:
    """What stands in a file of ours; None where there is none, or it is something else."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            facts = os.fstat(handle)
            plain = stat.S_ISREG(facts.st_mode) and facts.st_size <= MOST_BYTES
            return opened.read(MOST_BYTES) if plain else None
    except OSError:
        return None


def _terminal(env: Mapping[str, str]) -> list[str]:
    # Of tmux it matters that it is there; its socket and session are other ones every day.
    told = [env.get(name, "") if name != "TMUX" else str(name in env) for name in _TELLING]
    return [__version__, *told]


def _input() -> int:
    return sys.__stdin__.fileno() if sys.__stdin__ is not None else -1


def _output() -> int:
    # Where Textual writes.
    return sys.__stderr__.fileno() if sys.__stderr__ is not None else -1

"""The studio as a process on a pseudo terminal of 100x30."""

from __future__ import annotations

import fcntl
import os
import pty
import selectors
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.tui.cell_diff.emulator import Terminal

LEFT = b"\x1b[?1049l"
SIZE = (100, 30)
PATIENCE = 30


class Session:
    """The studio, or another program, on a pseudo terminal."""

    def __init__(self, start: str = "", *, size: tuple[int, int] = SIZE) -> None:
        self.size = size
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", *reversed(size), 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", start or _START],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=os.environ
            | {
                "COLUMNS": str(size[0]),
                "LINES": str(size[1]),
                "TERM": "xterm-256color",
                "PYTHONPATH": str(root),
            },
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def read_until(self, there: Callable[[], bool], what: str) -> None:
        """Read until the terminal has received something."""
        end = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            while not there():
                left = end - time.monotonic()
                assert left > 0, f"{what} did not come after {self.output[-400:]!r}"
                if selector.select(left):
                    self.output += os.read(self.master, 65536)

    def read_on(self) -> None:
        """Read what the terminal has received meanwhile."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            while selector.select(0):
                self.output += os.read(self.master, 65536)

    @property
    def display(self) -> list[str]:
        """The rows of the screen."""
        terminal = Terminal(*self.size)
        terminal.feed(self.output.decode(errors="ignore"))
        return list(terminal.display)

    def shows(self, text: str) -> bool:
        """Return whether the text is on the screen; it may have come letter by letter."""
        return any(text in line for line in self.display)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def hang_up(self) -> None:
        """Close the other end of the connection."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for handle in {self.master, self.slave} - {-1}:
            os.close(handle)


# As a login shell would: the terminal belongs to this session, so that its end is a hang-up.
_START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["suno-tui"]
from suno_tui.cli import main
raise SystemExit(main())
"""

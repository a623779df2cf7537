"""However the studio ends, on a real terminal: it is restored, and the process is gone."""

from __future__ import annotations

import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suno_tui.home import Home

ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
PATIENCE = 30


class Session:
    """The studio on a pseudo terminal of 100x30."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=os.environ | {"TERM": "xterm-256color", "PYTHONPATH": str(root)},
            start_new_session=True,
        )

    def read_until(self, text: bytes) -> None:
        """Read on until the terminal was sent this."""
        end = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            while text not in self.output:
                left = end - time.monotonic()
                assert left > 0, f"{text!r} did not come after {self.output[-400:]!r}"
                if selector.select(left):
                    self.output += os.read(self.master, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def hang_up(self) -> None:
        """The other side of the line is gone."""
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


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    running = Session()
    try:
        running.read_until(b"Commands")
        yield running
    finally:
        running.close()


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda s: s.type(b"\x11"), 0),
        (lambda s: s.process.send_signal(signal.SIGTERM), 128 + signal.SIGTERM),
        (lambda s: s.process.send_signal(signal.SIGHUP), 128 + signal.SIGHUP),
        (lambda s: s.type(b"\x1b[M \xff\xfe\x1b[M\x80\x90\xc3\x11"), 0),
    ],
    ids=["ctrl+q", "SIGTERM", "SIGHUP", "odd mouse bytes, then ctrl+q"],
)
def test_the_terminal_is_restored(
    end: Callable[[Session], None], code: int, session: Session
) -> None:
    # A paste is drawn at once; on a busy machine typed letters are drawn one by one.
    session.type(b"\x1b[200~a song that is not lost\x1b[201~")
    session.read_until(b"lost")
    end(session)
    session.read_until(LEFT)
    assert session.process.wait(PATIENCE) == code
    assert termios.tcgetattr(session.slave) == session.before
    assert b"\x1b[?1016l" in session.output, "the mouse reports no pixels any more"
    assert b"Traceback" not in session.output
    drafts = list(Home.find().drafts.glob("*.toml"))
    assert [b"a song that is not lost" in draft.read_bytes() for draft in drafts] == [True]


def test_a_line_that_is_cut_ends_the_process(session: Session) -> None:
    session.hang_up()
    assert session.process.wait(PATIENCE) == 129

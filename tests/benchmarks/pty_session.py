"""Run a program in a pty, with a terminal that answers as a modern one does and counts bytes.

Bytes are stamped when they are read; the screen (pyte) is fed after a measurement, so that it costs
no measured time. A throttled reader stands for a slow connection.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tests.tui.cell_diff.emulator import Terminal

MODES = {1, 7, 25, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026}
KEYS = {
    "down": b"\x1b[B",
    "up": b"\x1b[A",
    "pagedown": b"\x1b[6~",
    "tab": b"\t",
    "enter": b"\r",
    "escape": b"\x1b",
}
UNSET = ("TMUX", "NO_COLOR", "TERM_PROGRAM", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE", "STY")
UNFINISHED = re.compile(r"\x1b(?:\[[^@-~]*|\][^\x07\x1b]*\x1b?)?\Z")
QUESTION = re.compile(rb"\x1b\[\?(\d+)\$p")


@dataclass(frozen=True)
class Answer:
    """What a key caused: bytes, seconds to the first and the last of them, CPU seconds."""

    size: int
    first: float
    last: float
    cpu: float


class Session:
    """One program in one terminal. `rate` throttles the reader, in bytes per second."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        size: tuple[int, int] = (120, 40),
        rate: float | None = None,
    ) -> None:
        self.terminal = Terminal(*size)
        self.total = 0
        self._rate = rate
        self._read_at = time.perf_counter()
        self._unfed: list[bytes] = []
        self._asked = b""
        self._tail = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        whole = {key: value for key, value in os.environ.items() if key not in UNSET}
        whole |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **env}
        self.env = whole
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                os.execvpe(command[0], list(command), whole)
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    def text(self) -> str:
        """Return the screen as text."""
        data = self._tail + self._decode(b"".join(self._unfed))
        self._unfed.clear()
        end = cut.start() if (cut := UNFINISHED.search(data)) else len(data)
        self._tail = data[end:]
        self.terminal.feed(data[:end])
        return self.terminal.text()

    def wait(self, ready: Callable[[str], object], timeout: float = 30) -> float:
        """Read until the screen's text is as wanted; return the seconds since the program's start.

        Raises `TimeoutError`, with the screen.
        """
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            self._read(0.05)
            stamp = self._read_at
            if ready(self.text()):
                return stamp - self.started
        raise TimeoutError(self.text())

    def seen(self, data: bytes, timeout: float = 30) -> float:
        """Read until these bytes come; return the seconds since the program's start.

        Draws nothing meanwhile: that would take a processor that the program may need.
        Raises `TimeoutError`, with the screen.
        """
        deadline = time.perf_counter() + timeout
        come = b""
        while time.perf_counter() < deadline:
            if self._read(0.05):
                come += self._unfed[-1]
                if data in come:
                    return self._read_at - self.started
        raise TimeoutError(self.text())

    def drain(self, seconds: float) -> Answer:
        """Read for `seconds`, whatever comes."""
        return self._window(time.perf_counter() + seconds, None)

    def press(self, key: str, *, quiet: float = 0.15, timeout: float = 20) -> Answer:
        """Press a key (a name or text) and read until nothing has come for `quiet` seconds."""
        self.send(key)
        return self._window(time.perf_counter() + timeout, quiet)

    def hold(self, key: str, *, seconds: float, rate: float = 30) -> float:
        """Hold a key down; return for how many seconds the program writes after it is released."""
        start = time.perf_counter()
        for number in range(round(seconds * rate)):
            self.send(key)
            while time.perf_counter() < start + (number + 1) / rate:
                self._read(0.005)
        return self.settle(timeout=120).last

    def send(self, key: str) -> None:
        os.write(self._fd, KEYS.get(key, key.encode()))

    def leave(self, key: str, timeout: float = 30) -> float:
        """Press the key that quits; return the seconds until the process has ended."""
        process = os.pidfd_open(self.pid)
        try:
            begun = time.perf_counter()
            self.send(key)
            while time.perf_counter() < begun + timeout:
                ready = select.select([self._fd, process], [], [], 0.5)[0]
                if process in ready:
                    return time.perf_counter() - begun
                self._read(0)
            raise TimeoutError(self.text())
        finally:
            os.close(process)

    def settle(self, quiet: float = 0.5, timeout: float = 30) -> Answer:
        """Read until the program is quiet."""
        return self._window(time.perf_counter() + timeout, quiet)

    def cpu(self) -> float:
        """Return the CPU seconds of the process itself, in nanosecond steps."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def _window(self, deadline: float, quiet: float | None) -> Answer:
        start = time.perf_counter()
        before, cpu, first, last = self.total, self.cpu(), 0.0, 0.0
        while (now := time.perf_counter()) < deadline:
            if quiet is not None and now - max(start, last) > quiet:
                break
            if self._read(min(0.02, deadline - now)):
                last = self._read_at
                first = first or last
        return Answer(
            self.total - before,
            first - start if first else 0.0,
            last - start if last else 0.0,
            self.cpu() - cpu,
        )

    def _read(self, patience: float) -> bool:
        if not select.select([self._fd], [], [], patience)[0]:
            return False
        try:
            data = os.read(self._fd, 65536 if self._rate is None else 256)
        except OSError:
            return False
        self._read_at = time.perf_counter()
        self.total += len(data)
        self._unfed.append(data)
        self._answer(data)
        if self._rate is not None:
            time.sleep(len(data) / self._rate)
        return bool(data)

    def _answer(self, data: bytes) -> None:
        """Answer the program's questions about modes."""
        self._asked += data
        for match in QUESTION.finditer(self._asked):
            mode = int(match[1])
            os.write(self._fd, b"\x1b[?%d;%d$y" % (mode, 2 if mode in MODES else 0))
        self._asked = self._asked[-16:] if not QUESTION.search(self._asked[-16:]) else b""

"""Outputs with their own clock, which pass the sound on to a command or to listeners."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Sequence

from suno_tui.player.sound import RATE, Pull

LEAD = 0.2
"""Seconds of sound that are passed on in advance."""
_BLOCK = RATE // 20
_LATE = 1.0
"""After a longer delay in seconds, the clock starts again: the machine slept or a pipe stalled."""
_BROKEN = 5.0
"""A command that ends within this many seconds after its start doesn't work at all."""


class PacedOutput:
    """Asks for samples in real time, in its own thread, and passes them on."""

    kind = "elsewhere"
    why = ""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def give(self, pcm: bytes) -> None:
        """Pass samples on: 16 bit signed little-endian, stereo, 44,100 Hz. `OSError` stops it."""
        raise NotImplementedError

    def start(self, pull: Pull) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(pull, self._stop), name="sound elsewhere", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1)

    def close(self) -> None:
        self.stop()

    def _run(self, pull: Pull, stop: threading.Event) -> None:
        begun, given = time.monotonic(), 0
        while not stop.is_set():
            ahead = given / RATE - (time.monotonic() - begun)
            if ahead > LEAD:
                stop.wait(ahead - LEAD)
                continue
            if ahead < -_LATE:
                begun, given = time.monotonic(), 0
            try:
                self.give(pull(_BLOCK).astype("<i2", copy=False).tobytes())
            except (OSError, ValueError):
                return  # the player notices that samples are no longer asked for
            given += _BLOCK


class CommandOutput(PacedOutput):
    """A command of the user that plays the sound from its standard input."""

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__()
        self._argv = [*argv]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._stderr = ""
        self.why = f"Sent to your own command: {' '.join(argv)}"

    def start(self, pull: Pull) -> None:
        """Start the command. Raises `OSError` if it can't be run, or ended soon after its start."""
        if self._process is not None and self._process.poll() is not None:
            raise OSError(self._why_ended(self._process))
        if self._process is None:
            self._started = time.monotonic()
            # In a new session, so that Ctrl+C in the terminal doesn't reach it.
            try:
                self._process = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                name = self._argv[0]
                raise OSError(f"your command {name} can't be run: {error.strerror}") from error
        super().start(pull)

    def give(self, pcm: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(pcm)
        self._process.stdin.flush()

    def close(self) -> None:
        """Let the command play what it has; kill it if it doesn't end within a second."""
        process = self._process
        self.stop()
        if process is None:
            return
        if process.poll() is not None and time.monotonic() - self._started < _BROKEN:
            return  # kept, so that the next `start` can say why
        if self._thread is not None and self._thread.is_alive():
            process.kill()  # it reads nothing more, and the thread waits for it
            self._thread.join(1)
        self._close_pipes(process)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process, self._stderr = None, ""

    def _close_pipes(self, process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _why_ended(self, process: subprocess.Popen[bytes]) -> str:
        if process.stderr is not None and not process.stderr.closed:
            self._stderr = process.stderr.read(400).decode("utf-8", "replace")
            self._close_pipes(process)
        reason = " ".join(self._stderr.split())
        ended = f"your command {self._argv[0]} ended with {process.returncode}"
        return f"{ended}: {reason}" if reason else ended

"""Child processes that read files from outside.

They are started on demand, lent to one job at a time, and replaced if they die, hang or use too
much memory.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from suno_tui.media import limits, reader, wire
from suno_tui.media.errors import CantRead
from suno_tui.media.limits import OUT_OF_MEMORY, WALL
from suno_tui.media.reader import ENOUGH, MORE

MOST = 4
"""Most children at once; a call that needs another one waits."""
IDLE = 1
"""Most idle children that are kept; each takes some 20 MB."""

_START = "import sys; sys.path[:] = sys.argv[1:]; from suno_tui.media.reader import main; main()"
# What the system's loader and locales need; the user's keys are not among them.
_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip

WHY = {
    "crash": "its decoder crashed: the file is damaged, or made to do harm",
    "memory": "decoding it would take more memory than any song needs",
    "cpu": "decoding it took too long",
}
"""What was wrong with a file, by how the child that read it ended."""


class Lost(Exception):
    """A child has ended or doesn't answer. If `how` is not a key of `WHY`, no file is at fault."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Child:
    """A process that does one job at a time. Its methods raise `Lost` once it is gone."""

    def __init__(self) -> None:
        self.used = False
        """Whether it has done a job, so that an earlier file may be the reason for its death."""
        self.ready = True
        """Whether it waits for a job."""
        self.wanted = True
        """Whether a caller still waits for its answer."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", *python_options(), "-c", _START, *search_path()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the terminal is the studio's
            bufsize=0,
            cwd="/",
            env={name: os.environ[name] for name in _VARIABLES if name in os.environ}
            # OpenBLAS's threads take address space, which is limited in a child.
            | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # so that Ctrl+C in the terminal doesn't reach it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        with contextlib.suppress(OSError, AttributeError):
            # A larger pipe saves context switches: a song is some 30 MB of samples. Linux only.
            fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, 1 << 20)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, job: str, path: Path, args: dict[str, Any], body: bytes = b"") -> None:
        """Send a job to the child."""
        self.ready = False
        self.send(wire.head(_request(job, path, args), len(body)))
        self.send(body)

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._in, rest) :]
            except BlockingIOError:
                self._wait(self._in, select.POLLOUT)
            except OSError:
                raise Lost(self._how_it_ended()) from None

    def receive(self) -> wire.Frame:
        """Return the child's next answer."""
        while True:
            try:
                frame = wire.unpack(self._read)
            except ValueError:
                raise Lost("crash") from None
            if frame is None:
                raise Lost(self._how_it_ended())
            match frame[0].get("is"):
                case "alive":
                    continue
                case "memory":
                    raise Lost("memory")
                case "piece":
                    return frame
            self.ready = self.used = True
            return frame

    def kill(self) -> None:
        """Kill the child; doesn't wait."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """Kill the child and wait until it is gone."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def disown(self) -> None:
        """Only close the pipes: after a fork, the child belongs to the original process."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.returncode = 0

    def _read(self, size: int) -> bytes:
        data = bytearray(size)
        view, got = memoryview(data), 0
        while got < size:
            self._wait(self._out, select.POLLIN)
            count = os.readv(self._out, [view[got:]])
            if not count:
                break
            got += count
        return bytes(data) if got == size else bytes(view[:got])

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(WALL * 1000):
            raise Lost("time")

    def _how_it_ended(self) -> str:
        """Return how the child ended, as `Lost.how`."""
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "time"
        if status == -signal.SIGXCPU:
            return "cpu"
        if status == OUT_OF_MEMORY:
            return "memory"
        # SIGKILL and the like come from outside: the machine ran out of memory, or the user did it.
        return "crash" if status < 0 and -status not in _FROM_OUTSIDE else "ended"


_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _request(job: str, path: Path, args: dict[str, Any]) -> wire.Header:
    return {"job": job, "path": os.fsencode(path.absolute()).hex(), **args}


class Children:
    """All children of this process. Any thread may call it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._starting = 0
        self._closed = False

    @contextlib.contextmanager
    def lent(self, *, fresh: bool = False) -> Iterator[Child]:
        """Lend a child for one job; a `fresh` one has done none yet. Raises `CantRead`.

        The child is killed if the caller leaves before its last answer.
        """
        child = self._take(fresh)
        try:
            yield child
        finally:
            self._give_back(child)

    def interrupt(self) -> None:
        """Kill the busy children, because their answers aren't needed any more."""
        with self._changed:
            busy = [*self._busy]
        for child in busy:
            child.wanted = False
            child.kill()

    def close(self) -> None:
        """Kill all children, at the end of the program."""
        with self._changed:
            self._closed = True
            children = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for child in children:
            child.end()

    def forget(self) -> None:
        """Forget all children after a fork, since they belong to the parent."""
        for child in (*self._idle, *self._busy):
            child.disown()
        self.__init__()  # type: ignore[misc]

    def _take(self, fresh: bool) -> Child:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._available())
            if self._closed:
                raise CantRead("The studio is closing.")
            while self._idle:
                child = self._idle.pop()
                if child.alive and not (fresh and child.used):
                    self._busy.add(child)
                    return child
                child.end()
            self._starting += 1
        try:
            child = Child()
        except (OSError, ValueError) as error:
            raise CantRead(
                f"The program that reads them can't be started: {error}. Close other programs; it "
                "is tried again."
            ) from error
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify()
        with self._changed:
            self._busy.add(child)
        return child

    def _available(self) -> bool:
        return bool(self._idle) or len(self._busy) + self._starting < MOST

    def _give_back(self, child: Child) -> None:
        with self._changed:
            self._busy.discard(child)
            keep = child.ready and not self._closed and len(self._idle) < IDLE
            if keep:
                self._idle.append(child)
            self._changed.notify()
        if not keep:
            child.end()


CHILDREN = Children()
atexit.register(CHILDREN.close)
os.register_at_fork(after_in_child=CHILDREN.forget)


_is_child = False


def become_child() -> None:
    """Do all jobs in this process from now on, under the limits of a child.

    For a process that only reads files, whose parent can do without it if it dies.
    """
    global _is_child
    _is_child = True
    limits.impose()


def run(job: str, path: Path, args: dict[str, Any] | None = None, body: bytes = b"") -> wire.Frame:
    """Run a job and return its answer. Raises `Lost`, `CantRead`."""
    if _is_child:
        with limits.job():
            return reader.answer(_request(job, path, args or {}), body)
    for fresh in (False, True):
        try:
            with CHILDREN.lent(fresh=fresh) as child:
                try:
                    child.ask(job, path, args or {}, body)
                    return child.receive()
                except Lost as lost:
                    if fresh or not _may_retry(lost, child):
                        raise
                    raise _Retry from lost
        except _Retry:
            continue
    raise AssertionError


def stream(job: str, path: Path, args: dict[str, Any]) -> Generator[wire.Frame, None, None]:
    """Run a job that answers in pieces; yield them, then the last answer.

    If the caller stops early, the child stops too, and can be used again. Raises `Lost`,
    `CantRead`.
    """
    for fresh in (False, True):
        try:
            with CHILDREN.lent(fresh=fresh) as child:
                yield from _pieces(child, job, path, args, fresh)
            return
        except _Retry:
            continue


class _Retry(Exception):
    """The job is retried once in a fresh child, since an earlier file may have damaged this one."""


def _may_retry(lost: Lost, child: Child) -> bool:
    return child.wanted and child.used and lost.how in ("crash", "memory", "ended")


def _pieces(
    child: Child, job: str, path: Path, args: dict[str, Any], fresh: bool
) -> Iterator[wire.Frame]:
    given = False
    try:
        child.ask(job, path, args)
        while True:
            frame = child.receive()
            kind = frame[0].get("is")
            try:
                yield frame
            except GeneratorExit:
                if kind == "piece":
                    # The child still waits for the answer to this piece.
                    child.send(ENOUGH)
                    while child.receive()[0].get("is") == "piece":
                        pass
                return
            if kind != "piece":
                return
            given = True
            child.send(MORE)
    except Lost as lost:
        if given or fresh or not _may_retry(lost, child):
            raise
        raise _Retry from lost


def python_options() -> list[str]:
    """Return the options of Python that make a child behave as this process does."""
    options = ["-X", f"utf8={sys.flags.utf8_mode}"]
    return [*options, "-B"] if sys.dont_write_bytecode else options


def search_path() -> list[str]:
    """Return the module search path for a child, which is that of this process."""
    here = str(Path(__file__).parents[2])
    return [here, *(str(Path(entry or ".").absolute()) for entry in sys.path)]

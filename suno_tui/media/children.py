"""Child processes that read files from outside: started on demand, lent to one job at a time, and
replaced if they die, hang or take too much.
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
"""Idle children that are kept, some 20 MB each."""

_START = "import sys; sys.path[:] = sys.argv[1:]; from suno_tui.media.reader import main; main()"
# What the system's loader and its locales need. No key of the user's is among it.
_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip

WHY = {
    "crash": "its decoder crashed on it: it is damaged, or made to do harm",
    "memory": "it would take more memory than any song does",
    "cpu": "its decoder never came to an end with it",
}
"""How a child ended, as a fault of the file that it read."""


class Lost(Exception):
    """A child has ended or doesn't answer. `how` is a key of `WHY`; else no file is at fault."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Child:
    """One process that does one job at a time. Raises `Lost` when it is gone."""

    def __init__(self) -> None:
        self.used = False
        """Whether it has done a job: then its death may be the fault of an earlier file."""
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
            # Threads of OpenBLAS take address space, of which a child has little.
            | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # so that Ctrl+C in the terminal doesn't reach it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        with contextlib.suppress(OSError, AttributeError):
            # Fewer context switches: a song is some 30 MB of samples. Only Linux has this.
            fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, 1 << 20)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, job: str, path: Path, args: dict[str, Any], body: bytes = b"") -> None:
        """Send it a job."""
        self.ready = False
        self.send(wire.head(_asked(job, path, args), len(body)))
        self.send(body)

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._in, rest) :]
            except BlockingIOError:
                self._wait(self._in, select.POLLOUT)
            except OSError:
                raise Lost(self._fate()) from None

    def receive(self) -> wire.Frame:
        """Return its next answer."""
        while True:
            try:
                frame = wire.unpack(self._read)
            except ValueError:
                raise Lost("crash") from None
            if frame is None:
                raise Lost(self._fate())
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
        """Kill it at once."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """Kill it and wait until it is gone."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def disown(self) -> None:
        """Close its pipes only: it belongs to the process that this one was forked from."""
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

    def _fate(self) -> str:
        """Return how it ended."""
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "time"
        if status == -signal.SIGXCPU:
            return "cpu"
        if status == OUT_OF_MEMORY:
            return "memory"
        # SIGKILL and SIGTERM come from outside: the machine has no memory, or somebody ended it.
        return "crash" if status < 0 and -status not in _FROM_OUTSIDE else "ended"


_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _asked(job: str, path: Path, args: dict[str, Any]) -> wire.Header:
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

        It is killed if the job leaves it before the last answer.
        """
        child = self._take(fresh)
        try:
            yield child
        finally:
            self._give_back(child)

    def interrupt(self) -> None:
        """Kill busy children: nobody waits for their answers any more."""
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
        """Forget all children after a fork: they belong to the parent."""
        for child in (*self._idle, *self._busy):
            child.disown()
        self.__init__()  # type: ignore[misc]

    def _take(self, fresh: bool) -> Child:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._free(fresh))
            if self._closed:
                raise CantRead("The studio ends.")
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

    def _free(self, fresh: bool) -> bool:
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
    """Do all jobs in this process from now on, under the limits of a child: it only reads files,
    and whoever started it reads them in another way if it dies."""
    global _is_child
    _is_child = True
    limits.impose()


def run(job: str, path: Path, args: dict[str, Any] | None = None, body: bytes = b"") -> wire.Frame:
    """Run a job and return its answer. Raises `Lost`, `CantRead`."""
    if _is_child:
        with limits.job():
            return reader.answer(_asked(job, path, args or {}), body)
    for fresh in (False, True):
        try:
            with CHILDREN.lent(fresh=fresh) as child:
                try:
                    child.ask(job, path, args or {}, body)
                    return child.receive()
                except Lost as lost:
                    if fresh or not _again(lost, child):
                        raise
                    raise _Again from lost
        except _Again:
            continue
    raise AssertionError


def stream(job: str, path: Path, args: dict[str, Any]) -> Generator[wire.Frame, None, None]:
    """Run a job that answers in pieces; yield them, then the last answer.

    If the caller stops early, so does the child, which can be used again. Raises `Lost`,
    `CantRead`.
    """
    for fresh in (False, True):
        try:
            with CHILDREN.lent(fresh=fresh) as child:
                yield from _pieces(child, job, path, args, fresh)
            return
        except _Again:
            continue


class _Again(Exception):
    """The job is tried once more, by a fresh child: an earlier file may have damaged this one."""


def _again(lost: Lost, child: Child) -> bool:
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
        if given or fresh or not _again(lost, child):
            raise
        raise _Again from lost


def python_options() -> list[str]:
    """Return the options of Python with which a child behaves as this process does."""
    options = ["-X", f"utf8={sys.flags.utf8_mode}"]
    return [*options, "-B"] if sys.dont_write_bytecode else options


def search_path() -> list[str]:
    """Return a child's module search path: the same as here."""
    here = str(Path(__file__).parents[2])
    return [here, *(str(Path(entry or ".").absolute()) for entry in sys.path)]

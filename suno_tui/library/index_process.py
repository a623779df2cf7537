"""Update a large index in a separate process, with more processes that read the files.

A hundred thousand track files take minutes on one processor. A separate process uses all
processors, keeps the screen responsive, and gives its memory back to the system at the end. It may
be killed at any moment: what it has put into the index stays there.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.garbage import collect_seldom
from suno_tui.common.notifications import WakingEvent
from suno_tui.library import scan
from suno_tui.library.index import Index
from suno_tui.media.children import become_child, python_options, search_path

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

MANY = 3000
"""Number of files that makes the process worth its start, which takes some 0.1 s."""
_BATCH = 2000
_AHEAD = 2
"""Batches that each reader may be ahead of the index: more would fill the memory."""
_START = (
    "import sys; sys.path[:] = sys.argv[5:]; "
    "from suno_tui.library.index_process import main; main(*sys.argv[1:5])"
)


class IndexProcess:
    """Refreshes an index in another process. Any thread may call it; one at a time refreshes."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ending = WakingEvent()

    def refresh(self, progress: scan.Progress, stop: Callable[[], bool]) -> bool | None:
        """As `scan.refresh`; None if the process failed."""
        process = self._start()
        if process is None or process.stdout is None:
            return None
        with process.stdout:
            progress_pipe = process.stdout.fileno()
            while not (self._ending.is_set() or stop()):
                select.select([progress_pipe, self._ending.fileno()], [], [])
                if self._ending.is_set():
                    break
                lines = os.read(progress_pipe, 1 << 16).split()
                if not lines:  # the process has ended
                    self._process = None
                    return True if process.wait() == 0 else None
                progress(int(lines[-2]), int(lines[-1]))
        _kill(process)
        process.returncode = -signal.SIGKILL  # so that nothing waits until its memory is free
        return False

    def stop(self) -> None:
        """Kill the process, if there is one; no other one is started afterwards."""
        with self._lock:
            self._ending.set()
            if self._process is not None:
                _kill(self._process)

    @property
    def was_killed(self) -> bool:
        """Whether `stop` has killed the process in the middle of its work."""
        return self._ending.is_set() and self._process is not None

    def _start(self) -> subprocess.Popen[bytes] | None:
        folder, trash = self._index.places
        command = [sys.executable, "-I", "-S", *python_options(), "-c", _START]
        arguments = [str(folder), str(trash), str(self._index.file), str(os.getpid())]
        with self._lock, contextlib.suppress(OSError):
            if not self._ending.is_set():
                self._process = subprocess.Popen(
                    [*command, *arguments, *search_path()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # the terminal is the studio's
                    cwd="/",
                    start_new_session=True,  # so that Ctrl+C in the terminal doesn't reach it
                )
                return self._process
        return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its readers, which are in its process group."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def main(folder: str, trash: str, file: str, parent: str) -> None:
    """Refresh an index and print the progress. Ends when its parent has ended."""
    os.nice(5)  # the user's own work comes first
    collect_seldom()  # there are a hundred thousand live rows, and little garbage

    def orphaned() -> bool:
        return os.getppid() != int(parent)

    def report(done: int, of: int) -> None:
        # One write, small enough for a pipe to take whole: the reader never gets half a line.
        os.write(1, b"%d %d\n" % (done, of))

    index = Index(Path(file), (Path(folder), Path(trash)), filling=True)
    finished = scan.refresh(
        index, progress=report, stop=orphaned, read=read_in_processes, batch=_BATCH
    )
    shared = index.is_shared  # else the result was only in this process's memory
    index.close()
    os._exit(not (finished and shared))


def read_in_processes(
    places: tuple[Path, Path], batches: list[list[scan.ToRead]]
) -> Generator[list[scan.Read], None, None]:
    """Read files in several processes if there are many batches; in this one if the others die."""
    if len(batches) < 2:
        yield from scan.read_here(places, batches)
        return
    from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
    from multiprocessing import get_context

    count = min(4, os.cpu_count() or 1)
    left, ahead = deque(batches), deque[Future[list[scan.Read]]]()
    pool = ProcessPoolExecutor(count, get_context("fork"), initializer=_become_reader)
    try:
        while left:
            while len(ahead) < min(len(left), count * _AHEAD):
                ahead.append(pool.submit(scan.read_files, places, left[len(ahead)]))
            read = ahead.popleft().result()
            left.popleft()
            yield read
    except BrokenExecutor:
        yield from scan.read_here(places, list(left))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _become_reader() -> None:
    """Restrict this child process to reading files, and end it when its parent ends."""
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    become_child()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)

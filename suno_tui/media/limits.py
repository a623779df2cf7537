"""The limits of a job. A child sets them on itself; its parent checks the time."""

from __future__ import annotations

import contextlib
import os
import resource
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from suno_tui.media.errors import Bad

MEMORY = 1 << 30
"""Bytes of address space for a child: twice the largest file, since files are mapped."""
LARGEST = 512 << 20
"""Bytes of the largest audio file that is opened."""
LARGEST_PICTURE = 32 << 20
MOST_PIXELS = 16_000_000
"""Pixels of the largest picture that is decoded."""
LONGEST = 3600
"""Seconds of the longest track that is decoded."""
CPU = 10
"""Most seconds of CPU time without progress."""
WALL = 60.0
"""Seconds within which a child must send something."""
TAGS = 64 << 20
"""Most bytes of one ID3 tag, and of its compressed frames when unpacked."""
OUT_OF_MEMORY = 77
"""Exit status of a child that took too much memory."""

_MACOS = sys.platform == "darwin"
_at_work = threading.Event()
on_progress: Callable[[], None] | None = None
"""Called with every progress of a job."""


def impose() -> None:
    """Set the limits for the whole life of this process."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, LARGEST + LARGEST_PICTURE)
    # macOS accepts a limit of address space but ignores it; there a thread checks the size.
    if not _set(resource.RLIMIT_AS, MEMORY) or _MACOS:
        threading.Thread(target=watch, name="memory", daemon=True).start()


@contextlib.contextmanager
def job() -> Iterator[None]:
    """Apply the limits to one job."""
    _at_work.set()
    progress()
    try:
        yield
    finally:
        _at_work.clear()


def progress() -> None:
    """Note progress of a job, which restarts its limit of CPU time. Does nothing outside a job."""
    if not _at_work.is_set():
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used.ru_utime + used.ru_stime) + CPU + 1
    with contextlib.suppress(ValueError, OSError):
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    if on_progress is not None:
        on_progress()


def watch(most: int = MEMORY, every: float = 0.05) -> None:
    """End this process if it grows beyond `most` bytes; checks only while a job runs."""
    pause = threading.Event()
    while True:
        _at_work.wait()
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if _MACOS else 1024)
        if size > most:
            os._exit(OUT_OF_MEMORY)
        pause.wait(every)


def check(path: Path, most: int = LARGEST) -> None:
    """Check that a file can be read to its end. Raises `OSError`, and `Bad` if it is too large or
    not a regular file (a pipe or a device may never end)."""
    # Without O_NONBLOCK, opening a pipe would wait for a writer.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        facts = os.fstat(handle)
    finally:
        os.close(handle)
    if not stat.S_ISREG(facts.st_mode):
        raise Bad("it is a pipe, a folder or a device, not a file")
    if facts.st_size > most:
        raise Bad(f"it has {facts.st_size:,} bytes; at most {most:,} are read")


def _set(what: int, most: int) -> bool:
    try:
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    except (ValueError, OSError):
        return False
    return True

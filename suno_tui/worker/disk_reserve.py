"""A reserve of disk space for what must not be lost: the id of a song that was paid for.

Nothing is sent without the reserve. If the disk is full when an id arrives, the reserve is released
for it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from suno_tui.common.errors import HomeError, home_error

SIZE = 256 * 1024
"""Bytes: enough for some tens of transactions of the queue."""
BLOCK = 4096
"""Bytes that are written at a time."""


class DiskReserve:
    """The file that occupies the space."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ensure(self) -> None:
        """Occupy the whole space. Raises `HomeError` if the disk is full, and keeps what it got."""
        try:
            if self._size() < SIZE:
                self._fill()
        except OSError as error:
            raise home_error(self.path, error) from error

    @contextlib.contextmanager
    def lend(self) -> Iterator[None]:
        """Free the space for a small write inside the block, then occupy what is left of it again.

        Otherwise a download would use it up at once, and the next such write would have no room.
        For the same reason, the block must not wait.
        """
        self.release()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self._fill()

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _fill(self) -> None:
        """Write the missing bytes block by block: not all file systems can allocate space."""
        with open(self.path, "ab", buffering=0, opener=_private) as file:
            while (missing := SIZE - file.tell()) > 0:
                file.write(b"\0" * min(BLOCK, missing))
            os.fsync(file.fileno())

    def release(self) -> None:
        """Free the space."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


@contextlib.contextmanager
def log_disk_trouble() -> Iterator[None]:
    """Log a full or unreachable disk, so that the worker waits instead of ending."""
    try:
        yield
    except HomeError as error:
        logging.getLogger("suno_tui.worker").error("%s", error)

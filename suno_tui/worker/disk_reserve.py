"""A reserve of disk space for what must not be lost: the id of a song that was paid.

Nothing is sent without the reserve. If the disk is full when an id arrives, the reserve is released
for it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from suno_tui.common.errors import home_error

SIZE = 256 * 1024
"""Bytes: some tens of transactions of the queue."""
BLOCK = 4096
"""Bytes that are taken back at once."""


class DiskReserve:
    """The file that occupies the space."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ensure(self) -> None:
        """Create the file if it is missing. Raises `HomeError` if the disk is full."""
        try:
            if self.path.stat().st_size >= SIZE:
                return
        except OSError:
            pass
        try:
            # Written, not only allocated: some file systems can't allocate.
            with open(self.path, "wb", opener=_private) as file:
                file.write(b"\0" * SIZE)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.release()
            raise home_error(self.path, error) from error

    @contextlib.contextmanager
    def lend(self) -> Iterator[None]:
        """Free the space for a small write inside the block, then take back what is left of it.

        Otherwise a download would fill it at once, and the next such write would have no room. The
        block must not wait, for the same reason.
        """
        self.release()
        try:
            yield
        finally:
            with (
                contextlib.suppress(OSError),
                open(self.path, "wb", buffering=0, opener=_private) as file,
            ):
                for _ in range(SIZE // BLOCK):
                    file.write(b"\0" * BLOCK)

    def release(self) -> None:
        """Free the space."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)

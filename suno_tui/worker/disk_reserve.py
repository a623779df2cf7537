"""A little space on the disk that is kept for what may not be lost: the id of a song that was paid.

Nothing is sent before the space is there. Where the disk is full when an id arrives, the space is
given up for it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from suno_tui.common.errors import home_error

SIZE = 256 * 1024
"""Bytes: some tens of transactions of the queue."""


class DiskReserve:
    """The file that keeps the space."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self) -> None:
        """See to it that the space is there. Raises `HomeError` where the disk is full."""
        try:
            if self.path.stat().st_size >= SIZE:
                return
        except OSError:
            pass
        try:
            # Written, not only claimed: some file systems can't claim.
            with open(self.path, "wb", opener=_private) as file:
                file.write(b"\0" * SIZE)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.give_up()
            raise home_error(self.path, error) from error

    def give_up(self) -> None:
        """Free the space."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)

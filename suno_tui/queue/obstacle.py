"""What keeps the queue's file from being written, as anybody can see who looks at its disk.

A worker whose disk is full, read-only or gone can't write down why it waits. So whoever reads the
records looks for itself, and the tasks show that as their reason.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from suno_tui.queue.records import Hold

LITTLE = 16 * 1024
"""Bytes: fewer are no room for one transaction of the queue."""
EVERY = 1.0
"""Seconds between two looks."""


class Obstacle:
    """The trouble with the disk of a queue's file; looked for at most once a second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hold: Hold | None = None
        self.changes = 0
        """How often it was found to be otherwise."""
        self._again_at = 0.0

    def look(self) -> Hold | None:
        """The reason that tasks show, None if the disk can be written."""
        now = time.monotonic()
        if now >= self._again_at:
            self._again_at = now + EVERY
            found = self._find()
            if found != self.hold:
                self.hold = found
                self.changes += 1
        return self.hold

    def _find(self) -> Hold | None:
        try:
            self.path.stat()
            disk = os.statvfs(self.path)
        except OSError as error:
            why = error.strerror or str(error)
            return Hold("disk", f"{self.path} can't be reached: {why}. Bring its disk back.")
        if disk.f_flag & os.ST_RDONLY:
            return Hold(
                "disk",
                f"{self.path}: its disk is read-only. Make it writable; the queue goes on by "
                "itself.",
            )
        # What is kept for the administrator is of use to nobody else.
        free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
        if disk.f_blocks and free * disk.f_frsize < LITTLE:
            return Hold(
                "disk",
                f"{self.path}: the disk is full. Free some space; the queue goes on by itself.",
            )
        return None

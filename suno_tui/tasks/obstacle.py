"""Why the queue's file can't be written, checked by each process that reads it.

A worker whose disk is full, read-only or gone can't record why it waits. So the readers of the
records check the disk themselves, and show the result as the hold of the tasks.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold

LITTLE = 16 * 1024
"""Free bytes below which there is no room for one transaction of the queue."""
EVERY = 1.0
"""Seconds between two checks."""


class Obstacle:
    """The trouble with the disk of a queue's file, checked at most once a second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hold: Hold | None = None
        self.changes = 0
        """How often the result changed."""
        self._again_at = 0.0

    def check(self) -> Hold | None:
        """Return the hold that tasks show, or None if the disk can be written."""
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
            return Hold(HoldCode.DISK, f"{self.path} can't be reached: {why}. Bring its disk back.")
        if disk.f_flag & os.ST_RDONLY:
            return Hold(
                HoldCode.DISK,
                f"{self.path}: its disk is read-only. Make it writable; the queue resumes by "
                "itself.",
            )
        # Only root can use the blocks that are reserved for root.
        free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
        if disk.f_blocks and free * disk.f_frsize < LITTLE:
            return Hold(
                HoldCode.DISK,
                f"{self.path}: the disk is full. Free some space; the queue then resumes.",
            )
        return None

"""Progress of a change of many tracks, and a way to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from suno_tui.common.errors import StudioError

_EVERY_SECONDS = 0.2


class Stopped(StudioError):
    """The user stopped a change of many tracks before its end."""

    title = "Stopped"
    code = "stopped"

    def __init__(self, done: int, all: int) -> None:
        super().__init__(f"{done:,} of {all:,} tracks are done; the others are as they were.")


class BulkProgress:
    """Counts the tracks that are done, in the thread that changes them.

    `report` is called in that thread, at most five times a second and at the end. One undo takes
    back what was done before a stop.
    """

    def __init__(self, report: Callable[[], None]) -> None:
        self._report = report
        self._stop = threading.Event()
        self._reported = 0.0
        self.done, self.all = 0, 0
        """Tracks that are done, and tracks in all; both are 0 if no change is under way."""

    @property
    def in_progress(self) -> bool:
        """Whether more than one track is being changed; one alone is not worth a message."""
        return self.all > 1

    def each(self, ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids one by one. Raises `Stopped` after `stop` was called."""
        self._stop.clear()
        self.done, self.all = 0, len(ids)
        try:
            for track_id in ids:
                if self._stop.is_set():
                    raise Stopped(self.done, self.all)
                yield track_id
                self.count(self.done + 1, len(ids))
        finally:
            self.count(0, 0)

    def count(self, done: int, all: int) -> None:
        """Set and show the progress of a change that counts by itself and checks `stopping`; 0 of 0
        ends it."""
        if not self.in_progress:
            self._stop.clear()
        self.done, self.all = done, all
        if not all or monotonic() > self._reported + _EVERY_SECONDS:
            self._reported = monotonic()
            self._report()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called since the change began."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Stop after the track that is being changed."""
        self._stop.set()

"""A change of many tracks, one after the other: how far it is, and that it can be stopped."""

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
    """Goes through ids in the thread that changes their tracks.

    `tell` is called from there, at most five times a second and at the end. What was stopped is
    done up to where it was, and one undo takes that back.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()
        self.done, self.all = 0, 0
        """How many tracks of how many; 0 of 0 where nothing is under way."""

    @property
    def busy(self) -> bool:
        """Whether more than one track is being changed: only that is worth words."""
        return self.all > 1

    def over(self, ids: Sequence[str]) -> Iterator[str]:
        """The ids one by one, until it is stopped."""
        self._stop.clear()
        self.done, self.all = 0, len(ids)
        told = 0.0
        try:
            for track_id in ids:
                if self._stop.is_set():
                    raise Stopped(self.done, self.all)
                yield track_id
                self.done += 1
                if monotonic() > told + _EVERY_SECONDS:
                    told = monotonic()
                    self._tell()
        finally:
            self.done, self.all = 0, 0
            self._tell()

    def stop(self) -> None:
        """Give up after the track that it is at."""
        self._stop.set()

"""The order in which a list plays: shuffled or not, once or repeated."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence

OFF, ALL, ONE = "off", "all", "one"
REPEATS = (OFF, ALL, ONE)


class PlayOrder:
    """The order in which the places of a list play. It is shuffled once for each list."""

    def __init__(self, shuffle: bool = False, repeat: str = OFF) -> None:
        self.shuffle = shuffle
        self.repeat = repeat if repeat in REPEATS else OFF
        self._shuffled: array[int] = array("q")
        self._list: object = None

    def turn_repeat(self) -> str:
        """Switch to the next of `REPEATS`; return it."""
        self.repeat = REPEATS[(REPEATS.index(self.repeat) + 1) % len(REPEATS)]
        return self.repeat

    def turn_shuffle(self) -> bool:
        """Turn shuffling on or off; return whether it is on. Each time the order is a new one."""
        self.shuffle = not self.shuffle
        self._list = None
        return self.shuffle

    def after(self, place: int, by: int, tracks: Sequence[object]) -> int | None:
        """Return the place that plays after (1) or before (-1) another; None at the list's end.

        A shuffled order begins with the place that it is first asked about.
        """
        count = len(tracks)
        if not count:
            return None
        if not self.shuffle:
            return self._within(place + by, count)
        if self._list is not tracks:
            self._list = tracks
            places = list(range(count))
            random.shuffle(places)
            if 0 <= place < count:
                at = places.index(place)
                places[0], places[at] = places[at], places[0]
            self._shuffled = array("q", places)
        at = self._shuffled.index(place) if 0 <= place < count else -1
        to = self._within(at + by, count)
        return None if to is None else self._shuffled[to]

    def _within(self, at: int, count: int) -> int | None:
        if 0 <= at < count:
            return at
        return at % count if self.repeat == ALL else None

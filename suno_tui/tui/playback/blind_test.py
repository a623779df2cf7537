"""The order of takes in an A/B comparison, and the letters that hide them in a blind one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from suno_tui.library.track import Track


class BlindTest(NamedTuple):
    """Takes with letters for names, in a random order."""

    order: tuple[Track, ...]

    @classmethod
    def shuffled(cls, takes: Sequence[Track]) -> BlindTest:
        return cls(tuple(random.sample(takes, len(takes))))

    def letter(self, take: Track) -> str:
        """Return the letter of a take: `A`, `B` and so on."""
        place = next(i for i, each in enumerate(self.order) if each.id == take.id)
        return chr(ord("A") + place) if place < 26 else str(place + 1)


def next_take(takes: Sequence[Track], current: Track, position: float) -> Track | None:
    """Return the take after this one, in a circle; skip takes that end before `position`."""
    place = next((i for i, take in enumerate(takes) if take.id == current.id), 0)
    for take in (*takes[place + 1 :], *takes[:place]):
        if not take.duration or take.duration > position + 0.5:
            return take
    return None

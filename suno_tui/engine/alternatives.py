"""Choices that differ between the takes of a song."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from suno_tui.engine.rng import stream

T = TypeVar("T")


def pick(options: int, rng: Random, weight: float) -> int:
    """Return the index of an option at random; with weight 1 it is nearly always 0."""
    chance = 0.35 + 0.55 * weight
    index = 0
    while index < options - 1 and rng.random() > chance:
        index += 1
    return index


@dataclass(frozen=True)
class Alternatives:
    """The choices of one take of a song, each at random from the song's seed.

    Takes with other numbers choose other options, until all are used.
    """

    seed: int
    number: int

    def typical(
        self,
        name: str,
        options: Sequence[T],
        weight: float,
        kind: Callable[[T], object] = lambda option: option,
    ) -> T:
        """Choose among options in order of how typical they are; the first ones more likely.

        Consecutive takes choose options of different kinds, until all are used.
        """
        left = list(options)
        rng = stream(self.seed, "other", name)
        drawn = [left.pop(pick(len(left), rng, weight)) for _ in options]
        order: list[T] = []
        while drawn:
            used = {kind(option) for option in order}
            fresh = (i for i, option in enumerate(drawn) if kind(option) not in used)
            order.append(drawn.pop(next(fresh, 0)))
        return order[(self.number - 1) % len(order)]

    def any(self, name: str, options: Sequence[T]) -> T:
        """Choose among options that are equally likely."""
        order = list(options)
        stream(self.seed, "other", name).shuffle(order)
        return order[(self.number - 1) % len(order)]

    def tempo(self, bpm: float, low: float, high: float) -> float:
        """Return the tempo of this take: the first has `bpm`, each other one 3 to 6 % off.

        It stays between low and high, unless `bpm` does not.
        """
        if self.number == 1:
            return bpm
        rng = stream(self.seed, "other", "tempo")
        up = (rng.random() < 0.5) == (self.number % 2 == 0)
        share = stream(self.seed, "other", "tempo", self.number).uniform(0.035, 0.06)
        both = (bpm * (1 + share), bpm * (1 - share))
        wanted, other = both if up else reversed(both)
        return wanted if low <= wanted <= high or not low <= other <= high else other

"""Melodies: the pitches of a line, chosen by dynamic programming over the harmony."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from suno_tui.engine.compose.rhythm import strength
from suno_tui.engine.plan import Plan
from suno_tui.engine.score import Section
from suno_tui.engine.theory import Chord, Key

CONTOURS: tuple[tuple[float, ...], ...] = (
    (-3, 1, 4, 2, -2),
    (3, 4, 1, -2, -4),
    (-4, -1, 1, 4, 5),
    (2, -2, -3, 0, 3),
    (0, 3, 0, 4, 0),
    (4, 2, 3, 0, -3),
    (-2, -2, 2, 5, 1),
    (1, 1, 4, 4, 0),
)


def contour(points: Sequence[float], position: float) -> float:
    """Return semitones from the middle at a position 0..1 along a line."""
    place = position * (len(points) - 1)
    i = min(int(place), len(points) - 2)
    return points[i] + (points[i + 1] - points[i]) * (place - i)


_LEAP = (0.55, 0.0, 0.0, 0.3, 0.45, 0.6, 1.4, 0.8, 1.1, 1.3, 1.7, 2.2, 1.2)
_TURNS = ((0, 2, 0, -2), (0, 0, 2), (0, 2, 4, 2), (0, -2, 0, 3), (0, 3, 2, 0), (0, -1, 2, 1, -2))


def pitches(
    plan: Plan,
    section: Section,
    rhythm: Sequence[tuple[float, float]],
    low: int,
    high: int,
    middle: float,
    seed: Random,
    *,
    points: Sequence[float],
    cadence: str = "open",
    first: int | None = None,
    static: float = 0.0,
    accents: Sequence[bool] = (),
) -> list[int]:
    """Return a pitch for every (start, length) of a phrase, both in beats from the section's start.

    The phrase follows the contour `points` around `middle`, uses
    chord tones for strong and long notes, moves mostly by step, and ends at rest (cadence
    `close`), in suspense (`open`) or as it falls (`free`). static: how much repeated notes are
    liked, as in rap. first: the pitch sung before.
    """
    key, chord_at = section.key, section.chord_at
    candidates = [p for p in range(low, high + 1) if key.contains(p)]
    borrowed = {
        c % 12 for start, _ in rhythm for c in chord_at(start).classes if not key.contains(c)
    }
    candidates = sorted({*candidates, *(p for p in range(low, high + 1) if p % 12 in borrowed)})
    noise = 0.35 + 2.2 * max(0.0, plan.weirdness - 0.2)
    turn = seed.choice(_TURNS)
    total = rhythm[-1][0] - rhythm[0][0] or 1.0
    count = len(rhythm)
    costs: list[list[float]] = []
    for i, (start, length) in enumerate(rhythm):
        chord = chord_at(start)
        classes = chord.classes
        weight = strength(start, plan.beats_per_bar)
        strong = (0.95 if weight > 0.85 else 0.55 * weight) + (0.45 if length >= 0.9 else 0.0)
        if accents and accents[i]:
            strong += 0.15
        strong *= 1.0 - 0.3 * plan.weirdness
        target = middle + contour(points, (start - rhythm[0][0]) / total) * (1 - static * 0.5)
        target += turn[i % len(turn)] * (1 - static * 0.4)
        row = []
        for p in candidates:
            cost = abs(p - target) * 0.24 + seed.random() * noise
            cost += 0.6 * max(0.0, abs(p - middle) - 7)  # keep lines within about a ninth
            inside = p % 12 in classes
            if not inside:
                cost += 2.6 * strong + (0.8 if not key.contains(p) else 0.0)
                if length >= 0.7 and (p - 1) % 12 in classes:
                    cost += 0.9
            elif not key.contains(p):
                cost += 0.5
            elif p % 12 == key.tonic:
                cost -= 0.3 * strong  # the tonic on strong beats, so that the key is clear
            if i == count - 1 and cadence != "free":
                degree = (p - key.tonic) % 12
                if cadence == "close":
                    cost += 0.0 if degree == 0 and inside else 0.95 if inside else 2.5
                else:
                    cost += 0.0 if degree in (2, 7, 9, 11) and inside else 0.35 if inside else 2.0
            row.append(cost)
        costs.append(row)
    return _path(candidates, costs, rhythm, first, static)


def _path(
    candidates: list[int],
    costs: list[list[float]],
    rhythm: Sequence[tuple[float, float]],
    first: int | None,
    static: float,
) -> list[int]:
    n = len(candidates)
    best = list(costs[0])
    if first is not None:
        best = [c + 0.5 * _leap(candidates[j] - first, static) for j, c in enumerate(best)]
    back: list[list[int]] = []
    for i in range(1, len(costs)):
        quick = 1.5 if rhythm[i][0] - rhythm[i - 1][0] < 0.4 else 1.0
        origins, row = [], []
        for j in range(n):
            options = [
                best[k] + _leap(candidates[j] - candidates[k], static) * quick for k in range(n)
            ]
            k = min(range(n), key=options.__getitem__)
            origins.append(k)
            row.append(options[k] + costs[i][j])
        back.append(origins)
        best = row
    j = min(range(n), key=best.__getitem__)
    out = [candidates[j]]
    for origins in reversed(back):
        j = origins[j]
        out.append(candidates[j])
    out.reverse()
    return out


def _leap(interval: int, static: float) -> float:
    size = abs(interval)
    cost = _LEAP[size] if size < len(_LEAP) else 3.5
    return cost - static * 0.45 if size == 0 else cost + static * 0.3


def third_above(pitch: int, key: Key, chord: Chord, high: int) -> int:
    """Return a second voice's note: a third above, or a fourth if that suits the chord better."""
    third, fourth = key.step(pitch, 2), key.step(pitch, 3)
    chosen = third
    if third % 12 not in chord.classes and fourth % 12 in chord.classes:
        chosen = fourth
    return chosen if chosen <= high else chosen - 12

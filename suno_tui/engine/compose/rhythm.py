"""Rhythms of lines: each syllable gets a place on a grid, by dynamic programming."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import pairwise
from math import inf, log
from random import Random

_WEIGHT = (
    1.0,
    0.05,
    0.45,
    0.15,
    0.75,
    0.05,
    0.45,
    0.2,
    0.92,
    0.05,
    0.45,
    0.15,
    0.75,
    0.05,
    0.5,
    0.2,
)


def strength(beat: float, per_bar: int) -> float:
    """Return the metrical strength of a place in the bar, 0 to 1."""
    step = round(beat * 4) % (per_bar * 4)
    if per_bar == 3:
        return (1.0, 0.1, 0.4, 0.1, 0.7, 0.1, 0.4, 0.1, 0.7, 0.1, 0.4, 0.1)[step]
    return _WEIGHT[step % 16]


def place(
    stresses: Sequence[bool],
    beats: float,
    per_bar: int,
    rng: Random,
    *,
    syncopation: float = 0.25,
    template: frozenset[float] = frozenset(),
    rest: float = 1.0,
) -> list[tuple[float, float]]:
    """Return (start, length) in beats for each syllable; about `rest` of the `beats` stays free.

    The template's places are strongly preferred, so that lines have a rhythm and pairs match.
    """
    n = len(stresses)
    room = max(beats - rest, beats * 0.55)
    grid = 2
    finest = min((b - a for a, b in pairwise(sorted(template))), default=1.0)
    while grid < 16 and (room * grid < n * 1.25 or 1 / grid > finest):
        grid *= 2
    slots = [i / grid for i in range(int(room * grid) + 1)]
    if len(slots) < n:
        step = room / n
        return [(i * step, step * 0.95) for i in range(n)]
    ideal = max(room / max(n, 1), 1 / grid)
    ideal = min(ideal, 1.0)
    jitter = [rng.random() * 0.35 for _ in slots]
    base = []
    for i, slot in enumerate(slots):
        weight = strength(slot, per_bar)
        off = 0.5 if (slot * 2) % 2 == 1 else 0.0
        base.append((weight, jitter[i] - off * syncopation - (1.5 if slot in template else 0.0)))
    best = [[inf] * len(slots) for _ in range(n)]
    back = [[0] * len(slots) for _ in range(n)]

    def fit(k: int, s: int) -> float:
        weight, extra = base[s]
        return extra + ((1 - weight) * 1.1 if stresses[k] else weight * 0.55)

    for s in range(len(slots)):
        best[0][s] = fit(0, s) + slots[s] * (0.25 if template else 1.4)
    reach = max(2, int(2.2 * grid))
    gap = [inf] + [
        0.3 * abs(log(d / grid / ideal)) + (0.25 if d / grid not in (0.5, 1.0, 1.5, 0.25) else 0)
        for d in range(1, reach + 1)
    ]
    for k in range(1, n):
        row, before, origin = best[k], best[k - 1], back[k]
        for s in range(k, len(slots)):
            score, source = inf, s - 1
            for d in range(1, min(reach, s) + 1):
                candidate = before[s - d] + gap[d]
                if candidate < score:
                    score, source = candidate, s - d
            row[s] = score + fit(k, s)
            origin[s] = source
    last = min(range(len(slots)), key=lambda s: best[n - 1][s] - slots[s] * 0.05)
    chosen = [last]
    for k in range(n - 1, 0, -1):
        chosen.append(back[k][chosen[-1]])
    starts = [slots[s] for s in reversed(chosen)]
    if any(b <= a for a, b in itertools.pairwise(starts)):
        step = room / n
        starts = [i * step for i in range(n)]
    out = []
    for i, at in enumerate(starts):
        end = starts[i + 1] if i + 1 < n else min(beats - 0.25, at + 2.0)
        length = min(end - at, 2.0)
        if i + 1 < n and end - at > 1.25:
            length = min(length, 1.0)
        out.append((at, max(0.1, length * 0.97)))
    return out

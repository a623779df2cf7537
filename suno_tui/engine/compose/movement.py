"""Passing chords between those of a progression, and cadences at the ends of phrases."""

from __future__ import annotations

import re
from random import Random

from suno_tui.engine.plan import Plan
from suno_tui.engine.theory import Key

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_PLAIN = re.compile(r"^(vii|vi|iv|v|iii|ii|i)(?![iv]|[a-z]*dim|o)", re.IGNORECASE)
_SEVENTHS = ("jazz", "soul", "lofi", "funk")
"""Families whose passing chords are secondary dominants with a seventh."""
_MOVES = {
    # how many of four bars have a second chord: in verses, choruses, bridges
    "pop": (1, 2, 1),
    "rock": (1, 1, 1),
    "metal": (1, 1, 1),
    "funk": (1, 1, 1),
    "soul": (1, 2, 1),
    "reggae": (0, 1, 1),
    "latin": (1, 2, 1),
    "jazz": (1, 1, 2),
    "blues": (0, 1, 0),
    "lofi": (1, 2, 1),
    "edm": (1, 1, 1),
    "techno": (0, 1, 0),
    "trap": (0, 1, 0),
    "folk": (1, 2, 2),
    "classical": (2, 2, 2),
    "epic": (1, 1, 1),
    "ambient": (1, 1, 0),
}


def diatonic(key: Key, degree: int) -> str | None:
    """Return the numeral of the triad on a degree 0..6 of a key; None if it is diminished."""
    scale = key.scale
    third, fifth = ((scale[(degree + n) % 7] - scale[degree]) % 12 for n in (2, 4))
    if fifth != 7:
        return None
    return _NUMERALS[degree] if third == 4 else _NUMERALS[degree].lower()


def degree(word: str) -> int | None:
    """Return the degree 0..6 of a numeral of the key's own scale."""
    found = _PLAIN.match(word)
    return _NUMERALS.index(found[1].upper()) if found else None


def home(key: Key) -> str:
    return "i" if key.minor else "I"


def cadence(plan: Plan, key: Key) -> str:
    """Return the chord that leads home: the dominant, or the mode's substitute for it."""
    seventh = plan.style.harmony in (*_SEVENTHS, "blues")
    if key.mode == "phrygian":
        return "bII"
    if key.mode == "mixolydian" and not seventh:
        return "VII"
    return "V7" if seventh else "V"


def stating(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Return the progressions that begin or end at home, if there are at least two."""
    words = [row.split() for row in rows]
    found = [row for row, w in zip(rows, words, strict=True) if 0 in (degree(w[0]), degree(w[-1]))]
    return tuple(found) if len(found) > 1 else ()


def approach(plan: Plan, key: Key, word: str, following: str, rng: Random) -> str | None:
    """Return a passing chord between two others; None if none leads to the second."""
    target, here = degree(following), degree(word)
    if target is None:
        return None
    if target == 0:
        found = cadence(plan, key)
        return found if degree(found) != here else None
    family = plan.style.harmony
    if family in _SEVENTHS and rng.random() < 0.6:
        fifth = (target + 4) % 7
        if (key.scale[target] - key.scale[fifth]) % 12 == 5 and fifth != here:
            return _NUMERALS[fifth] + "7"
    steps = [4, 1, 6, 2] if family not in ("edm", "trap", "metal", "epic") else [6, 1, 2, 4]
    if rng.random() < 0.4:
        steps[:2] = reversed(steps[:2])
    for step in steps:
        passing = (target + step) % 7
        numeral = diatonic(key, passing)
        if numeral and passing not in (here, target):
            return numeral
    return None


def moving(plan: Plan, place: str, words: list[str], rng: Random) -> dict[int, str]:
    """Return passing chords by bar of the progression; each takes the second half of its bar."""
    count = _MOVES[plan.style.harmony][("verse", "chorus", "bridge").index(place)]
    count = count * len(words) // 4 if count else 0
    held = [i for i, word in enumerate(words) if word == words[(i + 1) % len(words)]]
    others = [i for i in range(len(words)) if i not in held]
    rng.shuffle(held)
    others.sort(key=lambda i: (i % 2 == 0, rng.random()))
    out: dict[int, str] = {}
    for bar in (*held, *others):
        if len(out) >= count:
            break
        after = words[(bar + 1) % len(words)]
        if after == words[bar]:  # towards what comes after the held chord
            after = words[(bar + 2) % len(words)]
        if "+" in words[bar]:
            continue
        if passing := approach(plan, plan.key, words[bar], after, rng):
            out[bar] = passing
    return out

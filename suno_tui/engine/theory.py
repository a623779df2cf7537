"""Scales, keys and chords, as far as the composer needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ROMAN = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_CHORD = re.compile(r"^([b#]?)(vii|vi|iv|v|iii|ii|i)(.*)$", re.IGNORECASE)
_SHAPES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "m9": (0, 3, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "dim": (0, 3, 6),
    "m7b5": (0, 3, 6, 10),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "13": (0, 4, 10, 14, 21),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (0..11, C is 0) and the name of a mode."""

    tonic: int
    mode: str

    @property
    def scale(self) -> tuple[int, ...]:
        return MODES[self.mode]

    @property
    def minor(self) -> bool:
        """Return whether the third above the tonic is minor."""
        return self.scale[2] == 3

    def __str__(self) -> str:
        return f"{NOTE_NAMES[self.tonic]} {self.mode}"

    def contains(self, pitch: int) -> bool:
        return (pitch - self.tonic) % 12 in self.scale

    def step(self, pitch: int, steps: int) -> int:
        """Return the pitch `steps` scale degrees from `pitch` (first moved into the scale)."""
        offset = pitch - self.tonic
        octave, inside = divmod(offset, 12)
        degree = max(i for i, s in enumerate(self.scale) if s <= inside)
        turns, degree = divmod(degree + steps, 7)
        return self.tonic + 12 * (octave + turns) + self.scale[degree]

    def shifted(self, semitones: int) -> Key:
        return Key((self.tonic + semitones) % 12, self.mode)


@dataclass(frozen=True, slots=True)
class Chord:
    """A root (0..11), the intervals above it, and how it is written."""

    root: int
    shape: tuple[int, ...]
    symbol: str

    @property
    def classes(self) -> frozenset[int]:
        """Return the pitch classes of the chord."""
        return frozenset((self.root + s) % 12 for s in self.shape)

    @property
    def third(self) -> int | None:
        """3 or 4 semitones; None if the chord has no third."""
        return next((s for s in self.shape if s in (3, 4)), None)

    def moved(self, semitones: int) -> Chord:
        return Chord((self.root + semitones) % 12, self.shape, self.symbol)


def chord(symbol: str, key: Key, colour: str = "triad") -> Chord:
    """Read a roman numeral in a key: case gives the third, a suffix the rest (`ii7`, `Vsus4`).

    Plain degrees count along the key's own scale; with `b` or `#` they count along major.
    A numeral without a suffix is coloured: triad, power, add9, seventh or ninth, the added notes
    taken from the key.
    """
    found = _CHORD.match(symbol)
    if not found:
        raise ValueError(f"not a chord: {symbol!r}")
    accidental, roman, suffix = found.groups()
    degree = _ROMAN[roman.lower()]
    if accidental:
        offset = MODES["major"][degree] + (1 if accidental == "#" else -1)
    else:
        offset = key.scale[degree]
    root = (key.tonic + offset) % 12
    if suffix == "o":
        return Chord(root, _SHAPES["dim"], symbol)
    if suffix:
        small = roman.islower() and suffix in ("7", "9", "add9", "6")
        return Chord(root, _SHAPES["m" + suffix if small else suffix], symbol)
    triad = _SHAPES["m" if roman.islower() else ""]
    return Chord(root, _coloured(triad, root, key, colour), symbol)


def _coloured(triad: tuple[int, ...], root: int, key: Key, colour: str) -> tuple[int, ...]:
    if colour == "power":
        return _SHAPES["5"]
    fifth = 6 if not key.contains(root + 7) and key.contains(root + 6) and triad[1] == 3 else 7
    shape = (0, triad[1], fifth)
    seventh = 10 if key.contains(root + 10) or not key.contains(root + 11) else 11
    ninth = (14,) if key.contains(root + 14) and fifth == 7 else ()
    if colour == "add9":
        return shape + ninth
    if colour == "seventh":
        return (*shape, seventh)
    if colour == "ninth":
        return (*shape, seventh, *ninth)
    return shape


def parse_key(text: str) -> tuple[int | None, str | None]:
    """Return the tonic and mode that a text names ("in D minor"); each may be None."""
    modes = "major|minor|dorian|phrygian|lydian|mixolydian|harmonic minor|maj|min"
    found = re.search(
        rf"(?<![\w#])([a-g])\s*(#|♯|b|♭|-?sharp|-?flat)?[ -]*({modes})\b", text, re.IGNORECASE
    )
    if not found:
        found = re.search(r"\b(?:in|key of|key:)\s+([A-G])([#♯b♭])?(m)?(?![\w#])", text)
        if not found:
            return None, None
    letter, accidental, mode = found.groups()
    shift = 0
    if accidental:
        shift = 1 if accidental.lower().strip("-") in ("#", "♯", "sharp") else -1
    tonic = (_LETTERS[letter.lower()] + shift) % 12
    short = (mode or "major").lower()
    return tonic, {"maj": "major", "min": "minor", "m": "minor"}.get(short, short)

"""The score: sections, parts, drum hits and sung lines.

Sections count in bars; notes, hits and lines count in beats from the start of the song.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from suno_tui.engine.theory import Chord, Key

TAIL = 2.6
"""Seconds after the last bar in which the last notes fade."""


@dataclass(frozen=True, slots=True)
class Note:
    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(frozen=True, slots=True)
class Hit:
    start: float
    drum: str
    velocity: float


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable as phones (ARPAbet without stress digits)."""

    onset: tuple[str, ...]
    vowel: str
    coda: tuple[str, ...]
    stressed: bool


@dataclass(frozen=True, slots=True)
class SungNote:
    start: float
    length: float
    pitch: int
    velocity: float
    syllable: Syllable
    turns: tuple[tuple[float, int], ...] = ()  # beats after the start, and the pitch from there on

    @property
    def pieces(self) -> tuple[tuple[float, float, int], ...]:
        """Return (start, length, pitch) of each note that the syllable is sung over."""
        starts = (0.0, *(at for at, _ in self.turns), self.length)
        pitches = (self.pitch, *(pitch for _, pitch in self.turns))
        return tuple(
            (self.start + a, b - a, pitch)
            for (a, b), pitch in zip(pairwise(starts), pitches, strict=True)
        )


@dataclass(frozen=True, slots=True)
class SungLine:
    """A line of the lyrics with a note for each syllable, and the voices it is sung in."""

    text: str
    notes: tuple[SungNote, ...]
    doubled: bool = False
    harmony: tuple[int, ...] = ()  # pitches of a second voice, one for each note
    pieces: tuple[str, ...] = ()  # the text of each note's syllable, with the space after a word

    @property
    def start(self) -> float:
        return self.notes[0].start

    @property
    def end(self) -> float:
        return self.notes[-1].start + self.notes[-1].length


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form. `chords` holds (beat inside the section, chord), the first at 0."""

    kind: str
    name: str
    start_bar: int
    bars: int
    energy: float
    key: Key
    chords: tuple[tuple[float, Chord], ...]
    repeat: int = 0
    lines: tuple[int, ...] = ()  # indices into the lyrics' lines, as sung here

    def chord_at(self, beat: float) -> Chord:
        """Return the chord that sounds `beat` beats after the section's start."""
        current = self.chords[0][1]
        for start, candidate in self.chords:
            if start > beat + 1e-6:
                break
            current = candidate
        return current


@dataclass(frozen=True, slots=True)
class Part:
    """The notes of one player. `role` decides level and place in the mix."""

    role: str
    instrument: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Score:
    bpm: float
    beats_per_bar: int
    key: Key
    sections: tuple[Section, ...]
    parts: tuple[Part, ...]
    hits: tuple[Hit, ...]
    lines: tuple[SungLine, ...]
    effects: tuple[tuple[float, float, str], ...] = field(default=())  # start, length, name
    length: float | None = None  # seconds that the audio lasts; None: until the last notes fade

    @property
    def bars(self) -> int:
        last = self.sections[-1]
        return last.start_bar + last.bars

    @property
    def beats(self) -> int:
        return self.bars * self.beats_per_bar

    def seconds(self, beats: float) -> float:
        """Return seconds from the start of the song to a beat."""
        return beats * 60.0 / self.bpm

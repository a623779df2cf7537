"""Timed lyrics and sections of a take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TimedLine:
    """A sung line, in seconds from the start of the audio.

    pieces: its syllables with the moment of each; a space after a piece ends a word.
    """

    start: float
    end: float
    text: str
    pieces: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class TimedSection:
    """A part of the form, in seconds from the start of the audio."""

    start: float
    end: float
    name: str

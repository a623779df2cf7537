"""A line of lyrics in time."""

from __future__ import annotations

from typing import NamedTuple


class TimedWord(NamedTuple):
    """A word of a line, and the second at which it is sung."""

    at: float
    text: str


class TimedLine(NamedTuple):
    """A line of lyrics and the second of the audio at which it starts.

    words: those of the line, if the moment of each is known. end: when it has been sung, if known.
    """

    at: float
    text: str
    words: tuple[TimedWord, ...] = ()
    end: float | None = None

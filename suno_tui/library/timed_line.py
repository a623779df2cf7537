"""A line of timed lyrics."""

from __future__ import annotations

from typing import NamedTuple


class TimedWord(NamedTuple):
    """A word of a line, and the second at which it is sung."""

    at: float
    text: str


class TimedLine(NamedTuple):
    """A line of lyrics and the second of the audio at which it starts.

    `words` is empty if their seconds are unknown. `end` is the second at which the line ends.
    """

    at: float
    text: str
    words: tuple[TimedWord, ...] = ()
    end: float | None = None

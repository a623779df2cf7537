"""Estimate the length of a song from its syllables, sections and style."""

from __future__ import annotations

import re

from suno_tui.lyrics.sections import Section, sections
from suno_tui.lyrics.style import descriptors
from suno_tui.lyrics.syllables import language_is_english, line_syllables

_PLAYED = {"Intro": 9.0, "Solo": 16.0, "Fade Out": 6.0, "End": 2.0, "Build-Up": 8.0, "Break": 8.0}
_PLAYED_ELSE = 14.0
_BETWEEN = 2.5
_FRAME = 16.0
"""Seconds before and after the sung part, if the lyrics have no intro and no outro."""


def duration(lyrics: str, style: str = "") -> float | None:
    """Estimate the seconds that lyrics take as a song; None if nothing is sung.

    A line takes its syllables at the style's pace, plus a breath. The result is within about a
    fifth of the truth, enough to see that a text makes half a song, or two.
    """
    parts = sections(lyrics)
    if not any(part.lines for part in parts):
        return None
    pace, breath = _pace(style)
    english = language_is_english(lyrics)
    seconds = 0.0
    last: dict[str, float] = {}
    for part in parts:
        sung = sum(
            line_syllables(line, english=english) / pace + breath for line in part.lines if line
        )
        name = part.kind.tag if part.kind else ""
        if sung:
            last[name] = sung
        elif part.kind and part.kind.sung:
            sung = last.get(name, 0.0)
        seconds += sung * _repetitions(part) + _BETWEEN if sung else _PLAYED.get(name, _PLAYED_ELSE)
    framed = {part.kind.tag for part in parts if part.kind} & {"Intro", "Outro", "Fade Out"}
    return seconds + _FRAME * (2 - min(2, len(framed))) / 2


def clock(seconds: float) -> str:
    """Return the text of an estimate such as `~2:40`, rounded to five seconds."""
    rounded = 5 * round(seconds / 5)
    return f"~{rounded // 60}:{rounded % 60:02}"


def _repetitions(part: Section) -> int:
    written = re.search(r"(?i)\bx ?(\d)\b|\b(\d) ?x\b", part.label)
    return max(1, int(written[1] or written[2])) if written else 1


def _pace(style: str) -> tuple[float, float]:
    """Return the syllables per second, and the seconds of breath after a line."""
    text = " ".join(descriptors(style)).casefold()
    for words, pace, breath in (
        (r"\brap\b|hip[ -]hop|drill|trap|grime|boom bap", 4.6, 0.5),
        (r"ballad|very slow|ambient|doom|lullaby|\b[5-7]\d ?bpm", 2.0, 1.9),
        (r"\bslow|downtempo|calm|chill|lo-fi|meditat", 2.2, 1.6),
        (r"punk|thrash|fast|uptempo|drum and bass|hardcore|ska\b|1[5-9]\d ?bpm", 3.4, 0.8),
    ):
        if re.search(words, text):
            return pace, breath
    return 2.6, 1.3

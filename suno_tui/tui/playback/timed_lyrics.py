"""Lyrics in time: which line is sung when, and where the song's sections begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.lyrics.sections import Section, sections
from suno_tui.tui.widgets.content import parts
from suno_tui.tui.widgets.waveform import SectionMark

if TYPE_CHECKING:
    from suno_tui.library.track import TimedLine, Track


class LyricLine(NamedTuple):
    """A row of lyrics; `at` is where it starts in seconds, where that is known."""

    number: int
    text: str
    at: float | None = None


def wrapped(words: Iterable[LyricLine], width: int) -> list[LyricLine]:
    """The rows with long ones on several; their parts are sung at the same time."""
    rows: list[LyricLine] = []
    for word in words:
        for part in parts(word.text, max(8, width)):
            rows.append(LyricLine(len(rows), part, word.at))
    return rows


def lyric_lines(track: Track) -> list[LyricLine]:
    """The rows of a track's lyrics: as they are sung, under their sections, or as written."""
    if not track.lines:
        return [LyricLine(number, line) for number, line in enumerate(track.lyrics.splitlines())]
    starts = dict(_passes(track))
    rows: list[tuple[str, float | None]] = []
    for number, line in enumerate(track.lines):
        if number in starts:
            rows += [("", None), (f"[{starts[number].label}]", None)]
        rows.append((line.text, line.at))
    if rows[0][0] == "":
        del rows[0]
    return [LyricLine(number, text, at) for number, (text, at) in enumerate(rows)]


def section_marks(track: Track) -> tuple[SectionMark, ...]:
    """Where the sections begin that the lyrics name; a repeat in a row is no new one."""
    marks: list[SectionMark] = []
    for number, part in _passes(track):
        if not marks or marks[-1].label != part.label:
            marks.append(SectionMark(track.lines[number].at, part.label, part.short))
    return tuple(marks)


def _passes(track: Track) -> Iterator[tuple[int, Section]]:
    """The number of the line that each section begins with, as often as it is sung.

    What is sung may leave sections out or repeat them: at each line, the section that agrees for
    longest is taken, and among equals the one that comes next in the lyrics.
    """
    parts = [part for part in sections(track.lyrics) if part.kind is not None and part.lines]
    at, last = 0, -1
    while at < len(track.lines):
        following = [*range(last + 1, len(parts)), *range(last + 1)]
        best = max(following, key=lambda i: _agreeing(parts[i], track.lines[at:]), default=None)
        length = _agreeing(parts[best], track.lines[at:]) if best is not None else 0
        if best is not None and length:
            yield at, parts[best]
            last = best
        at += length or 1


def _agreeing(part: Section, lines: tuple[TimedLine, ...]) -> int:
    """How many lines of a section are sung from here on, in its order."""
    count = 0
    for written, heard in zip(part.lines, lines, strict=False):
        if _plain(written) != _plain(heard.text):
            break
        count += 1
    return count


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

"""Rows of lyrics with the moment of each line, and the moments at which sections begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.lyrics.sections import Section, sections
from suno_tui.tui.widgets.content import parts
from suno_tui.tui.widgets.waveform import SectionMark

if TYPE_CHECKING:
    from suno_tui.library.timed_lyrics import TimedLine


class LyricLine(NamedTuple):
    """A row of lyrics. `at` is its start in seconds, if known."""

    number: int
    text: str
    at: float | None = None


def wrapped(lines: Iterable[LyricLine], width: int) -> list[LyricLine]:
    """Return the rows with long ones broken into several, which have the same moment."""
    rows: list[LyricLine] = []
    for line in lines:
        for part in parts(line.text, max(8, width)):
            rows.append(LyricLine(len(rows), part, line.at))
    return rows


def lyric_lines(lyrics: str, timed: Sequence[TimedLine]) -> list[LyricLine]:
    """Return the rows of lyrics: as sung, under their sections; as written if nothing is timed."""
    if not timed:
        return [LyricLine(number, line) for number, line in enumerate(lyrics.splitlines())]
    starts = dict(_passes(lyrics, timed))
    rows: list[tuple[str, float | None]] = []
    for number, line in enumerate(timed):
        if number in starts:
            rows += [("", None), (f"[{starts[number].label}]", None)]
        rows.append((line.text, line.at))
    if rows[0][0] == "":
        del rows[0]
    return [LyricLine(number, text, at) for number, (text, at) in enumerate(rows)]


def section_marks(lyrics: str, timed: Sequence[TimedLine]) -> tuple[SectionMark, ...]:
    """Return the starts of the sections that the lyrics name; immediate repeats count as one."""
    marks: list[SectionMark] = []
    for number, part in _passes(lyrics, timed):
        if not marks or marks[-1].label != part.label:
            marks.append(SectionMark(timed[number].at, part.label, part.short))
    return tuple(marks)


def _passes(lyrics: str, timed: Sequence[TimedLine]) -> Iterator[tuple[int, Section]]:
    """Yield the number of the timed line with which each section begins, each time it is sung.

    A singer may leave sections out or repeat them. At each line the section that matches the most
    lines is chosen, and among equals the one that comes next in the lyrics.
    """
    parts = [part for part in sections(lyrics) if part.kind is not None and part.lines]
    at, last = 0, -1
    while at < len(timed):
        following = [*range(last + 1, len(parts)), *range(last + 1)]
        best = max(following, key=lambda i: _matching(parts[i], timed[at:]), default=None)
        length = _matching(parts[best], timed[at:]) if best is not None else 0
        if best is not None and length:
            yield at, parts[best]
            last = best
        at += length or 1


def _matching(part: Section, timed: Sequence[TimedLine]) -> int:
    """Return how many lines of a section are the first of the timed lines, in its order."""
    count = 0
    for written, line in zip(part.lines, timed, strict=False):
        if _plain(written) != _plain(line.text):
            break
        count += 1
    return count


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

"""Rows of lyrics with the moment of each line, and the moments at which sections begin."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.lyrics.sections import Section, sections
from suno_tui.tui.widgets.content import parts
from suno_tui.tui.widgets.waveform import SectionMark

if TYPE_CHECKING:
    from suno_tui.library.timed_line import TimedLine


class LyricLine(NamedTuple):
    """A row of lyrics. `at` is its start in seconds, if known.

    `words` has the moment of each word of the row and its end in the text, if that is known.
    """

    number: int
    text: str
    at: float | None = None
    words: tuple[tuple[float, int], ...] = ()

    def sung(self, position: float) -> int:
        """Return how many characters the words sung so far take; all if no words are timed."""
        place = bisect_right(self.words, (position, len(self.text)))
        return (self.words[place - 1][1] if place else 0) if self.words else len(self.text)


def wrapped(lines: Iterable[LyricLine], width: int) -> list[LyricLine]:
    """Return the rows with long ones broken into several, which have the same moment."""
    rows: list[LyricLine] = []
    for line in lines:
        shown = parts(line.text, max(8, width))
        if len(shown) == 1:
            rows.append(line._replace(number=len(rows), text=shown[0]))
            continue
        end = 0
        for part in shown:
            begin = max(end, line.text.find(part, end))
            end = begin + len(part)
            words = tuple((at, stop - begin) for at, stop in line.words if begin < stop <= end)
            rows.append(LyricLine(len(rows), part, line.at, words))
    return rows


def _ends(line: TimedLine) -> tuple[tuple[float, int], ...]:
    """Return the moment of each word and where it ends in the line; empty if they don't fit."""
    at, out = 0, []
    for word in line.words:
        place = line.text.find(word.text, at)
        if place < 0:
            return ()
        at = place + len(word.text)
        out.append((word.at, at))
    return tuple(out)


def lyric_lines(lyrics: str, timed: Sequence[TimedLine]) -> list[LyricLine]:
    """Return the rows of lyrics: as sung, under their sections; as written if nothing is timed."""
    if not timed:
        return [LyricLine(number, line) for number, line in enumerate(lyrics.splitlines())]
    starts = dict(_sung_sections(lyrics, timed))
    rows: list[LyricLine] = []
    for number, line in enumerate(timed):
        if number in starts:
            rows += [LyricLine(0, ""), LyricLine(0, f"[{starts[number].label}]")]
        rows.append(LyricLine(0, line.text, line.at, _ends(line)))
    if rows[0].text == "":
        del rows[0]
    return [row._replace(number=number) for number, row in enumerate(rows)]


def section_marks(lyrics: str, timed: Sequence[TimedLine]) -> tuple[SectionMark, ...]:
    """Return the starts of the sections that the lyrics name; immediate repeats count as one."""
    marks: list[SectionMark] = []
    for number, part in _sung_sections(lyrics, timed):
        if not marks or marks[-1].label != part.label:
            marks.append(SectionMark(timed[number].at, part.label, part.short))
    return tuple(marks)


def _sung_sections(lyrics: str, timed: Sequence[TimedLine]) -> Iterator[tuple[int, Section]]:
    """Yield (number, section) each time a section is sung: the number of its first timed line.

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
    """Return how many lines of a section, from its first, are the same as the first timed lines."""
    count = 0
    for written, line in zip(part.lines, timed, strict=False):
        if _plain(written) != _plain(line.text):
            break
        count += 1
    return count


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

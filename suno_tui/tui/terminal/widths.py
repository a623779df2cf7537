"""Graphemes, and the columns in which terminals draw them, on which they don't agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size, split_graphemes

_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
"""Letters that make a flag in pairs."""
_FLAG_SPILL = 2
"""Some terminals draw each letter of a flag in two columns."""


def graphemes(text: str) -> Iterator[tuple[str, int]]:
    """Yield each grapheme of the text with its columns in Textual's layout, 0 to 2.

    A grapheme is a character with all that belongs to it: marks, vowel signs, what a joiner joins,
    the colour of the skin, the second letter of a flag.
    """
    spans = split_graphemes(text)[0]
    at = 0
    if text.startswith("\N{ZERO WIDTH JOINER}") and len(spans) > 1:
        # The end of a grapheme whose beginning has another style: Rich measures it as nothing.
        yield text[: spans[1][1]], 0
        at = 2
    while at < len(spans):
        start, end, width = spans[at]
        at += 1
        if text[start] in _FLAGS and at < len(spans) and text[end] in _FLAGS:
            end, width = spans[at][1], 2
            at += 1
        yield text[start:end], width


def edge(text: str, at: int, *, after: bool) -> int:
    """Return the index itself, or the start or end of the grapheme that it is within."""
    if text.isascii():
        return at
    end = 0
    for grapheme, _ in graphemes(text):
        start, end = end, end + len(grapheme)
        if end >= at:
            return end if after or end == at else start
    return at


def is_plain(char: str) -> bool:
    """Return whether the character takes one column, whatever is next to it."""
    return get_character_cell_size(char) == 1 and char not in _FLAGS


@lru_cache(maxsize=4096)
def spill(grapheme: str, width: int) -> int | None:
    """Return how many columns more than `width` some terminals draw; None if all terminals agree.

    They agree on single characters and on letters with accents. tmux, xterm and others
    that ask the C library draw the vowel signs of Devanagari, Bengali, Tamil, Burmese … in a column
    each, and the colour of the skin in two; others draw them within the letter, as Textual counts.
    Joined emoji are drawn in two to eight columns.
    """
    if grapheme[:1] in _FLAGS:
        return _FLAG_SPILL if len(grapheme) > 1 else None
    most = sum(map(_most, grapheme))
    if most == width and all(map(unicodedata.combining, grapheme[1:])) and _is_sure(grapheme[:1]):
        return None
    return max(0, most - width)


def most_columns(text: str) -> int:
    """Return how many columns a text takes in the terminal that draws it widest.

    Joined emoji count as two columns, since what spills of them may be drawn over.
    """
    if text.isascii():
        return len(text)
    return cell_len(text) + sum(
        spill(grapheme, width) or 0
        for grapheme, width in graphemes(text)
        if not (width == 2 and "\N{ZERO WIDTH JOINER}" in grapheme)
    )


def _most(char: str) -> int:
    columns = get_character_cell_size(char)
    if columns or unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc", "Cs", "Zl", "Zp"):
        return columns
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_sure(char: str) -> bool:
    """Return False for a wide character that old terminals draw narrow: Unicode 16 widened some."""
    return char == "" or _most(char) < 2 or unicodedata.east_asian_width(char) in "WF"

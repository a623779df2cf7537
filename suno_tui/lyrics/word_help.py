"""Find replacements for a word of English lyrics: rhymes, near rhymes and synonyms."""

from __future__ import annotations

import re
from typing import NamedTuple

from suno_tui.lyrics.pronunciations import (
    is_known,
    near_rhymes,
    pronunciations,
    rhymes,
    syllable_count,
)
from suno_tui.lyrics.sections import is_tag_line, sung
from suno_tui.lyrics.syllables import syllables
from suno_tui.lyrics.synonyms import synonyms

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")
_GAP = re.compile(r"\s*[\"”»)\]!?.,;:…–—-]*\s*$")


class Place(NamedTuple):
    """A range of columns in a line, and the word there, which may be empty."""

    start: int
    end: int
    word: str


class Offer(NamedTuple):
    """A word to offer, the reason, and the number of its syllables."""

    word: str
    kind: str
    syllables: int


def word_at(line: str, column: int) -> Place:
    """Return the word around or right before the cursor; else an empty word there."""
    for match in _WORD.finditer(line):
        if match.start() <= column <= match.end():
            return Place(match.start(), match.end(), match[0])
    return Place(column, column, "")


def last_word(line: str) -> str:
    """Return the last sung word of a line; empty if there is none."""
    words = _WORD.findall(sung(line))
    return words[-1] if words else ""


def line_above(lines: list[str], row: int) -> int | None:
    """Return the row of the previous sung line in the same section; None if there is none."""
    for index in range(row - 1, -1, -1):
        if is_tag_line(lines[index]):
            return None
        if last_word(lines[index]):
            return index
    return None


def is_last(line: str, place: Place) -> bool:
    """Return whether nothing is sung after a place in a line."""
    return bool(_GAP.match(line[place.end :]))


def can_help(word: str) -> bool:
    """Return whether a word may be English, because it has only ASCII letters."""
    return word.replace("’", "'").isascii() and any(map(str.isalpha, word))


def count(word: str) -> int:
    """Return the syllables of a word, by the dictionary, else by its spelling.

    If the dictionary has several pronunciations (`fire`), return the count used for lyrics.
    """
    found = [max(1, syllable_count(each)) for each in pronunciations(word)]
    spelled = syllables(word)
    return found[0] if is_known(word) and spelled not in found else spelled


def offers(word: str, *, meaning: bool = True) -> list[Offer]:
    """Return rhymes and near rhymes of a word, and with `meaning` its synonyms.

    The first call also reads the dictionary, which takes some 30 ms; each call takes about 50 ms.
    """
    found = [Offer(each.word, f"Rhymes with {word}", each.syllables) for each in rhymes(word)]
    found += [Offer(each.word, f"Nearly rhymes with {word}", each.syllables)
              for each in near_rhymes(word)]  # fmt: skip
    if meaning:
        found += [
            Offer(each, f"May mean {word}", sum(count(part) for part in each.split()))
            for each in synonyms(word)
        ]
    return found


def like(word: str, model: str) -> str:
    """Return the word with the capitals of the word that it replaces."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    if model[:1].isupper() or word.startswith(("i'", "i ")) or word == "i":
        return word[:1].upper() + word[1:]
    return word

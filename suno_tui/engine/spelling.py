"""Split a line's text into its syllables, so that words can be shown as they are sung."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

_VOWELS = frozenset("aeiouy")
_TOGETHER = ("th", "sh", "ch", "ph", "ck", "gh", "qu", "wh")


def pieces(text: str, words: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Return the text of each syllable of a line; joined, they give the line's text.

    words: (word, number of syllables) in the order of the line. A syllable without letters of its
    own has an empty piece. A line without syllables has no pieces.
    """
    out: list[str] = []
    before, at = "", 0
    for word, count in words:
        place = text.find(word, at)
        place = at if place < 0 else place
        between, at = text[at:place], min(len(text), place + len(word))
        shown = text[place:at]
        if out:
            out[-1] += between
        else:
            before += between
        if count:
            parts = divided(shown, count)
            out += [before + parts[0], *parts[1:]]
            before = ""
        elif out:
            out[-1] += shown
        else:
            before += shown
    if out:
        out[-1] += text[at:]
    return tuple(out)


def divided(word: str, count: int) -> list[str]:
    """Divide a word into `count` syllables by its letters; if that fails, into the word and ""."""
    whole = [word] + [""] * (count - 1)
    if count < 2:
        return whole
    letters = [_letter(c) for c in word]
    cores = [(m.start(), m.end()) for m in re.finditer("V+", "".join(letters))]
    if len(cores) == count + 1 and re.search(r"[^aeiouyAEIOUY]e[ds]?\W*$", word):
        del cores[-1]  # as in "fire", "loved"
    if len(cores) != count:
        return whole
    cuts = []
    for (_, end), (start, _) in pairwise(cores):
        cut = start - 1 if start - end > 1 else end
        if word[start - 2 : start].lower() in _TOGETHER and start - end > 1:
            cut = start - 2
        cuts.append(cut)
    return [word[a:b] for a, b in zip((0, *cuts), (*cuts, len(word)), strict=True)]


def _letter(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return "V" if base in _VOWELS else "C"

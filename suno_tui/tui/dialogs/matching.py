"""How well a name matches what the user typed into a list: by words, synonyms, abbreviations."""

from __future__ import annotations

from collections.abc import Sequence


def rank(typed: str, name: str, also: str = "", about: str = "") -> int | None:
    """Return how well the typed words match, 0 for the best; None if one of them does not.

    `also` are other words for the name, `about` is a description. All are casefolded.
    """
    ranks = [_rank(word, name, also, about) for word in typed.split()]
    return None if None in ranks else sum(each for each in ranks if each is not None)


def _rank(word: str, name: str, also: str, about: str) -> int | None:
    words = name.split()
    if name.startswith(word):
        return 0
    if any(each.startswith(word) for each in words):
        return 1
    if any(each.startswith(word) for each in also.split()):
        return 2
    if word in name:
        return 3
    if abbreviates(word, words):
        return 4
    if word in about:
        return 5
    if len(word) >= 3 and _has_letters(word, name):
        return 6
    return None


def abbreviates(short: str, words: Sequence[str]) -> bool:
    """Return whether `short` is made of beginnings of the words, in order: `chth`, Change theme."""
    if not short:
        return True
    for place, word in enumerate(words):
        for length in range(min(len(word), len(short)), 0, -1):
            if short[:length] == word[:length] and abbreviates(short[length:], words[place + 1 :]):
                return True
    return False


def _has_letters(word: str, name: str) -> bool:
    """Return whether a name has the letters of a word in their order, and begins with the first."""
    letters = iter(name)
    return name[:1] == word[:1] and all(letter in letters for letter in word)

"""Look up how English words are pronounced, and which rhyme, in the CMU Pronouncing Dictionary.

`data/pronunciations.txt.gz` has one word per line, common words first, with its pronunciations.
Each sound is a letter of the IPA (`LETTERS`); a stressed vowel is followed by 1 or 2. The file is
searched as one text, since a table of its words would take 20 MB. `tests/lyrics/word_data.py`
writes it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

LETTERS = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "Y", "EH": "ɛ", "ER": "ɝ",
    "EY": "e", "IH": "ɪ", "IY": "i", "OW": "o", "OY": "O", "UH": "ʊ", "UW": "u",
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "g", "HH": "h", "JH": "ʤ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "r", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
"""The IPA letter for each sound of the dictionary."""

_VOWELS = "ɑæʌɔWYɛɝeɪioOʊu"
_VOWEL = re.compile(f"[{_VOWELS}]")
# The last vowel with the main stress and all that follows; without stress, from the last vowel on.
_RHYME = re.compile(rf"[{_VOWELS}]1(?!.*1).*|[{_VOWELS}](?!.*[{_VOWELS}]).*")
_ALIKE = ("ptkbdgʧʤ", "fvθðszʃʒh", "mnŋ", "lrɝ", "wj", "ɑɔ", "ʊu", "ʌɪɛ")
"""Groups of sounds that are similar enough for a near rhyme."""
MOST = 60
"""The most rhymes, or near rhymes, that are offered."""


class Rhyme(NamedTuple):
    """A word, and the number of its syllables."""

    word: str
    syllables: int


def base_forms(word: str) -> tuple[str, ...]:
    """Return the words that a word may be an inflected form of, and itself: `tried` gives `try`."""
    found = [word]
    for end, stems in _ENDS.items():
        if word.endswith(end) and len(word) > len(end) + 1:
            found += [word.removesuffix(end) + stem for stem in stems]
            stem = word.removesuffix(end)
            if "" in stems and len(stem) > 2 and stem[-1] == stem[-2]:
                found.append(stem[:-1])  # stopped
    return tuple(dict.fromkeys(found))


_ENDS = {
    "'s": ("",), "in'": ("ing",), "ies": ("y",), "ied": ("y",), "iest": ("y",), "ier": ("y",),
    "ily": ("y",), "s": ("",), "es": ("", "e"), "ed": ("", "e"), "ing": ("", "e"),
    "est": ("", "e"), "er": ("", "e"), "ly": ("", "le"), "ings": ("", "e"),
}  # fmt: skip


@cache
def read_data(name: str) -> str:
    """Return the text of a file in `data`, which begins and ends with a line break."""
    file = Path(__file__).parent / "data" / f"{name}.txt.gz"
    return gzip.decompress(file.read_bytes()).decode()


def data_line(name: str, word: str) -> str:
    """Return the text after a word in a file in `data`; empty if the file doesn't have the word."""
    text = read_data(name)
    start = text.find(f"\n{word}\t")
    return text[start + len(word) + 2 : text.index("\n", start + 1)] if start >= 0 else ""


@lru_cache(maxsize=256)
def pronunciations(word: str) -> tuple[str, ...]:
    """Return the pronunciations of a word; for an unknown word, only its probable ending."""
    word = plain(word)
    spoken = data_line("pronunciations", word)
    if not spoken and word.endswith("in'"):
        spoken = data_line("pronunciations", f"{word[:-1]}g")
    return tuple((spoken or _by_spelling(word)).split())


def plain(word: str) -> str:
    """Return a word as the dictionary has it: in lower case, with straight apostrophes."""
    return word.casefold().replace("’", "'")


def is_known(word: str) -> bool:
    """Return whether the dictionary has the word."""
    return bool(data_line("pronunciations", plain(word)))


def _by_spelling(word: str) -> str:
    """Return the rhyme of the most common word that shares the longest ending with this one."""
    text = read_data("pronunciations")
    for start in range(1, len(word) - 1):
        if found := re.search(rf"^\w*{re.escape(word[start:])}\t(\S+)", text, re.M):
            rhyme = _RHYME.search(found[1])
            return rhyme[0] if rhyme else ""
    return ""


def syllable_count(pronunciation: str) -> int:
    """Return the number of spoken vowels."""
    return len(_VOWEL.findall(pronunciation))


def rhymes(word: str) -> tuple[Rhyme, ...]:
    """Return the words that rhyme with a word, common ones first.

    They have the same sounds from the last stressed vowel on.
    """
    return _rhymes(word)[:MOST]


def near_rhymes(word: str) -> tuple[Rhyme, ...]:
    """Return the words that nearly rhyme with a word, common ones first.

    They have the same last stressed vowel, and similar sounds after it.
    """
    ends = {
        f"{end[0]}{_stress(end)}{''.join(map(_similar_sounds, end[1:].lstrip('12')))}"
        for end in _ends(word)
    }
    if not ends:
        return ()
    perfect = {rhyme.word for rhyme in _rhymes(word)}
    found = _matching_words(word, "|".join(sorted(ends)))
    return tuple(rhyme for rhyme in found if rhyme.word not in perfect)[:MOST]


@lru_cache(maxsize=16)
def _rhymes(word: str) -> tuple[Rhyme, ...]:
    """Return all words that rhyme. Cached, because `near_rhymes` needs them, too."""
    ends = _ends(word)
    return tuple(_matching_words(word, "|".join(map(re.escape, ends)))) if ends else ()


def _stress(end: str) -> str:
    return "1" if end[1:2] in ("1", "2") else "?1?"


def _ends(word: str) -> tuple[str, ...]:
    found = (_RHYME.search(spoken) for spoken in pronunciations(word))
    return tuple(dict.fromkeys(match[0] for match in found if match))


def _similar_sounds(sound: str) -> str:
    return next((f"[{alike}]" for alike in _ALIKE if sound in alike), re.escape(sound))


def _matching_words(word: str, ends: str) -> Iterator[Rhyme]:
    """Yield words with a pronunciation that matches `ends`, except words that sound the same."""
    same = set(pronunciations(word))
    line = re.compile(rf"^(\S+)\t(?:\S+ )*(\S*(?:{ends}))(?: |$)", re.M)
    for match in line.finditer(read_data("pronunciations")):
        if match[2] not in same and match[1] != plain(word):
            yield Rhyme(match[1], syllable_count(match[2]))

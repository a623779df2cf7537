"""Count the syllables of a line of lyrics as it would be sung.

English is counted by rules (tested against the CMU dictionary in `tests/lyrics`), other languages
by their script: vowels in Latin, Greek and Cyrillic, characters in Han and Hangul, morae in kana,
letters with an inherent vowel in the scripts of India. For scripts without vowels (Arabic, Hebrew)
the number is an estimate.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from suno_tui.lyrics.english import english_syllables
from suno_tui.lyrics.numbers import spoken
from suno_tui.lyrics.sections import MOST_LINES, sung

_TOKEN = re.compile(
    r"\d[\d.,]*\d|\d|[^\W\d_]+(?:[\u0300-\u036f\u0900-\u0dff\u0e00-\u0e7f'’]*[^\W\d_]*)*"
)
_ENGLISH = """the and you i my me we your it's in on of to a is be this that with for are was but
not all just i'm don't can't you're let it so when what like never no every they will she he oh if
know love night down up out one now our where from have there come"""
_OTHER = """que de la el los las un una por con para mi tu te se le les des je ne pas et est dans
pour sur moi toi und der die das ich du nicht ist ein eine mit dir mir wir il che di non per sei io
ti o os as em não eu você na da do nos mais quando como y en es lo su al del auf im den dem zu wie
von och det som jag är att på med"""
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
_OTHER_WORDS = frozenset(_OTHER.split())


def language_is_english(text: str) -> bool:
    """Return whether a text looks like English, judging by short words; in doubt, True."""
    return english_evidence(text) >= 0


def english_evidence(text: str) -> int:
    """Return the number of short English words in a text, minus those of other languages."""
    return sum(map(_more_english, text.split("\n")))


@lru_cache(maxsize=MOST_LINES)
def _more_english(line: str) -> int:
    """Return the number of short English words in a line, minus those of other languages."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", line.casefold())
    english = sum(1 for word in words if word.replace("’", "'") in _ENGLISH_WORDS)
    return english - sum(1 for word in words if word in _OTHER_WORDS)


def line_syllables(line: str, *, english: bool = True) -> int:
    """Count the sung syllables of a line; tags in brackets don't count, digits count as spoken."""
    return _line(sung(line), english)


@lru_cache(maxsize=MOST_LINES)
def _line(text: str, english: bool) -> int:
    return sum(syllables(token, english=english) for token in _TOKEN.findall(text))


@lru_cache(maxsize=8192)
def syllables(word: str, *, english: bool = True) -> int:
    """Count the syllables of a word or number; at least 1 if it has a letter."""
    if word[:1].isdigit():
        words = spoken(word)
        return sum(english_syllables(part) for part in re.findall(r"[a-z]+", words)) or len(word)
    word = unicodedata.normalize("NFC", word.casefold().replace("’", "'"))
    if word.replace("'", "").isascii():
        return english_syllables(word) if english else _vowel_groups(word)
    latin = "".join(char for char in word if _is_latin(char))
    seen = Counter(_weight(char) for char in word if not _is_latin(char))
    total = seen["sign"] - seen["joined"]
    total += seen["vowel"] or (seen["bare"] + 1) // 2
    if latin:
        total += _vowel_groups(latin)
    return max(1, total)


def _is_latin(char: str) -> bool:
    return "a" <= char <= "z" or "\u00df" <= char <= "\u024f" or "\u1e00" <= char <= "\u1eff"


_CYRILLIC_GREEK_VOWELS = frozenset("аеёиоуыэюяіїєўαεηιουωάέήίόύώϊϋΐΰ")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")


def _weight(char: str) -> str:
    """Return how a character counts: as a vowel, a syllable sign, a bare letter, or not at all."""
    code = ord(char)
    if char in _CYRILLIC_GREEK_VOWELS:
        return "vowel"
    if 0x3040 <= code <= 0x30FF:
        return "none" if char in _SMALL_KANA else "sign"
    if 0x3400 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 or 0x20000 <= code <= 0x323AF:
        return "sign"
    if 0x0900 <= code <= 0x0DFF:
        return _indic(char)
    if unicodedata.category(char).startswith("M"):
        # Marks of Arabic and Hebrew are vowels; Thai marks belong to a letter that is counted.
        return "none" if 0x0E00 <= code <= 0x0E7F else "vowel"
    if 0x0370 <= code <= 0x052F:
        return "none"
    return "bare"


def _indic(char: str) -> str:
    if "VIRAMA" in unicodedata.name(char, ""):
        return "joined"
    return "sign" if unicodedata.category(char) == "Lo" else "none"


_NUCLEUS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāēīōūőűąęįųăěůœ]+")


def _vowel_groups(word: str) -> int:
    """Count groups of vowels as in most European languages, where a final e is sung."""
    word = re.sub(r"(?<=[qg])u(?=[eiéèêí])", "", word)
    total = 0
    for group in _NUCLEUS.findall(word):
        # Two adjacent strong vowels (or an accented i or u) are two syllables: po-e-ta, dí-a.
        splits = len(re.findall(r"[aeoáéó][aeoáéó]|[íú][aeo]|[aeo][íú]", group))
        total += 1 + (splits if not re.search(r"ee|oo|aa|eau|œu|ae|oe", group) else 0)
    return max(1, total)

"""Romanise other scripts, closely enough to sing them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "yo",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "sh",
            "_",
            "i",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "ks",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "i",
            "f",
            "kh",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_SPELT = (
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "DEVANAGARI",
    "BENGALI",
    "TAMIL",
    "TELUGU",
    "GUJARATI",
    "GURMUKHI",
    "KANNADA",
    "MALAYALAM",
    "SINHALA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "ETHIOPIC",
    "GEORGIAN",
    "ARMENIAN",
    "CHEROKEE",
    "TIBETAN",
)
_CJK_VOWELS = "aiueo"
_HANGUL = {
    "eo": "o",
    "eu": "u",
    "ae": "e",
    "oe": "e",
    "ui": "i",
    "wa": "wa",
    "we": "we",
    "wi": "wi",
}


@lru_cache(maxsize=8192)
def romanise(char: str) -> str:
    """Return a letter of another script in Latin letters; empty if it has no sound of its own."""
    if char in _CYRILLIC:
        return _CYRILLIC[char].replace("_", "")
    if char in _GREEK:
        return _GREEK[char]
    name = unicodedata.name(char, "")
    script, _, rest = name.partition(" ")
    if name.startswith("CJK UNIFIED") or script == "CJK":
        return "nmlydkt"[ord(char) % 7] + _CJK_VOWELS[ord(char) // 7 % 5]
    if script in _SPELT and rest:
        word = rest.split()[-1].lower()
        if script == "HANGUL":
            word = re.sub(r"eo|eu|ae|oe|ui|wa|we|wi", lambda m: _HANGUL[m[0]], word)
        return re.sub(r"[^a-z]", "", word)[:6]
    if script in ("ARABIC", "HEBREW", "SYRIAC") and "LETTER" in rest:
        word = rest.split()[-1].lower()
        return word[0] + "a" if word[0] not in "aeiou" else word[0]
    return ""


def latin(text: str) -> tuple[str, bool]:
    """Return a text in lower-case Latin letters, and whether it came from another script."""
    stripped = (
        "".join(
            c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c)
        )
        if not re.search(r"[\u3040-\u30ff\uac00-\ud7a3]", text)
        else text.lower()
    )
    if stripped.isascii():
        return stripped, False
    out: list[str] = []
    foreign = False
    for char in unicodedata.normalize("NFC", stripped):
        if char.isascii() or char in "’‘":
            out.append("'" if char in "’‘" else char)
        elif char in "ßøæœđłð":
            out.append(
                {"ß": "ss", "ø": "o", "æ": "e", "œ": "e", "đ": "d", "ł": "l", "ð": "d"}[char]
            )
        elif char.isalpha() or unicodedata.category(char) in ("Mc", "Mn"):
            found = romanise(char)
            foreign = foreign or bool(found)
            out.append(found + (" " if unicodedata.name(char, "").startswith("CJK") else ""))
        elif char.isdigit():
            out.append(str(unicodedata.digit(char, 0)))
        else:
            out.append(" ")
    return "".join(out), foreign

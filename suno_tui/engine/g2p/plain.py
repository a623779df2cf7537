"""Languages that are said as they are written: each letter keeps its plain sound."""

from __future__ import annotations

from functools import lru_cache

_PLAIN = {
    "a": "AA",
    "e": "EH",
    "i": "IY",
    "o": "OW",
    "u": "UW",
    "y": "IY",
    "b": "B",
    "c": "K",
    "d": "D",
    "f": "F",
    "g": "G",
    "h": "HH",
    "j": "Y",
    "k": "K",
    "l": "L",
    "m": "M",
    "n": "N",
    "p": "P",
    "q": "K",
    "r": "R",
    "s": "S",
    "t": "T",
    "v": "V",
    "w": "W",
    "x": "S",
    "z": "Z",
}
_PAIRS = {
    "sh": "SH",
    "ch": "CH",
    "th": "T",
    "ng": "NG",
    "zh": "ZH",
    "ts": "T S",
    "kh": "K",
    "ll": "Y",
    "qu": "K",
    "ph": "F",
    "ny": "N Y",
}


@lru_cache(maxsize=4096)
def plain(word: str) -> tuple[str, ...]:
    """The phones of a word that is said as it is written (Spanish, romanised scripts)."""
    out: list[str] = []
    at = 0
    while at < len(word):
        if word[at : at + 2] in _PAIRS:
            out += _PAIRS[word[at : at + 2]].split()
            at += 2
            continue
        if phone := _PLAIN.get(word[at]):
            if word[at] == "c" and word[at + 1 : at + 2] in ("e", "i"):
                phone = "S"
            if word[at] == "y" and word[at + 1 : at + 2] in tuple("aeou"):
                phone = "Y"
            out.append(phone)
        at += 1
    return tuple(out)

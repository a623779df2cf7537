"""Languages that are pronounced as they are written: each letter has one sound."""

from __future__ import annotations

from functools import lru_cache

from suno_tui.engine.g2p.table import read

_LETTERS = read(
    "a AA|e EH|i IY|o OW|u UW|y IY|b B|c K|d D|f F|g G|h HH|j Y|k K"
    "|l L|m M|n N|p P|q K|r R|s S|t T|v V|w W|x S|z Z"
)
_PAIRS = read("sh SH|ch CH|th T|ng NG|zh ZH|ts T S|kh K|ll Y|qu K|ph F|ny N Y")


@lru_cache(maxsize=4096)
def plain(word: str) -> tuple[str, ...]:
    """Return the phones of a word in such a language (Spanish, romanised scripts)."""
    out: list[str] = []
    at = 0
    while at < len(word):
        letter, after = word[at], word[at + 1 : at + 2]
        if pair := _PAIRS.get(letter + after):
            out += pair
            at += 1
        elif letter == "c" and after in ("e", "i"):
            out.append("S")
        elif letter == "y" and after in tuple("aeou"):
            out.append("Y")
        else:
            out += _LETTERS.get(letter, ())
        at += 1
    return tuple(out)

"""Count the syllables of English words from their spelling."""

from __future__ import annotations

import re
from functools import lru_cache

_EXCEPTIONS = {
    word: count
    for count, words in {
        1: "hour our sour clothes tongue league squad",
        2: "marriage sidewalk farewell lonely solely evening fashion people maybe somewhat "
        "sometime sometimes something someone naked wicked sacred ragged rugged jagged crooked "
        "kindred hatred hundred lion lions giant giants science ideal diamond diamonds creature "
        "creatures being colleague technique unique antique fatigue plague rogue vague catholic "
        "business friendly baseball therefore poem chaos ruin fluid truly create poet layer "
        "player prayer",
        3: "anyone everyone everything everywhere everyday area idea piano radio video beloved "
        "memory family camera chocolate created recipe karaoke museum forever however whoever",
        4: "everybody january february association",
    }.items()
    for word in words.split()
}

_SILENT = (
    r"(?<=[^aeiouyl])e$",  # love, time
    r"(?<=[aeiouywrl]l)e$",  # while, belle; the e of little sounds
    r"(?<=[^aeiouytdl])ed$|(?<=[aeiouywrl]l)ed$",  # loved; wanted and needed sound
    r"(?<=[^aeiouyszxhgcl])es$|(?<=[aeiouyrl]l)es$",  # times; kisses and wishes sound
    # The e inside a compound: lonely, homemade, sometimes.
    r"(?<=[^aeiouyl])e(?=(?:ly|ty|teen|less|ful|fully|ment|ments|ness|some|where|body|thing|time|times"
    r"|land|work|works|line|lines|way|ways|town|day|life|house|by|maker|back|man|men)$)",
    r"(?<=ev)e(?=ry)",  # every, everything
    r"(?<=ic)a(?=lly$)",  # magically
)
_EXTRA = (
    r"^mc",
    r"ism$|isms$|thm$|thms$",  # rhythm, prism
    r"[^aeiou]n't$",  # didn't
)
# Adjacent vowels that are two syllables.
_PARTED = (
    r"(?<![cstgnl])ia|[nl]ia(?:$|[tb])",
    r"io(?!u)(?<![cstgxln]io)",
    r"(?<![cstgxln])iou",
    r"(?<![gc])eo(?!pl)",
    r"[aeiouy]ing",
    r"(?<![qg])ua(?!r)",
    r"(?<![fcrst])ie[tn](?!d)|qui?et|riet",
    r"iu",
    r"^crea|^rea[cl](?:t|i)|idea",
    r"(?<!q)uel$|[^aeioug]uid$|[^aeioug]uin|[lr]oyal|poe[mt]|[ls]eum$|chaos",
)
_SILENT_RE = re.compile("|".join(_SILENT))
_EXTRA_RE = re.compile("|".join(_EXTRA))
_PARTED_RE = re.compile("|".join(_PARTED))


@lru_cache(maxsize=8192)
def english_syllables(word: str) -> int:
    """Count the syllables of a lower-case word of ASCII letters and apostrophes; at least 1."""
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    word = word.strip("'")
    stem = re.sub(r"'(?:s|ll|ve|d|re|m)$", "", word)
    if stem != word:
        more = word.endswith(("'ll", "'ve", "'d")) and stem[-1:] not in "aeiouy"
        hiss = word.endswith("'s") and re.search(r"(?:[sxz]|[cs]h|[cgs]e)$", stem)
        return english_syllables(stem) + bool(more or hiss)
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = len(_SILENT_RE.findall(word))
    extra = len(_EXTRA_RE.findall(word)) + len(_PARTED_RE.findall(word))
    return max(1, groups - silent + extra)

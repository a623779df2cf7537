"""Synonyms of English words: WordNet, in `data/synonyms.txt.gz`.

A word is on a line of its own, with the others that may mean the same, its usual senses first.
"""

from __future__ import annotations

from suno_tui.lyrics.pronunciations import base_forms, data_line, plain


def synonyms(word: str) -> tuple[str, ...]:
    """Return words that may mean the same; of an inflected form, those of what it is a form of."""
    for form in base_forms(plain(word)):
        if found := data_line("synonyms", form):
            return tuple(each for each in found.split(",") if each != plain(word))
    return ()

"""Synonyms of English words, from WordNet, in `data/synonyms.txt.gz`.

Each line has a word and the words that may mean the same, the usual senses first.
"""

from __future__ import annotations

from suno_tui.lyrics.pronunciations import base_forms, data_line, plain


def synonyms(word: str) -> tuple[str, ...]:
    """Return words that may mean the same as a word, or as the word that it is a form of."""
    for form in base_forms(plain(word)):
        if found := data_line("synonyms", form):
            return tuple(each for each in found.split(",") if each != plain(word))
    return ()

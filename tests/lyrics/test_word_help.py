"""Rhymes, near rhymes, syllables and synonyms of English words, from the data in the package."""

from __future__ import annotations

import pytest

from suno_tui.lyrics.pronunciations import near_rhymes, rhymes
from suno_tui.lyrics.synonyms import synonyms
from suno_tui.lyrics.word_help import (
    can_help,
    count,
    is_last,
    last_word,
    like,
    line_above,
    offers,
    word_at,
)


def words(found: object) -> list[str]:
    return [each.word for each in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "rhyming", "near"),
    [
        ("night", "light", "side"),
        ("Love", "above", "enough"),
        ("heart", "apart", "dark"),
        ("dancing", "romancing", "handsome"),
        ("glowin’", "flowing", "poem"),
    ],
)
def test_rhymes_and_near_rhymes(word: str, rhyming: str, near: str) -> None:
    assert rhyming in words(rhymes(word))
    assert near in words(near_rhymes(word))
    assert near not in words(rhymes(word))
    assert rhyming not in words(near_rhymes(word))


def test_common_words_come_first_and_none_that_sounds_the_same() -> None:
    found = words(rhymes("night"))
    assert found.index("light") < found.index("plight")
    assert not {"night", "knight"} & set(found)


def test_a_word_that_the_dictionary_lacks_rhymes_by_its_spelling() -> None:
    assert "cat" in words(rhymes("zorblat"))
    assert rhymes("zzxq") == ()


@pytest.mark.parametrize(
    ("word", "total"), [("fire", 1), ("memory", 3), ("I", 1), ("don’t", 1), ("zorbling", 2)]
)
def test_syllables_by_the_dictionary_else_by_spelling(word: str, total: int) -> None:
    assert count(word) == total


def test_synonyms_of_a_word_and_of_its_forms() -> None:
    assert "happy" not in synonyms("happy")
    assert "glad" in synonyms("happy")
    assert synonyms("cried") == synonyms("cry")
    assert synonyms("zorblat") == ()


def test_offers_name_what_they_are() -> None:
    kinds = list(dict.fromkeys(offer.kind for offer in offers("dark")))
    assert kinds == ["Rhymes with dark", "Nearly rhymes with dark", "May mean dark"]
    assert {offer.kind for offer in offers("dark", meaning=False)} == set(kinds[:2])


def test_the_word_at_the_cursor() -> None:
    line = "Don’t say (goodnight)!"
    assert word_at(line, 0).word == word_at(line, 5).word == "Don’t"
    assert word_at(line, 12) == (11, 20, "goodnight")
    assert word_at(line, 22) == (22, 22, "")
    assert is_last(line, word_at(line, 12))
    assert not is_last(line, word_at(line, 7))


def test_the_line_above_is_of_the_same_section() -> None:
    lines = ["[Verse]", "All the night,", "", "I walk ", "[Chorus]", "Oh"]
    assert line_above(lines, 3) == 1
    assert line_above(lines, 5) is None
    assert last_word(lines[1]) == "night"
    assert last_word("[Verse]") == ""


def test_capitals_stay_and_other_scripts_are_told_apart() -> None:
    assert [like("light", "Night"), like("light", "NIGHT"), like("i'll", "we")] == [
        "Light",
        "LIGHT",
        "I'll",
    ]
    assert can_help("don’t")
    assert not can_help("ночь")
    assert not can_help("où")

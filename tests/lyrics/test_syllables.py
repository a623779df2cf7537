from __future__ import annotations

import pytest

from suno_tui.lyrics.numbers import spoken
from suno_tui.lyrics.syllables import language_is_english, line_syllables, syllables

# Words of songs with the counts that the CMU dictionary gives them.
COUNTED = {
    1: """love night heart dream time feel light dance eyes fire hold know street rain blue moon
    wild young breathe bright lost walked dreamed loved called changed smiles notes names while
    world home whole you're we're we'll don't can't shine through though thought tongue clothes""",
    2: """baby summer alive neon under over never city beneath shining inside walking dancing water
    lonely lovely morning sunrise heaven river ocean wanted needed broken silver golden little
    people kisses wishes hopeless sometimes something someone forget believe away again table
    gentle didn't wasn't couldn't rhythm being going crying quiet lion chaos poem creature hundred
    heartbeat fireworks homesick daylight moonlight dreaming maybe only every diamond
    naked wicked""",
    3: """forever yesterday tomorrow together beautiful memory remember radio melody piano video
    anyone everyone everything happiness loneliness wonderful emotion desperate idea carelessly
    butterfly tangerine animal suddenly chandelier gasoline""",
    4: """everybody impossible imagination's revolution satisfaction january hallelujah
    unbelievable's""",
}


def test_english_words_are_counted_right_in_nearly_every_case() -> None:
    words = [(word, count) for count, text in COUNTED.items() for word in text.split()]
    wrong = [word for word, count in words if "'s" not in word and syllables(word) != count]
    assert len(wrong) <= 0.05 * len(words), wrong


def test_the_lines_of_summer_nights() -> None:
    lines = [
        "Walking down the empty street",
        "City lights beneath my feet",
        "Every star is shining bright",
        "Lost inside the summer night",
        "Summer nights, we come alive",
        "Dancing under neon skies",
    ]
    assert [line_syllables(line) for line in lines] == [7] * 6


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("La vida es un sueño y los sueños", 11),
        ("Ich gehe nach Haus", 5),
        ("桜が咲いて", 6),
        ("내 마음이 아파", 6),
        ("Я иду по улице ночной", 9),
        ("तुम मेरे हो", 5),
        ("Σ' αγαπώ πολύ", 5),
    ],
)
def test_other_languages_are_counted_by_their_script(line: str, count: int) -> None:
    assert abs(line_syllables(line, english=language_is_english(line)) - count) <= 1


def test_tags_are_not_counted_and_digits_are_spoken() -> None:
    assert line_syllables("[Verse 2: soft]") == 0
    assert line_syllables("oh-oh-oh (yeah)") == 4
    assert line_syllables("1999") == 5
    assert line_syllables("") == 0
    assert line_syllables("!!! … 🎵") == 0


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("7", "seven"),
        ("42", "forty-two"),
        ("1999", "nineteen ninety-nine"),
        ("2005", "two thousand five"),
        ("1905", "nineteen oh five"),
        ("1,000", "one thousand"),
        ("3.5", "three point five"),
        ("007", "zero zero seven"),
        ("1000000", "one million"),
    ],
)
def test_numbers_as_they_are_spoken(digits: str, words: str) -> None:
    assert spoken(digits) == words


def test_the_language_is_guessed_by_small_words() -> None:
    assert language_is_english("walking down the street with you")
    assert not language_is_english("je ne sais pas et toi")
    assert language_is_english("")

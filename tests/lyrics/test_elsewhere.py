"""Lyrics from elsewhere: what is taken out, what stays, and the sections of other languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.lyrics.elsewhere import cleaned, what_is_foreign
from suno_tui.lyrics.sections import engine_kinds, kind_of, outline, sections

DATA = Path(__file__).with_name("data")

KETTLE = "The kettle sings before the rain\nI fold the map along the train"


@pytest.mark.parametrize(
    ("file", "found", "wanted"),
    [
        (
            "words.lrc",
            ("8 lines with time stamps",),
            f"{KETTLE}\n\nCarry me slowly, carry me home\nCarry me slowly home",
        ),
        (
            "words-lyrics-page.txt",
            ("3 remarks of a lyrics page",),
            f"[Verse 1: Somebody]\n{KETTLE}\n\n[Chorus]\n"
            "Carry me slowly, carry me home\nCarry me slowly, carry me home",
        ),
        (
            "words-chords.txt",
            ("4 lines with chords", "2 ChordPro directives"),
            f"[Verse 1]\n{KETTLE}\n\n[Chorus]\nCarry me slowly, carry me home\n"
            "Carry me slowly, carry me home\n[Chorus]\n[softly]",
        ),
    ],
)
def test_only_words_and_tags_are_left(file: str, found: tuple[str, ...], wanted: str) -> None:
    lyrics = (DATA / file).read_text()
    assert what_is_foreign(lyrics) == found
    assert cleaned(lyrics) == wanted
    assert what_is_foreign(cleaned(lyrics)) == ()


@pytest.mark.parametrize(
    ("lyrics", "wanted"),
    [
        ("[Verse 1]\\\nSlip the line \\\n[Chorus]\\", "[Verse 1]\nSlip the line\n[Chorus]"),
        ("【サビ】\n家へ", "[サビ]\n家へ"),
        ("［Chorus］\nhome", "[Chorus]\nhome"),
        ("Verse 1:\nrain\n(Chorus)\nhome", "[Verse 1]\nrain\n[Chorus]\nhome"),
        ("Verse 1\nrain\n\nChorus\nhome", "[Verse 1]\nrain\n\n[Chorus]\nhome"),
        ("{soc}\nhome\n{eoc}\n{start_of_verse: Verse 2}\nrain", "[Chorus]\nhome\n[Verse 2]\nrain"),
        ("| Am  G/B | F#m7 N.C. x2 |\nrain", "rain"),
        ("See Nobody LiveGet tickets as low as $42You might also like\nrain", "rain"),
        ("[00:01.00][00:31.00]rain\n[00:05]home", "rain\nhome"),
    ],
)
def test_similar_texts_are_cleaned_too(lyrics: str, wanted: str) -> None:
    assert cleaned(lyrics) == wanted


@pytest.mark.parametrize(
    "lyrics",
    [
        "[Verse 1]\nA day in May\n\n[Chorus: soft, 8 bars]\nE lá\n",
        "[A]\nla la\n[B]\nlo lo",  # parts, not chords
        "A\nC D\nhello",
        "Bridge\nover water",
        "I saw <topic> and {topic} at 12:30",
        "I came at [12:30] home",
        "Chorus of angels: sing",
        "",
    ],
)
def test_ordinary_lyrics_stay_as_they_are(lyrics: str) -> None:
    assert what_is_foreign(lyrics) == ()
    assert cleaned(lyrics) == lyrics


@given(st.text(alphabet="[]{}<>:.0123456789AGmbx/ \\\n【】Verse", max_size=200))
def test_any_text_can_be_cleaned(text: str) -> None:
    assert len(cleaned(text)) <= len(text) + 2 * (text.count("\n") + 1) + 8 * text.count("{")
    if not what_is_foreign(text):
        assert cleaned(text) == text


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("Aメロ", "Verse"),
        ("Bメロ", "Pre-Chorus"),
        ("ラスサビ", "Chorus"),
        ("間奏", "Interlude"),
        ("前奏", "Intro"),
        ("イントロ", "Intro"),
        ("桥段", "Bridge"),
        ("主歌", "Verse"),
        ("副歌", "Chorus"),
        ("후렴", "Chorus"),
        ("2절", "Verse"),
        ("브릿지", "Bridge"),
        ("मुखड़ा", "Chorus"),
        ("अंतरा 1", "Verse"),
        ("Nakarat", "Chorus"),
        ("Kıta 2", "Verse"),
        ("Refren", "Chorus"),
        ("Zwrotka 1", "Verse"),
        ("Припев", "Chorus"),
        ("Куплет 2", "Verse"),
        ("ท่อนฮุก", "Chorus"),
        ("لازمة", "Chorus"),
        ("مقطع", "Verse"),
        ("Điệp khúc", "Chorus"),
        ("פזמון", "Chorus"),
    ],
)
def test_parts_have_names_in_other_languages(tag: str, kind: str) -> None:
    found = kind_of(tag)
    assert found is not None and found.tag == kind
    assert kind in engine_kinds(tag), "the composer and the engine know the same parts"


@pytest.mark.parametrize("tag", ["애절하게", "Most of all", "softly", "fine", "son of a gun"])
def test_other_words_name_no_part(tag: str) -> None:
    assert kind_of(tag) is None
    assert not engine_kinds(tag)


@pytest.mark.parametrize(
    ("file", "shape"), [("words-ja.txt", "I·V·Pc·C·Il·C"), ("words-hi.txt", "C·V1")]
)
def test_songs_in_other_languages_have_a_form(file: str, shape: str) -> None:
    lyrics = cleaned((DATA / file).read_text())
    assert outline(lyrics) == shape
    assert all(part.kind for part in sections(lyrics))

"""The song: the document's limits, what is sent, and the way to a file and back."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.providers.capabilities import dollars, measure
from suno_tui.providers.song import InvalidSong, Song
from suno_tui.providers.song_fields import PARAMETERS
from suno_tui.providers.tables.suno import MODELS, TEXT_LIMITS
from suno_tui.providers.tables.sunoapi import MODELS as SUNOAPI

SIMPLE = Song(prompt="A calm and relaxing piano track with soft melodies")
CUSTOM = Song(
    custom_mode=True, title="Summer Nights", style="Pop, Indie", lyrics="[Verse]\nWalking"
)


def having(song: Song, name: str, value: Any) -> Song:
    return replace(song, **{name: value})


@pytest.mark.parametrize("name", TEXT_LIMITS)
def test_a_text_may_have_its_limit_and_no_more(name: str) -> None:
    song = SIMPLE if name == "prompt" else CUSTOM
    limit = TEXT_LIMITS[name]
    assert having(song, name, "x" * limit).problems() == ()
    (problem,) = having(song, name, "x" * (limit + 1)).problems()
    assert problem.field == name
    assert "1 character too many" in problem.message
    # An emoji is two UTF-16 units: the larger of the two counts must fit.
    assert having(song, name, "🎵" * (limit // 2)).problems() == ()
    (problem,) = having(song, name, "🎵" * (limit // 2 + 1)).problems()
    assert problem.field == name


@pytest.mark.parametrize("weight", ["style_weight", "weirdness_constraint", "audio_weight"])
def test_a_weight_is_from_0_to_1(weight: str) -> None:
    for good in (0.0, 0.5, 1.0, None):
        assert having(CUSTOM, weight, good).problems() == ()
    for bad in (-0.01, 1.01, math.nan, math.inf):
        (problem,) = having(CUSTOM, weight, bad).problems()
        assert problem.field == weight


@pytest.mark.parametrize("name", ["title", "style", "lyrics"])
@pytest.mark.parametrize("text", ["", "  \n"])
def test_what_custom_mode_needs_is_named(name: str, text: str) -> None:
    (problem,) = having(CUSTOM, name, text).problems()
    assert problem.field == name


def test_instrumental_needs_no_lyrics_and_every_problem_is_named() -> None:
    assert replace(CUSTOM, lyrics="", instrumental=True).problems() == ()
    with pytest.raises(InvalidSong) as found:
        Song(custom_mode=True, model="suno-v9", vocal_gender="x").check()
    fields = [problem.field for problem in found.value.problems]
    assert fields == ["model", "title", "style", "lyrics", "vocal_gender"]
    assert found.value.exit_code == 2
    assert "suno-v5_5 or suno-v5" in str(found.value)


def test_the_documents_four_examples_as_they_are_sent() -> None:
    prompt = "A calm and relaxing piano track with soft melodies"
    assert Song(prompt=prompt, instrumental=True).to_wire() == {
        "model": "suno-v5_5",
        "input": {"prompt": prompt, "custom_mode": False, "instrumental": True},
    }
    dance = "An upbeat electronic dance track with heavy bass drops"
    assert Song(model="suno-v5", prompt=dance).to_wire() == {
        "model": "suno-v5",
        "input": {"prompt": dance},
    }
    assert Song(
        custom_mode=True,
        instrumental=True,
        title="Peaceful Piano Meditation",
        style="Classical, Ambient, Piano",
        negative_tags="Heavy Metal, Drums",
        vocal_gender="f",
        lyrics="left over from before",
    ).to_wire() == {
        "model": "suno-v5_5",
        "input": {
            "custom_mode": True,
            "instrumental": True,
            "title": "Peaceful Piano Meditation",
            "style": "Classical, Ambient, Piano",
            "negative_tags": "Heavy Metal, Drums",
        },
    }
    assert replace(CUSTOM, vocal_gender="f", prompt="from the other mode").to_wire() == {
        "model": "suno-v5_5",
        "input": {
            "custom_mode": True,
            "instrumental": False,
            "title": "Summer Nights",
            "style": "Pop, Indie",
            "vocal_gender": "f",
            "prompt": "[Verse]\nWalking",
        },
    }


songs = st.builds(
    Song,
    model=st.sampled_from(["suno-v5", "suno-v5_5"]),
    custom_mode=st.booleans(),
    instrumental=st.booleans(),
    **{name: st.text(max_size=40) for name in TEXT_LIMITS},
    vocal_gender=st.sampled_from([None, "m", "f"]),
    persona_id=st.none() | st.text(min_size=1, max_size=8),
    style_weight=st.none() | st.floats(0, 1),
    seed=st.none() | st.integers(0, 2**53 - 1),
    duration=st.none() | st.floats(5, 600),
    bpm=st.none() | st.integers(30, 300),
    key=st.sampled_from([None, "D minor", "F#m", "Bb harmonic minor"]),
    time_signature=st.sampled_from([None, "3/4", "6/8"]),
    language=st.sampled_from([None, "de", "yue"]),
    takes=st.none() | st.integers(1, 8),
)


@given(songs)
def test_a_table_keeps_the_whole_song_and_the_wire_what_its_mode_sends(song: Song) -> None:
    assert Song.from_table(song.to_table()) == song
    wire = song.to_wire()
    assert Song.from_wire(wire["model"], wire["input"]).to_wire() == wire
    wire = song.to_wire(exact=True)
    assert Song.from_wire(wire["model"], wire["input"]).to_wire(exact=True) == wire
    sent = {name: wire["input"].get(name) for name in PARAMETERS}
    assert sent == {name: getattr(song, name) for name in PARAMETERS}


PLANNED: dict[str, Any] = {
    "seed": 7,
    "duration": 150.0,
    "bpm": 120,
    "key": "Dm",
    "time_signature": "3/4",
    "language": "de",
    "takes": 1,
}
SAID = "120 BPM, D minor, 3/4 time, sung in German, about 2:30 long"


def test_fields_that_the_api_lacks_are_words_in_the_style() -> None:
    sent = replace(CUSTOM, **PLANNED).to_wire()["input"]
    assert sent == CUSTOM.to_wire()["input"] | {"style": f"Pop, Indie, {SAID}"}
    sent = replace(SIMPLE, **PLANNED).to_wire()["input"]
    assert sent == {"prompt": f"{SIMPLE.prompt}, {SAID}"}
    instrumental = replace(CUSTOM, instrumental=True, **PLANNED).to_wire()["input"]
    assert "German" not in instrumental["style"]


def test_words_are_said_once_and_within_the_limit() -> None:
    song = replace(CUSTOM, style="Pop, 120 bpm", bpm=120, key="D minor")
    model = MODELS[0]
    assert song.described(model) == "Pop, 120 bpm, D minor"
    assert song.dropped_words(model) == []
    full = replace(song, style="x" * (TEXT_LIMITS["style"] - len(", 120 BPM")))
    assert full.described(model) == f"{full.style}, 120 BPM"
    assert full.dropped_words(model) == ["D minor"]


def test_there_is_as_much_room_as_the_model_in_use_has() -> None:
    """The limits of the first dialect are not everybody's: V6 takes 1000 characters."""
    song = replace(CUSTOM, style="x" * 200, bpm=120, duration=90.0)
    (v6,) = (model for model in SUNOAPI if model.id == "V6")
    assert song.described(v6) == f"{song.style}, 120 BPM", "the length is a field of its own"
    assert song.dropped_words(v6) == []
    assert song.dropped_words(MODELS[0]) == ["120 BPM", "about 1:30 long"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("seed", (0, 2**53 - 1), (-1, 2**53)),
        ("duration", (5.0, 600.0), (4.9, 601.0, math.nan, math.inf)),
        ("bpm", (30, 300), (29, 301)),
        ("key", ("D minor", "f#", "Bbm", "E♭ maj", "G harmonic minor"), ("", "H minor", "Dmy")),
        ("time_signature", ("2/4", "6/8"), ("5/4", "")),
        ("language", ("en", "yue"), ("english", "")),
        ("takes", (1, 8), (0, 9)),
    ],
)
def test_a_parameter_must_be_in_the_range_of_all_providers(
    name: str, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    for value in (*good, None):
        assert having(SIMPLE, name, value).problems() == ()
    for value in bad:
        (problem,) = having(CUSTOM, name, value).problems()
        assert problem.field == name


def test_a_table_edited_by_hand_loses_only_its_wrong_fields() -> None:
    table = {"title": 7, "style": "pop", "style_weight": "much", "instrumental": 1, "mood": "x"}
    assert Song.from_table(table) == Song(style="pop")
    table = {"bpm": 120.0, "takes": True, "seed": 2**63, "duration": 90, "key": 5}
    assert Song.from_table(table) == Song(duration=90.0)
    assert "`bpm` must be a whole number" in Song.misfits(table)


def test_a_model_that_is_not_on_offer_is_answered_by_a_list() -> None:
    [problem] = replace(SIMPLE, model="x").problems(SUNOAPI[:3])
    one, two, three = (model.id for model in SUNOAPI[:3])
    assert problem.message == f"there is no 'x'; choose {one}, {two} or {three}"


def test_money_and_length() -> None:
    assert [dollars(amount, Decimal("0.005")) for amount in (24, 976, 1, 0, Decimal("1000.5"))] == [
        "$0.12",
        "$4.88",
        "$0.005",
        "$0.00",
        "$5.00",
    ]
    assert [measure("abc"), measure("é"), measure("🎵"), measure("\ud800")] == [3, 1, 2, 1]

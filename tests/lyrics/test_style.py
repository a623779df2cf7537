from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suno_tui.lyrics.labelled_style import unlabelled
from suno_tui.lyrics.style import (
    KINDS,
    complete,
    contradictions,
    descriptors,
    fit,
    join,
    kind_of,
    move,
    remove,
    vocabulary,
)
from suno_tui.providers.capabilities import measure


def test_the_vocabulary_has_every_kind_and_no_word_twice_in_one() -> None:
    words = vocabulary()
    assert len(words) > 400
    assert {word.kind for word in words} == set(KINDS)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Pop", "genre"),
        ("warm felt piano", "instrument"),
        ("92 bpm", "tempo"),
        ("female vocals", "voice"),
        ("Dreamy", "mood"),
        ("zorblax", None),
    ],
)
def test_descriptors_have_kinds(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_completion_continues_the_descriptor_at_the_cursor() -> None:
    assert complete("Pop, elec")[0].text == "electronic"
    assert "synthwave" in [word.text for word in complete("Pop, syn")]
    assert "dreamy" in [word.text for word in complete("dre, Pop", 3)]
    assert complete("") == ()
    assert complete("Pop, ") == ()


def test_completion_leaves_out_present_ones_and_puts_the_users_own_first() -> None:
    assert "indie pop" not in [word.text for word in complete("indie pop, indie p")]
    first = complete("Sou", own=["southside garage", "soul"])[0]
    assert (first.text, first.kind) == ("southside garage", "yours")


def test_contradictions_are_pairs_as_written() -> None:
    (pair,) = contradictions("Slow, Pop, Uptempo")
    assert (pair.one, pair.other) == ("Slow", "Uptempo")
    assert contradictions("pop, indie, warm") == ()


def test_fit_drops_duplicates_first_and_then_the_most_frequent_kind() -> None:
    style = "pop, piano, violin, Pop, cello, flute, dreamy"
    text, dropped = fit(style, limit=30)
    assert dropped[0] == "Pop"
    assert text.startswith("pop, ")
    assert "dreamy" in text
    assert measure(text) <= 30
    assert fit("Pop, Indie", 200) == ("Pop, Indie", ())


@example("., 0", 60)
@example("soft., slow", 60)
@example("Soft.\tSlow", 60)
@given(st.text(max_size=300), st.integers(5, 60))
def test_fit_loses_no_descriptor(style: str, limit: int) -> None:
    text, dropped = fit(style, limit)
    assert measure(text) <= limit
    if measure(join(descriptors(style))) <= limit and not dropped:
        # Of the space between sentences, one is left.
        assert text.split() == join(descriptors(style)).split()


@pytest.mark.parametrize(
    ("style", "column", "step", "expected"),
    [
        ("pop, indie, slow", 2, 1, ("indie, pop, slow", 10)),
        ("pop, indie, slow", 16, -1, ("pop, slow, indie", 9)),
        ("pop, indie, slow", 7, 1, ("pop, slow, indie", 16)),
        ("pop, indie", 1, -1, ("pop, indie", 1)),
        ("", 0, 1, ("", 0)),
    ],
)
def test_a_descriptor_moves_with_its_cursor(
    style: str, column: int, step: int, expected: tuple[str, int]
) -> None:
    assert move(style, column, step) == expected


def test_a_descriptor_is_removed() -> None:
    assert remove("pop, indie, slow", 7)[0] == "pop, slow"
    assert remove("pop", 1) == ("", 0)
    assert remove("", 0) == ("", 0)


DATA = Path(__file__).with_name("data")


def test_labels_come_off_and_exclusions_go_their_own_way() -> None:
    style, excluded = unlabelled((DATA / "style-labelled.txt").read_text())
    assert excluded == "Trap, Techno, Pop, Metal"
    assert style.startswith("Sea Shanty, Dark Folk, weathered bass vocals, concertina drone, ")
    assert not set(':"') & set(style)
    fitted, dropped = fit(style, 200)
    assert len(fitted) <= 200
    assert "weathered bass vocals" in fitted and "84 BPM" in fitted
    assert set(dropped) == {"ends on the drone alone", "half spoken verse", "tape warmth"}


def test_sentences_are_borders_and_the_voice_and_the_tempo_stay() -> None:
    style, excluded = unlabelled((DATA / "style-740.txt").read_text())
    assert excluded.startswith("shouting, autotune, synth leads")
    fitted, _ = fit(style, 200)
    assert len(fitted) <= 200
    assert ". 84 BPM stomp on wooden boards" in fitted
    assert "Weathered bass voice in front" in fitted
    assert "fiddles. 84" not in fitted


@pytest.mark.parametrize(
    ("text", "style", "excluded"),
    [
        ("dream pop, warm: always", "dream pop, warm: always", ""),
        ("Genre: pop BPM: 84 Vocals: female, raspy", "pop, 84 bpm, female, raspy vocals", ""),
        ('Vocals: "Male', "Male vocals", ""),
        ("folk. Exclude: no drums; without synths", "folk.", "drums, synths"),
        ("Exclude: trap", "", "trap"),
    ],
)
def test_labels(text: str, style: str, excluded: str) -> None:
    assert unlabelled(text) == (style, excluded)

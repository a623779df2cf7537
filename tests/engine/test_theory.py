"""Keys and chords by name."""

from __future__ import annotations

import pytest

from suno_tui.engine.theory import MODES, Key, chord, parse_key

C_MAJOR = Key(0, "major")
A_MINOR = Key(9, "minor")


@pytest.mark.parametrize(
    ("key", "symbol", "colour", "classes"),
    [
        (C_MAJOR, "I", "triad", {0, 4, 7}),
        (C_MAJOR, "ii", "seventh", {2, 5, 9, 0}),
        (C_MAJOR, "V", "seventh", {7, 11, 2, 5}),
        (C_MAJOR, "IV", "ninth", {5, 9, 0, 4, 7}),
        (C_MAJOR, "bVII", "triad", {10, 2, 5}),
        (C_MAJOR, "iv6", "triad", {5, 8, 0, 2}),
        (C_MAJOR, "V", "power", {7, 2}),
        (A_MINOR, "i", "triad", {9, 0, 4}),
        (A_MINOR, "VI", "triad", {5, 9, 0}),
        (A_MINOR, "V7", "triad", {4, 8, 11, 2}),
        (Key(2, "dorian"), "IV", "triad", {7, 11, 2}),
        (Key(9, "harmonic minor"), "iio", "triad", {11, 2, 5}),
    ],
)
def test_a_numeral_is_read_in_its_key(
    key: Key, symbol: str, colour: str, classes: set[int]
) -> None:
    assert chord(symbol, key, colour).classes == classes


def test_a_word_that_is_no_numeral_is_refused() -> None:
    with pytest.raises(ValueError, match="not a chord"):
        chord("H7", C_MAJOR)


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [
        ("a ballad in d minor, slow", 2, "minor"),
        ("in F# dorian", 6, "dorian"),
        ("Bb major, warm", 10, "major"),
        ("c sharp minor", 1, "minor"),
        ("key of G", 7, "major"),
        ("in Am", 9, "minor"),
        ("a major hit", 9, "major"),
        ("nothing of the kind", None, None),
        ("in the deep of night", None, None),
    ],
)
def test_a_key_is_found_in_words(text: str, tonic: int | None, mode: str | None) -> None:
    assert parse_key(text) == (tonic, mode)


@pytest.mark.parametrize("mode", MODES)
def test_seven_steps_are_an_octave(mode: str) -> None:
    key = Key(4, mode)
    for pitch in range(40, 80):
        assert key.contains(key.step(pitch, 3))
        assert key.step(pitch, 7) - key.step(pitch, 0) == 12

"""Text from outside reaches the terminal as text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.text import clean, clock, signs


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (
            "[Chorus] [/chorus] [bold] [@click=app.quit]x",
            "[Chorus] [/chorus] [bold] [@click=app.quit]x",
        ),
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("\x9b31m\x7f", "�31m␡"),
        ("a\tb\r\nc\rd", "a b c d"),
        ("abc \u202egnp.exe", "abc �gnp.exe"),
        ("שלום 👩‍👩‍👧 é", "שלום 👩‍👩‍👧 é"),
        ("\ud800", "�"),
    ],
)
def test_what_is_shown(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_lines_stay_lines() -> None:
    assert clean("a\r\n\tb\rc\x1b", lines=True) == "a\n  b\nc␛"


@given(st.text(st.characters()), st.booleans())
def test_no_control_character_is_left(text: str, lines: bool) -> None:
    shown = clean(text, lines=lines).replace("\n", "" if lines else "\n")
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs")]
    assert clean(shown) == shown


@given(st.text(st.characters()))
def test_each_character_has_its_sign(text: str) -> None:
    shown = signs(text)
    assert len(shown) == len(text)
    assert clean(shown) == shown
    assert signs("a\x1b\r\tb") == "a␛  b"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-1, "0:00"), (20.99, "0:20"), (198, "3:18"), (3729.6, "1:02:09")]
)
def test_a_length_counts_whole_seconds(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown

"""Text from outside reaches the terminal as text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suno_tui.common.text import (
    MOST_MARKS,
    clean,
    clean_in_place,
    clock,
    deadline,
    for_clipboard,
    limit_marks,
)


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


@example("\u0300" * 5)
@given(st.text(st.characters()))
def test_each_character_has_its_sign(text: str) -> None:
    shown = clean_in_place(text)
    assert len(shown) == len(text)
    assert clean(shown) == limit_marks(shown)  # marks stay: positions would not be the same
    assert clean_in_place("a\x1b\r\tb") == "a␛  b"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-1, "0:00"), (20.99, "0:20"), (198, "3:18"), (3729.6, "1:02:09")]
)
def test_a_length_counts_whole_seconds(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍⚕️ ❤️‍🔥 🙂‍↔️ 1️⃣",
        "می‌خواهم",
        "क्‍ष र्‍य ন্‌ত র‍্যাব",
        "שָׁלוֹם הָאָ֖רֶץ",
        "Tiếng Việt e\u0302\u0323\u0301",
        "\u06dd\u0661",
    ],
)
def test_characters_that_text_needs_are_kept(text: str) -> None:
    assert clean(text) == clean_in_place(text) == for_clipboard(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200db", "a�b"),
        ("a\u200cb\u200d", "a�b�"),
        ("ا\u200d\u200d\u200cب", "ا���ب"),
        ("👩\u200dx", "👩�x"),
        ("👩\u200d", "👩�"),
        ("\u200d👩", "�👩"),
        ("👩\u200c👩", "👩�👩"),
        ("x\u200b\u200e\u200f\u2060\xad\u180ey", "x������y"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴���"),
        ("\U000e0001\U000e0041\U000e01f0", "���"),
        ("\U0010eeee\u0305\u0305", "�\u0305\u0305"),
        ("e" + "\u0301" * 300 + "x", "e" + "\u0301" * 4 + "x"),
        ("क" + "\u093c\u200d" * 50, "क" + "\u093c\u200d" * 3 + "\u093c"),
    ],
)
def test_hidden_characters_are_shown_and_piles_of_marks_cut(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert clean(clean(text)) == shown


def test_every_format_character_is_a_sign_but_those_that_are_seen() -> None:
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    left = [char for char in hidden if clean(f"a{char}b") == f"a{char}b"]
    seen = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    assert left == [*seen]


@given(st.text(st.characters()), st.booleans())
def test_of_a_pile_four_marks_are_left(text: str, lines: bool) -> None:
    marks = 0
    for char in clean("e" + "\u0301\u0489" * 9 + text, lines=lines):
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        assert marks <= MOST_MARKS


@given(st.text(st.characters()), st.booleans())
def test_a_clipboard_gets_text_only(text: str, lines: bool) -> None:
    plain = for_clipboard("a\x1b[201~\r\n\tb\rtouch x\r\x9b\x00" + text, lines=lines)
    assert plain.startswith("a[201~\n\tb\ntouch x\n" if lines else "a[201~ b touch x ")
    rest = plain.replace("\t", "").replace("\n", "") if lines else plain
    assert not [char for char in rest if unicodedata.category(char) in ("Cc", "Cs")]
    assert clean(rest) == limit_marks(rest), "nothing in it would be shown by a sign"


def test_a_deadline_has_a_date_if_a_day_of_the_week_is_ambiguous() -> None:
    now = datetime.now(UTC)
    soon, late = now + timedelta(days=1), now + timedelta(days=14)
    assert deadline(soon) == f"{soon.astimezone():%a %H:%M}"
    assert deadline(late) == f"{late.astimezone().day} {late.astimezone():%b %H:%M}"

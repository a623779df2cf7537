"""File names from titles that hold anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.common.filenames import FALLBACK
from suno_tui.library.filenames import MOST_BYTES, file_name, fold


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Summer Nights", "summer-nights"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", FALLBACK),
        ("", FALLBACK),
        ("🎵🎵", FALLBACK),
        ("CON", "con-"),
        ("Don't Stop", "dont-stop"),
        ("夏の夜", "夏の夜"),
        ("Ünïcödé — São Paulo", "ünïcödé-são-paulo"),
        ("हिन्दी गाना", "हिन्दी-गाना"),
        ("a\x00b\x1b[31m", "a-b-31m"),
        ("ﬁne²", "fine2"),
    ],
)
def test_names(title: str, name: str) -> None:
    assert file_name(title) == name


@given(st.text(max_size=300))
def test_a_name_is_always_safe(title: str) -> None:
    name = file_name(title)
    assert name
    assert len(name.encode()) <= MOST_BYTES + 1
    assert not name.startswith((".", "-"))
    assert unicodedata.normalize("NFC", name) == name
    for character in name:
        assert character == "-" or unicodedata.category(character)[0] in "LNM"
    assert file_name(name) == name


def test_sorting_goes_by_value_and_not_by_case_or_accent() -> None:
    titles = ["Take 10", "take 2", "Éclair", "eclipse", "Zebra"]
    assert sorted(titles, key=fold) == ["Éclair", "eclipse", "take 2", "Take 10", "Zebra"]

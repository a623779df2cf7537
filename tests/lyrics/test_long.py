"""A key in very long lyrics reads the line that it changes, and no other, once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from suno_tui.lyrics import elsewhere, sections, syllables

LINES = [
    f"[Verse {at}]" if at % 9 == 0 else f"A line of the song, number {at}" for at in range(3000)
]


@pytest.mark.parametrize(
    ("ask", "read"),
    [
        (sections.outline, sections._parts),
        (syllables.language_is_english, syllables._more_english),
        (elsewhere.what_is_foreign, elsewhere._clean_line),
        (elsewhere.what_is_foreign, elsewhere._chords_in),
    ],
)
def test_a_key_reads_one_line(ask: Callable[[str], object], read: Any) -> None:
    ask("\n".join(LINES))
    before = read.cache_info().misses
    ask("\n".join([*LINES[:1500], f"Another line for {read.__name__}", *LINES[1501:]]))
    assert read.cache_info().misses == before + 1

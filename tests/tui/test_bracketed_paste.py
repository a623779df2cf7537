"""Pastes arrive whole, in order and as plain text, however the input is split."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textual.events import Paste

from suno_tui.tui.terminal.bracketed_paste import END, PATIENCE, START, PasteParser, plain


def read(*pieces: str) -> list[str]:
    """Return what the parser makes of pieces of input; a paste is in brackets."""
    pastes, found = PasteParser(), []
    for piece in pieces:
        found += list(pastes.feed(piece, 0.0))
    found += list(pastes.settle(PATIENCE))
    return [f"[{part.text}]" if isinstance(part, Paste) else part for part in found]


def test_keys_around_a_paste_keep_their_order() -> None:
    assert read(f"ab{START}one\rtwo{END}cd{START}x{END}") == ["ab", "[one\ntwo]", "cd", "[x]"]


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("\x1b]0;title\x07after \x1bPx\x1b\\end", "after end"),
        ("one\x1btwo\x00\x7f\x9b3", "onetwo3"),
        ("tab\tand\r\nlines\n", "tab\tand\nlines\n"),
        ("\x1b]never closed\nnext", "]never closed\nnext"),
    ],
)
def test_escape_sequences_and_controls_are_removed(pasted: str, text: str) -> None:
    assert read(START + pasted + END) == [f"[{text}]"]
    assert plain(pasted) == text


@given(st.lists(st.integers(0, 60)), st.text(alphabet="ab\x1b[m\n2~", max_size=30))
def test_any_split_of_the_input_gives_the_same(cuts: list[int], pasted: str) -> None:
    whole = f"k{START}{pasted}{END}k"
    pieces = _cut(whole, cuts)
    assume("\x1b" not in pieces)  # read alone, that is the Esc key
    assert "".join(read(*pieces)) == f"k[{plain(pasted)}]k"


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[a:b] for a, b in pairwise(places)]


def test_a_paste_that_is_never_closed_ends_and_keys_are_keys_again() -> None:
    pastes = PasteParser()
    assert list(pastes.feed(START + "lost", 0.0)) == []
    assert list(pastes.settle(PATIENCE / 2)) == []
    assert [part.text for part in pastes.settle(PATIENCE) if isinstance(part, Paste)] == ["lost"]
    assert list(pastes.feed("q", PATIENCE)) == ["q"]


def test_escape_is_passed_on_at_once() -> None:
    pastes = PasteParser()
    assert list(pastes.feed("\x1b", 0.0)) == ["\x1b"]
    assert list(pastes.feed("\x1b[20", 0.0)) == []
    assert list(pastes.settle(0.1)) == ["\x1b[20"]

"""Which keys are accepted before the whole screen is mounted."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.events import Key, Paste

from suno_tui.tui.startup.key_queue import KeyQueue, accept_all, accept_moves, accept_text


@pytest.mark.parametrize(
    ("event", "of_text", "of_a_list"),
    [
        (Key("l", "l"), False, True),
        (Key("upper_l", "L"), False, True),
        (Key("plus", "+"), False, True),
        (Key("down", None), True, False),
        (Key("pageup", None), True, False),
        (Key("alt+down", None), True, True),
        (Key("alt+l", "l"), True, True),  # it opens the library, which may not be mounted yet
        (Key("ctrl+g", "\x07"), True, True),
        (Key("enter", "\r"), True, True),
        (Paste("a whole song"), True, True),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_keys_wait_until_a_widget_can_take_them(
    event: Key | Paste, of_text: bool, of_a_list: bool
) -> None:
    for lets, held in ((accept_text, of_text), (accept_moves, of_a_list), (accept_all, False)):
        key_queue = KeyQueue(App[Any](), open=False)
        key_queue.open(lets)
        assert key_queue.holds(event) is held

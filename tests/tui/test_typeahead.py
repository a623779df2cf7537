"""What may come in before the whole screen is there."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.events import Key, Paste

from suno_tui.tui.typeahead import TypeAhead


@pytest.mark.parametrize(
    ("event", "held"),
    [
        (Key("l", "l"), False),
        (Key("upper_l", "L"), False),
        (Key("plus", "+"), False),
        (Key("alt+l", "l"), True),  # it leads to the library, which may not be there yet
        (Key("ctrl+g", "\x07"), True),
        (Key("enter", "\r"), True),
        (Paste("a whole song"), True),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_before_all_is_there_only_text_comes_in(event: Key | Paste, held: bool) -> None:
    app = App[Any]()
    typeahead = TypeAhead(app, open=False)
    typeahead.open(texts=True)
    assert typeahead.holds(event) is held

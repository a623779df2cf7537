"""The chosen word stands out by its background, with the focus and without it."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.widgets import Button

from suno_tui.tui.themes import builtin
from suno_tui.tui.themes.themed_app import ThemedApp
from suno_tui.tui.widgets.choice import Choice


class Choosing(ThemedApp):
    def on_mount(self) -> None:
        self.theme = builtin.DEFAULT

    def compose(self) -> ComposeResult:
        yield Choice("mode", [("simple", "Simple"), ("custom", "Custom")])
        yield Button("other")


def grounds(choice: Choice) -> dict[str, object]:
    """Return the background of each word."""
    strip = choice.render_line(0)
    return {
        segment.text.strip(): segment.style and segment.style.bgcolor
        for segment in strip
        if segment.text.strip()
    }


@pytest.mark.parametrize("term", ["xterm", "xterm-256color"])
async def test_the_chosen_word_stands_out_without_brackets(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM", raising=False)
    app = Choosing()
    app.register_theme(builtin.DARK)
    async with app.run_test(size=(40, 5)) as pilot:
        choice = app.query_one(Choice)
        choice.focus()
        await pilot.press("right")
        assert choice.value == "custom"
        focused = grounds(choice)
        assert {*focused} == {"Simple", "Custom"}
        assert focused["Custom"] != focused["Simple"]
        app.query_one(Button).focus()
        await pilot.pause()
        blurred = grounds(choice)
        assert blurred["Custom"] not in (blurred["Simple"], focused["Custom"])

"""The welcome above the composer, shown while there are no tasks and no tracks."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from suno_tui.config.settings import LOCAL
from suno_tui.studio import Studio
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.widgets.content import one_line

WIDE = 80
"""Columns from which there is room to name other providers."""


class Welcome(Static):
    """The first steps for a new user."""

    def __init__(self) -> None:
        super().__init__(id="welcome")

    def show(self, studio: Studio, keymap: Keymap, *, short: bool) -> None:
        """Show the text with the provider and the user's keys, in two rows if `short`."""
        takes = studio.capabilities(studio.provider).default_model.takes[0]
        text = self._text(studio.provider, takes, keymap, short)
        if text != self.content:
            self.update(text)

    def _text(self, provider: str, takes: int, keymap: Keymap, short: bool) -> Content:
        key = "bold $footer-key-foreground"
        made_by = f'Songs are made by "{one_line(provider, 20)}".'
        if provider == LOCAL:
            made_by = "Free, on this machine, with no account. "
            offer = "Your key or ACE-Step" if short else "Your own key, or your own ACE-Step"
            if not short or self.app.size.width >= WIDE:
                made_by += f"{offer}: {keymap.chord('providers')}."
        return Content.assemble(
            ("Welcome. ", "bold $foreground"),
            "Say what you want to hear; ",
            (keymap.chord("generate"), key),
            " makes 1 take." if takes == 1 else f" makes {takes} takes.",
            "\n" if short else " ",
            f"{made_by} ",
            (keymap.chord("help"), key),
            ": help.",
        )

"""A pane: a framed place with a name, in which actions work."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content

from suno_tui.tui.widgets.content import content


class Pane(Vertical):
    """A framed part of the main screen. `place` is its name in the table of keys."""

    place = ""

    DEFAULT_CSS = """
    Pane {
        border: round $border;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        border-title-style: none;
        background: $surface;
        padding: 0 1;
        &.-active {
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
        }
    }
    """

    # Not by `:focus-within`: that styles everything in the pane anew with each move of the focus.
    def on_descendant_focus(self) -> None:
        self._show_active()

    def on_descendant_blur(self) -> None:
        self._show_active()

    def _show_active(self) -> None:
        # The two messages come in any order: what counts is who has the focus now.
        focused = self.screen.focused
        self.set_class(focused is not None and self in focused.ancestors, "-active")

    def set_title(self, title: str) -> None:
        """The name in the frame's upper edge; text, never markup."""
        self.border_title = _as_border(title)

    def set_subtitle(self, text: str) -> None:
        """What stands in the frame's lower edge; text, never markup."""
        self.border_subtitle = _as_border(text)


def _as_border(text: str) -> Content:
    # Textual reads a str here as markup; content it takes as it is.
    return content(text)

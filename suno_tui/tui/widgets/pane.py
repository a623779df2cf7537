"""A pane: a framed part of the screen with a name, in which actions work."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content

from suno_tui.tui.widgets.content import content


class Pane(Vertical):
    """A framed part of the main screen. `place` is its name in the table of actions."""

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

    # Not by `:focus-within`, which restyles the whole pane with each move of the focus.
    def on_descendant_focus(self) -> None:
        self._show_active()

    def on_descendant_blur(self) -> None:
        self._show_active()

    def _show_active(self) -> None:
        # The two messages come in any order, so ask which widget has the focus now.
        focused = self.screen.focused
        self.set_class(focused is not None and self in focused.ancestors, "-active")

    _key, _title = "", ""

    def set_key(self, key: str) -> None:
        """Show the key that leads to the pane, before its title."""
        self._key = key
        self.set_title(self._title)

    def set_title(self, title: str) -> None:
        """Show text, not markup, in the upper edge of the frame."""
        self._title = title
        self.border_title = _as_border(f"[{self._key}] {title}" if self._key else title)

    def set_subtitle(self, text: str) -> None:
        """Show text, not markup, in the lower edge of the frame."""
        self.border_subtitle = _as_border(text)


def _as_border(text: str) -> Content:
    # Textual parses a str here as markup, but not content.
    return content(text)

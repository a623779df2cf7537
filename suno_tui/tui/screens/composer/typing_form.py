"""A form whose text fields take keys as text only while the user types."""

from __future__ import annotations

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from suno_tui.tui.screens.composer.row import FieldRow, Head
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.slider import Slider


class TypingForm(VerticalScroll, can_focus=False):
    """Holds whether the user types, for all fields: Tab and Enter continue in the next one."""

    typing = False
    """Whether keys are text in the text fields; else a field is only selected."""

    class TypingChanged(Message):
        """The user began to type, or stopped."""

    def set_typing(self, typing: bool) -> None:
        """Take keys as text from now on, or as commands."""
        if typing != self.typing:
            self.typing = typing
            self.propagate_typing(*self.query("*"))
            self.post_message(self.TypingChanged())

    def propagate_typing(self, *widgets: Widget) -> None:
        """Tell fields and rows whether the user types."""
        for widget in widgets:
            if isinstance(widget, SongField | FieldRow | Head):
                widget.show_typing(self.typing)
            elif isinstance(widget, Slider):
                widget.takes_text = self.typing

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to type with a click into a text field."""
        widget, _ = self.screen.get_widget_at(*event.screen_offset)
        if isinstance(widget, SongField):
            self.set_typing(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to the actions that select a field."""
        if action in ("scroll_up", "scroll_down", "scroll_left", "scroll_right"):
            return False
        return super().check_action(action, parameters)

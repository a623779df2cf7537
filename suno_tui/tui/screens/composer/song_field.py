"""A text field of a song, which passes a pasted whole song to the form."""

from __future__ import annotations

from textual import events
from textual.message import Message

from suno_tui.tui.widgets.text_field import TextField


class SongField(TextField):
    """A field of the composer's form: keys are text only while `takes_text`."""

    takes_text = False
    """Whether the user types; else the field is only selected, and keys are commands."""

    class SongPasted(Message):
        """A whole song was pasted: its fields, to fill the form instead of this field."""

        def __init__(self, fields: dict[str, str]) -> None:
            super().__init__()
            self.fields = fields

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Turn off the keys of a text field while it is only selected."""
        return self.takes_text and super().check_action(action, parameters)

    @property
    def _draw_cursor(self) -> bool:
        return self.takes_text and super()._draw_cursor

    async def _on_key(self, event: events.Key) -> None:
        if not self.takes_text:
            event.prevent_default()

    def show_typing(self, typing: bool) -> None:
        """Take keys as text from now on, or no longer."""
        self.takes_text = typing
        if self.is_mounted and self.has_focus:
            self.scroll_cursor_visible()
            if not typing:
                self.close_completion()
            self.redraw_cursor()

    def paste(self, text: str) -> bool:
        """Pass a whole song to the form; return False if the text is none."""
        from suno_tui.lyrics.pasted import read_song

        fields = read_song(text)
        if fields is None or not self.takes_song(fields):
            return False
        self.post_message(self.SongPasted(fields))
        return True

    def takes_song(self, fields: dict[str, str]) -> bool:
        """Return whether a pasted text with these fields is a whole song here."""
        return self.name != "prompt" or "lyrics" in fields

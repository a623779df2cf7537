"""A text field of a song, which passes a pasted whole song to the form."""

from __future__ import annotations

from textual.message import Message

from suno_tui.tui.widgets.text_field import TextField


class SongField(TextField):
    """A field of the composer's form."""

    class SongPasted(Message):
        """A whole song was pasted: its fields, to fill the form instead of this field."""

        def __init__(self, fields: dict[str, str]) -> None:
            super().__init__()
            self.fields = fields

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

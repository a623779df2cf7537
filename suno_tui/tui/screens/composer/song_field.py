"""A text field of a song: a whole song that is pasted into it goes to the form."""

from __future__ import annotations

from textual.message import Message

from suno_tui.tui.widgets.text_field import TextField


class SongField(TextField):
    """A field of the composer's form."""

    class SongPasted(Message):
        """A whole song was pasted: its fields, to fill the form in place of this field."""

        def __init__(self, fields: dict[str, str]) -> None:
            super().__init__()
            self.fields = fields

    def paste(self, text: str) -> bool:
        """Give a whole song to the form, whichever field has the cursor; False if it is none."""
        from suno_tui.lyrics.pasted import read_song

        fields = read_song(text)
        if fields is None or not self.takes_song(fields):
            return False
        self.post_message(self.SongPasted(fields))
        return True

    def takes_song(self, fields: dict[str, str]) -> bool:
        """Whether a pasted text with these fields is a whole song here."""
        return self.name != "prompt" or "lyrics" in fields

"""A text field of a song, which passes a pasted whole song to the form."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.document._document import Location
from textual.message import Message

from suno_tui.providers.capabilities import measure
from suno_tui.tui.widgets.text_field import TextField


class SongField(TextField):
    """A field of the composer's form: keys are text only while `takes_text`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"song--over"}
    DEFAULT_CSS = "SongField .song--over { color: $error; text-style: underline; }"

    takes_text = False
    """Whether the user types; if not, the field is only selected, and keys are commands."""

    _over: Location | None = None
    """Where the part of the text beyond its limit begins."""

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

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self._over is not None and line_index >= self._over[0]:
            start = self._over[1] if line_index == self._over[0] else 0
            line.stylize(self.get_component_rich_style("song--over", partial=True), start)
        return line

    def mark_over(self, limit: int) -> None:
        """Mark the text beyond `limit` characters, as `measure` counts them."""
        over = None
        if measure(self.text) > limit:
            before = self.text[: _within(self.text, limit)]
            over = before.count("\n"), len(before) - before.rfind("\n") - 1
        if over != self._over:
            ends = [each[0] for each in (over, self._over) if each is not None]
            self._over = over
            self._line_cache.clear()
            # Lines after the last of two marks look the same as before.
            last = max(ends) if len(ends) == 2 else self.document.line_count
            self._refresh_rows(min(ends), last)

    def show_typing(self, typing: bool) -> None:
        """Take keys as text from now on, or no longer."""
        self.takes_text = typing
        if self.is_mounted and self.has_focus:
            self.scroll_cursor_visible()
            if not typing:
                self.close_completion()
            self.redraw_cursor()

    def paste(self, text: str) -> bool:
        """Pass a whole song to the form; return False if the text is not a whole song."""
        from suno_tui.lyrics.pasted import read_song

        fields = read_song(text)
        if fields is None or not self.takes_song(fields):
            return False
        self.post_message(self.SongPasted(fields))
        return True

    def takes_song(self, fields: dict[str, str]) -> bool:
        """Return whether a pasted text with these fields is a whole song here."""
        return self.name != "prompt" or "lyrics" in fields


def _within(text: str, limit: int) -> int:
    """Return how many characters of a text that is too long are within the limit."""
    totals = accumulate(map(measure, text))
    return next(index for index, total in enumerate(totals) if total > limit)

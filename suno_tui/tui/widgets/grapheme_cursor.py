"""A text area whose cursor passes over letters with their vowel signs, and over joined emoji."""

from __future__ import annotations

import unicodedata

from textual.document._document import Location
from textual.widgets import TextArea

from suno_tui.tui.terminal.widths import edge


class GraphemeCursor(TextArea):
    """Moves the cursor by graphemes; Textual moves it by code points."""

    def get_cursor_left_location(self) -> Location:
        row, column = super().get_cursor_left_location()
        return row, edge(self.document.get_line(row), column, after=False)

    def get_cursor_right_location(self) -> Location:
        row, column = super().get_cursor_right_location()
        return row, edge(self.document.get_line(row), column, after=True)

    def action_delete_left(self) -> None:
        row, column = self.cursor_location
        character = self.document.get_line(row)[column - 1 : column] if column else ""
        if self.selection.is_empty and character and unicodedata.category(character)[0] == "M":
            # A vowel sign or an accent is deleted by itself, as typists expect.
            self._delete_via_keyboard((row, column - 1), (row, column))
        else:
            super().action_delete_left()

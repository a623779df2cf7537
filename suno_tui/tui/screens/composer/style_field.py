"""The style and exclude fields: completed from the vocabulary and the user's own library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.text_field import Completion


class StyleField(SongField):
    """Descriptors between commas. `own` gives the words of the user's library, most used first."""

    shy = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+left", "move_descriptor(-1)", show=False),
        Binding("alt+right", "move_descriptor(1)", show=False),
        # A legacy terminal's Alt+Backspace is Ctrl+W for Textual.
        Binding("ctrl+w,alt+backspace,alt+delete", "remove_descriptor", show=False),
    ]

    def __init__(
        self,
        name: str,
        text: str = "",
        *,
        own: Callable[[], Sequence[str]],
        rows: int = 1,
        placeholder: str = "",
    ) -> None:
        super().__init__(name, text, rows=rows, placeholder=placeholder)
        self._own = own

    def complete(self) -> tuple[Completion, ...]:
        # One written by hand may have more lines than one.
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if line[column : column + 1].strip(",; "):
            return ()
        from suno_tui.lyrics.style import at_cursor, complete

        start, _ = at_cursor(line, column)
        words = complete(line, column, own=self._own())
        capital = line[start : start + 1].isupper()
        return tuple(
            Completion(_like(word.text, capital), start, word.text, word.kind) for word in words
        )

    def action_move_descriptor(self, step: int) -> None:
        """Move the descriptor under the cursor among the others."""
        from suno_tui.lyrics.style import move

        self._change(*move(self.text, self._place, step))

    def action_remove_descriptor(self) -> None:
        """Take the descriptor under the cursor out."""
        from suno_tui.lyrics.style import remove

        self._change(*remove(self.text, self._place))

    @property
    def _place(self) -> int:
        """Where the cursor is in the whole text."""
        return len(self.get_text_range((0, 0), self.cursor_location))

    def _change(self, style: str, column: int) -> None:
        self.replace_all(style)
        self.move_cursor((0, column))
        self.close_completion()


def _like(text: str, capital: bool) -> str:
    return text[:1].upper() + text[1:] if capital else text

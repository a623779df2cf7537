"""The style and exclude fields, completed from the vocabulary and the user's own library."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.completion import Completion

if TYPE_CHECKING:
    from suno_tui.library.store import Library


class OwnDescriptors:
    """Descriptors of the user's own library, the most used first; empty until they are read."""

    def __init__(self, library: Callable[[], Library]) -> None:
        self._library = library
        self._found: tuple[str, ...] | None = None

    def __call__(self) -> Sequence[str]:
        if self._found is None:
            self._found = ()
            # A big library takes seconds, and neither typing nor quitting must wait for it.
            threading.Thread(target=self._read, name="own descriptors", daemon=True).start()
        return self._found

    def _read(self) -> None:
        from suno_tui.lyrics.style import descriptors

        # The studio may be closed meanwhile.
        with contextlib.suppress(Exception):
            tracks = self._library().tracks(limit=500)
            used = Counter(part for track in tracks for part in descriptors(track.style))
            self._found = tuple(text for text, _ in used.most_common(200))


class StyleField(SongField):
    """Descriptors between commas. `own` returns those of the user's library, most used first."""

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
        # A draft edited by hand may have several lines.
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if line[column : column + 1].strip(",; "):
            return ()
        from suno_tui.lyrics.style import at_cursor, complete

        start, _ = at_cursor(line, column)
        words = complete(line, column, own=self._own())
        capital = line[start : start + 1].isupper()
        return tuple(
            Completion(_with_capital(word.text, capital), start, word.text, word.kind)
            for word in words
        )

    def action_move_descriptor(self, step: int) -> None:
        """Move the descriptor under the cursor among the others."""
        from suno_tui.lyrics.style import move

        self._change(*move(self.text, self._place, step))

    def action_remove_descriptor(self) -> None:
        """Remove the descriptor under the cursor."""
        from suno_tui.lyrics.style import remove

        self._change(*remove(self.text, self._place))

    @property
    def _place(self) -> int:
        """The cursor's place in the whole text."""
        return len(self.get_text_range((0, 0), self.cursor_location))

    def _change(self, style: str, column: int) -> None:
        self.replace_all(style)
        self.move_cursor((0, column))
        self.close_completion()


def _with_capital(text: str, capital: bool) -> str:
    return text[:1].upper() + text[1:] if capital else text

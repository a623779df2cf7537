"""A one-line field that shows control characters as visible signs."""

from __future__ import annotations

from itertools import accumulate

from rich.cells import cell_len, get_character_cell_size
from rich.text import Text
from textual.widgets import Input
from textual.widgets.input import Selection

from suno_tui.common.text import clean_in_place
from suno_tui.tui.terminal.widths import edge


class SafeInput(Input):
    """Shows signs for the control characters of its value, which itself is unchanged."""

    # A tint would be a colour that the palettes for 256 and 16 colours do not have.
    DEFAULT_CSS = "SafeInput:focus { background-tint: transparent; }"

    cursor_blink = False

    @property
    def _value(self) -> Text:
        return Text(clean_in_place(self.value), no_wrap=True, overflow="ignore", end="")

    def action_cursor_left(self, select: bool = False) -> None:
        super().action_cursor_left(select)
        self._keep_whole(after=False)

    def action_cursor_right(self, select: bool = False) -> None:
        super().action_cursor_right(select)
        self._keep_whole(after=True)

    def _keep_whole(self, *, after: bool) -> None:
        """Move the cursor out of a letter with its marks."""
        start, end = self.selection
        whole = edge(self.value, end, after=after)
        self.selection = Selection(whole if start == end else start, whole)

    def _position_to_cell(self, position: int) -> int:
        return cell_len(clean_in_place(self.value[:position]))

    def _cell_offset_to_index(self, offset: int) -> int:
        at = offset + self.scroll_offset.x
        ends = accumulate(map(get_character_cell_size, clean_in_place(self.value)))
        return next((place for place, end in enumerate(ends) if at < end), len(self.value))

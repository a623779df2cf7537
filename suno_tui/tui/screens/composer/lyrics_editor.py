"""The lyrics editor, which knows section tags and counts the syllables of each line."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document import Location
from textual.strip import Strip

from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.completion import Completion

COUNT_WIDTH = 4
"""Columns at the right edge for the count of syllables."""


class LyricsEditor(SongField):
    """Lyrics of up to 3,000 characters, with coloured tags and counted syllables."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lyrics--tag",
        "lyrics--cue",
        "lyrics--doubt",
        "lyrics--count",
    }
    DEFAULT_CSS = """
    LyricsEditor {
        height: 1fr;
        min-height: 5;
        scrollbar-size-vertical: 1;
        & .lyrics--tag { color: $primary; text-style: bold; }
        & .lyrics--cue { color: $secondary; }
        & .lyrics--doubt { color: $warning; }
        & .lyrics--count { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+up,alt+up", "section(-1)", show=False),
        Binding("ctrl+down,alt+down", "section(1)", show=False),
    ]

    def __init__(self, text: str, classes: str | None = None) -> None:
        super().__init__(
            "lyrics",
            text,
            many_lines=True,
            placeholder="Type [ for a section tag, or paste a whole song",
            classes=classes,
        )
        self._english: bool | None = None
        """Whether the lyrics look like English; None until `study` was called."""

    @property
    def wrap_width(self) -> int:
        return max(0, super().wrap_width - COUNT_WIDTH)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if "[" not in line.plain or self._english is None:
            return line
        from suno_tui.lyrics.sections import BRACKET, doubt, kind_of

        for match in BRACKET.finditer(line.plain):
            tag = match[1].strip()
            name = "doubt" if doubt(tag) else "tag" if kind_of(tag) else "cue"
            line.stylize(
                self.get_component_rich_style(f"lyrics--{name}", partial=True), *match.span()
            )
        return line

    def _render_line(self, y: int) -> Strip:
        strip = super()._render_line(y)
        row = self.scroll_offset.y + y
        infos = self.wrapped_document._offset_to_line_info
        count = 0
        if row < len(infos):
            index, section = infos[row]
            line, wraps = self.document.get_line(index), self.wrapped_document.get_offsets(index)
            if line and section == len(wraps) and self._english is not None:
                from suno_tui.lyrics.syllables import line_syllables

                count = line_syllables(line, english=self._english)
        width = self.scrollable_content_region.size.width
        style = self.get_component_rich_style("lyrics--count")
        shown = f"{count:>{COUNT_WIDTH - 1}} " if count else " " * COUNT_WIDTH
        text = strip.crop(0, max(0, width - COUNT_WIDTH))
        return self.fitted(Strip([*text, Segment(shown, style)]), width)

    @property
    def english(self) -> bool:
        """Whether the lyrics look like English."""
        from suno_tui.lyrics.syllables import language_is_english

        return language_is_english(self.text)

    @property
    def selected_lines(self) -> tuple[int, int] | None:
        """The first and the last line that are selected, from 0; None if nothing is."""
        if self.selection.is_empty:
            return None
        (first, _), (last, column) = sorted(self.selection)
        return first, max(first, last - (column == 0))

    def put(self, start: Location, end: Location, text: str) -> None:
        """Replace a range by a text as one step of undo, and put the cursor after it."""
        self.history.checkpoint()
        self.move_cursor(self.replace(text, start, end).end_location)
        self.history.checkpoint()
        self.close_completion()

    def study(self) -> None:
        """Count syllables and colour tags from now on; the first picture shows plain text."""
        if (english := self.english) != self._english:
            self._english = english
            self._line_cache.clear()
            self.refresh()

    def update_suggestion(self) -> None:
        if self._english is not None:
            self.study()
        super().update_suggestion()

    def complete(self) -> tuple[Completion, ...]:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        start = line.rfind("[", 0, column)
        typed = line[start + 1 : column]
        if start < 0 or "]" in typed or line[column:].strip(" ]"):
            return ()
        from suno_tui.lyrics.tags import complete_tag

        before = "\n".join(self.document.get_line(index) for index in range(row))
        return tuple(
            Completion(f"[{tag.text}]", start, f"[{tag.text}]", tag.doubt or "")
            for tag in complete_tag(typed, before)
        )

    def accept(self) -> None:
        row, column = self.cursor_location
        if self.document.get_line(row)[column:].startswith("]"):
            self.delete((row, column), (row, column + 1))
        super().accept()

    def accept_by_enter(self) -> None:
        """Complete the tag and go to the line below, where the section's words belong."""
        self.accept()
        row, _ = self.cursor_location
        if row + 1 < self.document.line_count and not self.document.get_line(row + 1).strip():
            self.move_cursor((row + 1, 0))
        else:
            self.insert("\n")

    def action_tag(self) -> None:
        """Insert the beginning of a section tag, which opens the completions."""
        self.insert("[")

    def action_section(self, step: int) -> None:
        """Go to the next (1) or the previous (-1) section."""
        from suno_tui.lyrics.sections import sections

        here = self.cursor_location[0]
        lines = [part.line for part in sections(self.text)]
        ahead = [line for line in lines if (line > here if step > 0 else line < here)]
        if ahead:
            self.go_to_line(min(ahead) if step > 0 else max(ahead))

    def go_to_line(self, line: int) -> None:
        """Put the cursor on a line (from 0), in the middle of the field."""
        self.move_cursor((line, 0), center=True)

"""A text field with one line or many, and completion.

It extends Textual's TextArea, with its undo, selection and wrapping, but repaints only the lines
that a key changed, and shows control characters as signs (`clean_in_place`).
"""

from __future__ import annotations

import re
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from suno_tui.common.text import clean_in_place
from suno_tui.tui.widgets.completion import Completion
from suno_tui.tui.widgets.grapheme_cursor import GraphemeCursor

# Strings, because few songs need them: `re` compiles and caches them on first use.
_UNSENT = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]"
_BREAK = "\r\n?|[\u2028\u2029\x85]"

_CURSOR_WIDTH = 1
"""Columns that the text leaves free for a cursor at the end of a line."""


class TextField(GraphemeCursor):
    """A text field that grows up to `rows` rows; with `many_lines`, Enter breaks the line."""

    DEFAULT_CSS = """
    TextField {
        height: auto;
        padding: 0;
        background: $panel;
        overflow-x: hidden;
        scrollbar-size: 0 0;
        &:focus { background: $field-focus; }
        &.-many:focus { background: $panel; }
        & .text-area--cursor, &:light .text-area--cursor {
            color: $input-cursor-foreground;
            background: $input-cursor-background;
        }
        & .text-area--placeholder { color: $text-muted; }
        &.-wanted .text-area--placeholder { color: $error; }
        & .text-area--suggestion { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y,alt+shift+z", "redo", show=False),
    ]

    selection = reactive(Selection(), init=False, always_update=True, repaint=False)
    suggestion = reactive("", repaint=False)

    shy = False
    """Whether Enter accepts a completion only after an arrow key has chosen it."""

    class NothingToUndo(Message):
        """Undo was pressed, but there is nothing to undo in this field."""

    class Completing(Message):
        """The completions have changed; they are empty if the list is closed."""

        def __init__(self, field: TextField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> TextField:
            return self.field

    def __init__(
        self,
        name: str,
        text: str = "",
        *,
        rows: int = 1,
        many_lines: bool = False,
        placeholder: str = "",
        classes: str | None = None,
    ) -> None:
        super().__init__(text, id=f"field-{name}", name=name, classes=classes, compact=True)
        self.move_cursor(self.document.end)
        self.placeholder = Content(placeholder)
        self.rows = rows
        self.many_lines = many_lines
        # A large field keeps its colour when focused: otherwise all of its cells are sent again.
        self.set_class(many_lines, "-many")
        if not many_lines:
            self.styles.max_height = rows
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.completions: tuple[Completion, ...] = ()
        self.chosen = 0
        self._picked = False
        self._completion_off = False

    @property
    def value(self) -> str:
        """The text of the field."""
        return self.text

    def set_value(self, text: str) -> None:
        """Replace the text and clear the undo history."""
        self.history.clear()
        if text != self.text:
            self.load_text(text)
            self.move_cursor(self.document.end)
            self._show_beginning()

    def replace_all(self, text: str) -> None:
        """Replace the text in one step of undo."""
        if text != self.text:
            self.history.checkpoint()
            self.replace(text, self.document.start, self.document.end)
            self.history.checkpoint()

    def complete(self) -> tuple[Completion, ...]:
        """Return the completions at the cursor, best first; for subclasses."""
        return ()

    def get_line(self, line_index: int) -> Text:
        line: Text = super().get_line(line_index)
        if not line.plain.isprintable():
            # One sign for each character, so that the columns stay the same.
            line.plain = "\t".join(map(clean_in_place, line.plain.split("\t")))
        return line

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Skip the search through the whole text: songs have no nested brackets."""
        return None

    def edit(self, edit: Edit) -> EditResult:
        height, blank = self.wrapped_document.height, not self.text
        self._completion_off = False
        result = super().edit(edit)
        if height != self.wrapped_document.height or blank or not self.text:
            self._redraw()
            # TextArea scrolls before it knows of the new line.
            self.scroll_cursor_visible()
        else:
            last = max(edit.bottom, result.end_location)
            self._refresh_rows(edit.top[0], last[0])
        return result

    def undo(self) -> None:
        if not self.history.undo_stack:
            self.post_message(self.NothingToUndo())
        super().undo()
        self._redraw()

    def redo(self) -> None:
        super().redo()
        self._redraw()

    def load_text(self, text: str) -> None:
        super().load_text(text)
        self._redraw()

    def watch_selection(self, old: Selection, new: Selection) -> None:
        if self.is_mounted:
            rows = [old.start[0], old.end[0], new.start[0], new.end[0]]
            if old.is_empty and new.is_empty:
                self._refresh_rows(rows[1], rows[1])
                self._refresh_rows(rows[3], rows[3])
            else:
                self._refresh_rows(min(rows), max(rows))
            if self.completions:
                self.update_suggestion()

    def update_suggestion(self) -> None:
        """Update the completions."""
        wanted = self.has_focus and not self._completion_off and self.selection.is_empty
        found = self.complete() if wanted else ()
        if found != self.completions:
            self.completions, self.chosen, self._picked = found, 0, False
            self.post_message(self.Completing(self))
        self._show_ghost()

    def close_completion(self) -> None:
        """Close the list until something is typed again."""
        self._completion_off = True
        self.update_suggestion()

    def accept(self) -> None:
        """Insert the chosen completion."""
        choice = self.completions[self.chosen]
        row, column = self.cursor_location
        self._completion_off = True
        self.replace(
            choice.text, (row, choice.start), (row, column), maintain_selection_offset=False
        )
        self.move_cursor((row, choice.start + len(choice.text)))
        self._completion_off = True
        self.update_suggestion()

    def accept_by_enter(self) -> None:
        """Insert the chosen completion; Enter was pressed."""
        self.accept()

    def choose(self, step: int) -> None:
        """Choose another completion in the list."""
        if self.shy and not self._picked and step > 0:
            # The first completion is only suggested until an arrow key chooses it.
            step = 0
        self._picked = True
        self.chosen = (self.chosen + step) % len(self.completions)
        self._show_ghost()
        self.post_message(self.Completing(self))

    def action_cursor_right(self, select: bool = False) -> None:
        if self.completions and self.suggestion and not select:
            self.accept()
            return
        self.suggestion = ""
        super().action_cursor_right(select)

    def action_cursor_up(self, select: bool = False) -> None:
        if self.completions and not select:
            self.choose(-1)
        elif not self.many_lines and not select and self._cursor_offset[1] == 0:
            self.screen.focus_previous()
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        last = self.wrapped_document.height - 1
        if self.completions and not select:
            self.choose(1)
        elif not self.many_lines and not select and self._cursor_offset[1] >= last:
            self.screen.focus_next()
        else:
            super().action_cursor_down(select)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.completions:
            action = self.close_completion
        elif event.key == "enter" and self.completions and self.wants_enter():
            action = self.accept_by_enter
        elif event.key == "enter" and not self.many_lines:
            action = self.leave
        else:
            return
        event.stop()
        event.prevent_default()
        action()

    def on_unmount(self) -> None:
        # Textual keeps a removed field in memory until the theme changes, which it seldom does.
        kept = getattr(self.app, "__watchers", {}).get("theme", [])
        kept[:] = [(field, call) for field, call in kept if field is not self]

    def leave(self) -> None:
        """Handle Enter in a field of one line: focus the next field."""
        self.screen.focus_next()

    def wants_enter(self) -> bool:
        """Return whether Enter accepts the shown completion."""
        return self._picked or not self.shy

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if not self.paste(event.text):
            text = re.sub(_UNSENT, "", re.sub(_BREAK, "\n", event.text))
            if not self.many_lines:
                text = " ".join(text.split("\n")).strip() if "\n" in text else text
            self.history.checkpoint()
            result = self.replace(text, *self.selection, maintain_selection_offset=False)
            self.move_cursor(result.end_location)
            self.close_completion()

    def paste(self, text: str) -> bool:
        """Handle a paste other than by inserting it; return whether it was handled."""
        return False

    def on_blur(self) -> None:
        self.close_completion()
        self.redraw_cursor()
        self._show_beginning()

    def on_focus(self) -> None:
        self.scroll_cursor_visible()
        self.redraw_cursor()

    def on_resize(self, event: events.Resize) -> None:
        event.prevent_default()  # TextArea would wrap the text once more
        if self.has_focus:
            self.scroll_cursor_visible()
        else:
            self._show_beginning()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        # An undo shortens the text before it moves the cursor; a scrollbar may vanish in between.
        if self.cursor_location[0] >= self.document.line_count:
            return Offset(0, 0)
        if self.has_focus:
            self.call_after_refresh(self._show_line)
        return super().scroll_cursor_visible(center, animate)

    def _show_line(self) -> None:
        """Scroll the form to the cursor's line: a low window may not have room for the field."""
        form = next((w for w in self.ancestors if isinstance(w, VerticalScroll)), None)
        if form is not None and self.has_focus and self.size:
            form.scroll_to_region(self.line_in(form), animate=False)

    def line_in(self, form: Widget) -> Region:
        """Return the region of the cursor's line within the form's content."""
        y = self.cursor_screen_offset.y - form.content_region.y + form.scroll_offset.y
        return Region(0, y, 1, 1)

    def _show_beginning(self) -> None:
        """Scroll a field of one line to its start, which tells more than its end."""
        if not (self.many_lines or self.has_focus):
            self.scroll_to(y=0, animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        return self.fitted(super().render_line(y), self.size.width)

    def fitted(self, strip: Strip, width: int) -> Strip:
        """Return the strip, `width` columns wide."""
        # Looking up the style of the widget takes longer than drawing the line.
        fits = strip.cell_length == width
        return strip if fits else strip.adjust_cell_length(width, self.rich_style)

    def _show_ghost(self) -> None:
        ghost = ""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if self.completions and column == len(line.rstrip()):
            choice = self.completions[self.chosen]
            typed = line[choice.start : column]
            if choice.text.casefold().startswith(typed.casefold()):
                ghost = choice.text[len(typed) :]
        if ghost != self.suggestion:
            self.suggestion = ghost
            self._line_cache.clear()
            self.redraw_cursor()

    def redraw_cursor(self) -> None:
        """Repaint the line of the cursor."""
        row = self.cursor_location[0]
        self._refresh_rows(row, row)

    def _refresh_rows(self, first: int, last: int) -> None:
        """Repaint these lines of the document, with all rows that they are wrapped into."""
        count = self.document.line_count
        first, last = min(first, count - 1), min(last, count - 1)
        top = self.wrapped_document.location_to_offset((first, 0)).y
        end = self.wrapped_document.location_to_offset((last, len(self.document.get_line(last)))).y
        self.refresh_lines(top, end - top + 1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        # Called before the field has its width; so it is laid out once, with its final height.
        text, width = self.wrapped_document, max(0, width - _CURSOR_WIDTH)
        if text._width != width:
            text = WrappedDocument(self.document, width, self.indent_width)
        return max(1, text.height)

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        # Before drawing; TextArea waits for the resize event and is drawn twice.
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self._rewrap_and_refresh_virtual_size()
        return changed

    def _redraw(self) -> None:
        """Repaint the field; request a layout if the text needs another number of rows."""
        wanted = min(self.rows, self.wrapped_document.height)
        self.refresh(layout=not self.many_lines and wanted != self.size.height)

    def _refresh_size(self) -> None:
        # TextArea lays out the whole screen each time a line is added or removed.
        size = Size(0, self.wrapped_document.height)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

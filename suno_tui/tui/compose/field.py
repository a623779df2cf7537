"""A text field of the form: one line or many, with completion, and no key that costs money.

It is Textual's TextArea, so that every field has undo, selection and wrapping, but it repaints
only the lines that a key changed, and control characters are shown, not sent.
"""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual._text_area_theme import TextAreaTheme
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
from textual.widgets import TextArea

from suno_tui.text import signs
from suno_tui.tui.roles import Roles

# Patterns that few songs need; `re` makes them with the first and keeps them.
_UNSENT = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]"
_BREAK = "\r\n?|[\u2028\u2029\x85]"

_CURSOR_WIDTH = 1
"""Columns of a field that its text leaves to a cursor at a line's end."""


class Completion(NamedTuple):
    """One way to go on: `text` takes the place of what is typed from `start` (a column) on."""

    text: str
    start: int
    label: str = ""
    note: str = ""


class _Looks(TextAreaTheme):
    """TextArea's own looks, without what a field never shows and does not show now."""

    def apply_css(self, text_area: TextArea) -> None:
        self.base_style = text_area.rich_style
        if text_area.has_focus:
            self.cursor_style = text_area.get_component_rich_style("text-area--cursor")
        if not text_area.selection.is_empty:
            self.selection_style = text_area.get_component_rich_style("text-area--selection")


class TextField(Roles, TextArea):
    """A field of the form, in which `text` stands. `rows` is how far it grows; `many_lines` lets
    Enter break the line."""

    DEFAULT_CSS = """
    TextField {
        height: auto;
        padding: 0;
        background: $panel;
        overflow-x: hidden;
        scrollbar-size: 0 0;
        &:focus { background-tint: $primary 12%; }
        &.-many:focus { background-tint: transparent; }
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
    """Whether Enter takes a completion only after an arrow chose it: what is typed stays then."""

    class SongPasted(Message):
        """A whole song was pasted: its fields, to fill the form in place of this field."""

        def __init__(self, fields: dict[str, str]) -> None:
            super().__init__()
            self.fields = fields

    class NothingToUndo(Message):
        """Undo was pressed in a field in which nothing was typed."""

    class Completing(Message):
        """What could be typed here has changed; empty when the list is closed."""

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
        # A large field keeps its colour: over a slow line each of its cells would be sent anew.
        self.set_class(many_lines, "-many")
        if not many_lines:
            self.styles.max_height = rows
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.completions: tuple[Completion, ...] = ()
        self.chosen = 0
        self._picked = False
        self._completion_off = False

    def _set_theme(self, theme: str) -> None:
        self._theme = _Looks(theme)

    @property
    def value(self) -> str:
        """What stands in the field."""
        return self.text

    def set_value(self, text: str) -> None:
        """Replace the contents, where they differ; undo does not go back behind this."""
        self.history.clear()
        if text != self.text:
            self.load_text(text)
            self.move_cursor(self.document.end)
            self._show_beginning()

    def replace_all(self, text: str) -> None:
        """Replace the contents in a way that undo takes back."""
        if text != self.text:
            self.replace(text, self.document.start, self.document.end)

    def complete(self) -> tuple[Completion, ...]:
        """What could stand at the cursor, best first; nothing unless a subclass knows more."""
        return ()

    def get_line(self, line_index: int) -> Text:
        line: Text = super().get_line(line_index)
        if not line.plain.isprintable():
            # One sign for each character, so that columns stay what they are.
            line.plain = "\t".join(map(signs, line.plain.split("\t")))
        return line

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Songs have no nested brackets worth a search of the whole text at each step."""
        return None

    def edit(self, edit: Edit) -> EditResult:
        height, blank = self.wrapped_document.height, not self.text
        self._completion_off = False
        result = super().edit(edit)
        if height != self.wrapped_document.height or blank or not self.text:
            self.refresh()
            self._grow()
            # TextArea scrolls before it knows that there is a line more.
            self.scroll_cursor_visible()
        else:
            last = max(edit.bottom, result.end_location)
            self._refresh_rows(edit.top[0], last[0])
        return result

    def undo(self) -> None:
        if not self.history.undo_stack:
            self.post_message(self.NothingToUndo())
        super().undo()
        self.refresh()
        self._grow()

    def redo(self) -> None:
        super().redo()
        self.refresh()
        self._grow()

    def load_text(self, text: str) -> None:
        super().load_text(text)
        self.refresh()
        self._grow()

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
        """Look again at what could be typed here."""
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
        """Take the chosen completion."""
        choice = self.completions[self.chosen]
        row, column = self.cursor_location
        self._completion_off = True
        self.replace(
            choice.text, (row, choice.start), (row, column), maintain_selection_offset=False
        )
        self.move_cursor((row, choice.start + len(choice.text)))
        self._completion_off = True
        self.update_suggestion()

    def choose(self, step: int) -> None:
        """Choose another completion of the list."""
        if self.shy and not self._picked and step > 0:
            # The first word is only a suggestion until an arrow chooses it.
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
            event.stop()
            event.prevent_default()
            self.close_completion()
        elif event.key == "enter" and self.completions and self.wants_enter():
            event.stop()
            event.prevent_default()
            self.accept()
        elif event.key == "enter" and not self.many_lines:
            event.stop()
            event.prevent_default()
            self.leave()

    def on_unmount(self) -> None:
        # Textual lets go of a field that is gone with the next change of the theme: mostly never.
        kept = getattr(self.app, "__watchers", {}).get("theme", [])
        kept[:] = [(field, call) for field, call in kept if field is not self]

    def leave(self) -> None:
        """What Enter does in a field of one line: on to the next."""
        self.screen.focus_next()

    def wants_enter(self) -> bool:
        """Whether Enter takes the completion that is shown."""
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
        """Give a whole song to the form, whichever field has the cursor; False where it is none."""
        from suno_tui.writing.pasted import read_song

        fields = read_song(text)
        if fields is None or not self.takes_song(fields):
            return False
        self.post_message(self.SongPasted(fields))
        return True

    def takes_song(self, fields: dict[str, str]) -> bool:
        """Whether a pasted text with these fields is a whole song here."""
        return self.name != "prompt" or "lyrics" in fields

    def on_blur(self) -> None:
        self.close_completion()
        self._refresh_cursor()
        self._show_beginning()

    def on_focus(self) -> None:
        self.scroll_cursor_visible()
        self._refresh_cursor()

    def on_resize(self, event: events.Resize) -> None:
        event.prevent_default()  # TextArea would only wrap it once more
        if self.has_focus:
            self.scroll_cursor_visible()
        else:
            self._show_beginning()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        # An undo shortens the text before it moves the cursor, and a scrollbar goes in between.
        if self.cursor_location[0] >= self.document.line_count:
            return Offset(0, 0)
        if self.has_focus:
            self.call_after_refresh(self._show_line)
        return super().scroll_cursor_visible(center, animate)

    def _show_line(self) -> None:
        """Scroll the form so that the cursor's line is seen: a low window has no room for more."""
        form = next((one for one in self.ancestors if isinstance(one, VerticalScroll)), None)
        if form is not None and self.has_focus and self.size:
            form.scroll_to_region(self.line_in(form), animate=False)

    def line_in(self, form: Widget) -> Region:
        """Where the cursor's line is among all that the form scrolls through."""
        y = self.cursor_screen_offset.y - form.content_region.y + form.scroll_offset.y
        return Region(0, y, 1, 1)

    def _show_beginning(self) -> None:
        """What a field of one line begins with says more than what it ends with."""
        if not (self.many_lines or self.has_focus):
            self.scroll_to(y=0, animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        return self.fitted(super().render_line(y), self.size.width)

    def fitted(self, strip: Strip, width: int) -> Strip:
        """The strip, so many columns wide."""
        # The style of the widget takes longer to find than the line to draw.
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
            self._refresh_cursor()

    def _refresh_cursor(self) -> None:
        row = self.cursor_location[0]
        self._refresh_rows(row, row)

    def _refresh_rows(self, first: int, last: int) -> None:
        """Repaint these lines of the document, wrapped as they are."""
        count = self.document.line_count
        first, last = min(first, count - 1), min(last, count - 1)
        top = self.wrapped_document.location_to_offset((first, 0)).y
        end = self.wrapped_document.location_to_offset((last, len(self.document.get_line(last)))).y
        self.refresh_lines(top, end - top + 1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        # Asked before the field has its width: it is laid out once, as high as it will be.
        text, width = self.wrapped_document, max(0, width - _CURSOR_WIDTH)
        if text._width != width:
            text = WrappedDocument(self.document, width, self.indent_width)
        return max(1, text.height)

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        # Before it is drawn, where TextArea waits for the event and is drawn twice.
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self._rewrap_and_refresh_virtual_size()
        return changed

    def _grow(self) -> None:
        """Lay out anew where the text needs more rows or fewer."""
        if not self.many_lines and min(self.rows, self.wrapped_document.height) != self.size.height:
            self.refresh(layout=True)

    def _refresh_size(self) -> None:
        # As TextArea does it, which lays out the screen with each line that comes or goes.
        size = Size(0, self.wrapped_document.height)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

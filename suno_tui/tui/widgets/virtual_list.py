"""A list on Textual's Line API that draws only visible rows and repaints only changed ones.

A cursor step repaints two lines, a change of one row repaints one. 10,000 rows cost as much as the
visible ones. Items are immutable.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from suno_tui.tui.terminal.widths import most_columns
from suno_tui.tui.widgets.component_styles import ComponentStyles
from suno_tui.tui.widgets.content import cells as cell_count
from suno_tui.tui.widgets.content import one_line

LEAST = 0.22
"""The least difference of brightness, from 0 to 1, between a text and its background."""

Item = TypeVar("Item")

Cell = tuple[str, str]
"""Safe text of its final width, and its role: one of `ROLES` or empty."""

ROLES = ("muted", "strong", "good", "bad", "warn", "accent", "key", "rest")


_RIGHT = 3
"""The number of the right mouse button."""
REACH = 500
"""Rows around the cursor that are searched for its item after a change of the list."""


class VirtualList(
    ComponentStyles, ScrollView, Generic[Item], can_focus=True, inherit_bindings=False
):
    """A list with a cursor. Subclasses define `draw` and `key_of` for their items."""

    DEFAULT_CSS = """
    VirtualList {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .rows--muted { color: $text-muted; }
        & > .rows--strong { text-style: bold; }
        & > .rows--good { color: $success; }
        & > .rows--bad { color: $error; }
        & > .rows--warn { color: $warning; }
        & > .rows--accent { color: $accent; }
        & > .rows--key { color: $primary; }
        & > .rows--rest { color: $wave; }
        & > .rows--cursor { background: $row-cursor-blurred; }
        & > .rows--lit { background: $row-cursor; }
    }
    """
    PARTS = "rows"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{role}" for role in (*ROLES, "cursor", "lit")}

    class Moved(Message):
        """The cursor is on another item (or on none), or its item has changed."""

        def __init__(self, rows: VirtualList[Any]) -> None:
            super().__init__()
            self.rows = rows

    class Opened(Message):
        """A double click, which means the same as Enter."""

        def __init__(self, rows: VirtualList[Any]) -> None:
            super().__init__()
            self.rows = rows

    class Asked(Message):
        """A click with the right button asks what can be done with the item."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.items: Sequence[Item] = ()
        self.cursor = 0
        self.looks_focused = False
        """Whether the cursor is shown as focused, because a field with the focus moves it."""
        self._strips: LRUCache[int, Strip] = LRUCache(1024)

    def draw(self, item: Item, width: int) -> list[Cell]:
        """Return the cells of a row, together at most `width` columns."""
        raise NotImplementedError

    def draw_at(self, index: int, width: int) -> list[Cell]:
        """Return the cells of the row at an index; override it if rows depend on others."""
        return self.draw(self.items[index], width)

    def same_row(self, old: Sequence[Item], index: int) -> bool:
        """Return whether a row looks as it did when the items were `old`."""
        return bool(self.items[index] == old[index])

    def key_of(self, item: Item) -> Hashable:
        """Return the key of an item, by which the cursor stays on it when the list changes."""
        raise NotImplementedError

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        """Return the lines to show if there are no items."""
        return []

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def row_width(self) -> int:
        """The columns of a row."""
        return max(0, self.scrollable_content_region.width)

    def set_items(self, items: Sequence[Item]) -> None:
        """Replace the items; repaint only visible rows that differ."""
        old, key = self.items, self.current_key()
        if not old or not items or len(items) != len(old):
            self._put(items, key)
            return
        top, cursor = self.scroll_offset.y, self.cursor
        self.items = items
        self._strips.clear()
        self._follow(key, old)
        for index in range(top, min(len(items), top + self.size.height)):
            if not self.same_row(old, index):
                self.refresh_row(index)
        if cursor != self.cursor:
            self.refresh_row(cursor)
            self.refresh_row(self.cursor)
            self._reveal()

    def grow(self, most: int) -> None:
        """Grow to the height of the items, at most `most` rows; never shrink."""
        self.styles.height = max(1, min(most, max(len(self.items), self.size.height)))

    def refresh_row(self, index: int) -> None:
        """Repaint one row if it is visible, because what it shows has changed."""
        self._strips.discard(index)
        top = self.scroll_offset.y
        if top <= index < top + self.size.height:
            self.refresh_line(index)

    def forget_rows(self) -> None:
        """Drop the cached rows: they are drawn again when they are next repainted."""
        self._strips.clear()

    def refresh_rows(self) -> None:
        """Repaint all rows, because the way they are drawn has changed."""
        self._strips.clear()
        self.refresh()

    def current_key(self) -> Hashable | None:
        item = self.current
        return None if item is None else self.key_of(item)

    def select(self, key: Hashable) -> bool:
        """Move the cursor to the item of that key; return False if none is within `REACH`."""
        found = self._find(key, self.cursor)
        if found is not None:
            self.move_to(found)
        return found is not None

    def move_to(self, index: int) -> None:
        """Move the cursor to an index, limited to the list, and scroll it into view."""
        index = max(0, min(index, len(self.items) - 1))
        if index != self.cursor:
            old, self.cursor = self.cursor, index
            self.refresh_row(old)
            self.refresh_row(index)
            self.post_message(self.Moved(self))
        self._reveal()

    def action_move_down(self) -> None:
        self.move_to(self.cursor + 1)

    def action_move_up(self) -> None:
        self.move_to(self.cursor - 1)

    def action_move_page_down(self) -> None:
        self.move_to(self.cursor + max(1, self.size.height - 1))

    def action_move_page_up(self) -> None:
        self.move_to(self.cursor - max(1, self.size.height - 1))

    def action_move_top(self) -> None:
        self.move_to(0)

    def action_move_bottom(self) -> None:
        self.move_to(len(self.items) - 1)

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y
        if index < len(self.items):
            self.move_to(index)
            if event.button == _RIGHT:
                self.post_message(self.Asked())
            elif event.chain == 2:
                self.post_message(self.Opened(self))

    def on_resize(self) -> None:
        self._strips.clear()
        self._measure()
        self._reveal()

    def on_focus(self) -> None:
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        self.refresh_row(self.cursor)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        width = self.row_width
        index = self.scroll_offset.y + y
        if index < len(self.items):
            strip = self._strips.get(index)
            if strip is None:
                strip = self._strips[index] = self._row(index, width)
            return strip
        if not self.items:
            lines = self.draw_empty(width, self.size.height)
            if y < len(lines):
                return self._strip(lines[y], width, self.rich_style, None)
        return Strip.blank(width, self.rich_style)

    def _row(self, index: int, width: int) -> Strip:
        under = index == self.cursor
        # Only in the list with the focus: two signs would look like two cursors.
        lit = self.looks_focused or self.has_focus
        sign = "▌" if under and lit else " "
        # The last column stays free, so that no text touches the scroll bar.
        cells = self.draw_at(index, width - 2)
        row = [(sign, "key"), *cells]
        ground = self._ground(under, lit)
        return self._strip(row, width, ground, ground.bgcolor)

    def _ground(self, under: bool, lit: bool) -> Style:
        return self.style_of(("lit" if lit else "cursor") if under else "")

    def _strip(self, row: list[Cell], width: int, ground: Style, background: object) -> Strip:
        segments, used = [], 0
        for text, role in row:
            style = self.style_of(role)
            if background is not None:
                style = _legible(style, ground)
            segments.append(Segment(text, style))
            used += cell_count(text)
        if used < width:
            segments.append(Segment(" " * (width - used), Style(bgcolor=ground.bgcolor)))
        return Strip(segments).adjust_cell_length(width)

    def _put(self, items: Sequence[Item], key: Hashable | None) -> None:
        old, self.items = self.items, items
        self._follow(key, old)
        self._strips.clear()
        self._measure()
        self._reveal()
        self.refresh()

    def _follow(self, key: Hashable | None, old: Sequence[Item]) -> None:
        """Keep the cursor on its item; if that is gone, on the row that took its place."""
        before = old[self.cursor] if self.cursor < len(old) else None
        cursor = min(self.cursor, max(0, len(self.items) - 1))
        here = self.items[cursor] if self.items else None
        if key is not None and here is not None and self.key_of(here) != key:
            found = self._find(key, cursor)
            cursor = cursor if found is None else found
        self.cursor = cursor
        if self.current != before:
            self.post_message(self.Moved(self))

    def _find(self, key: Hashable, near: int) -> int | None:
        """Return the index of a key within `REACH` of `near`; a search of all would read them."""
        for index in range(max(0, near - REACH), min(len(self.items), near + REACH)):
            if self.key_of(self.items[index]) == key:
                return index
        return None

    def _measure(self) -> None:
        self.virtual_size = Size(self.row_width, len(self.items))

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if not height:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)


@lru_cache(maxsize=256)
def _legible(style: Style, ground: Style) -> Style:
    """Return the style on a background, with that one's text colour if its own is unreadable."""
    colours = [style.color, ground.bgcolor]
    if all(colour is not None and colour.triplet is not None for colour in colours):
        ink, below = (Color.from_rich_color(colour).brightness for colour in colours)
        if abs(ink - below) < LEAST:
            style += Style(color=ground.color)
    return style + Style(bgcolor=ground.bgcolor)


def centred(lines: list[Cell], width: int, height: int) -> list[list[Cell]]:
    """Return lines for `draw_empty`, centred, each cut to the width."""
    above = max(0, (height - len(lines)) // 2)
    rows: list[list[Cell]] = [[] for _ in range(above)]
    for text, role in lines:
        left = max(0, (width - most_columns(text)) // 2)
        rows.append([(" " * left, ""), (one_line(text, width - left), role)])
    return rows

"""A screen whose panes are side by side, or pages if there is no room for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widget import Widget
from textual.widgets import Input, TextArea

from suno_tui.tui.actions.table import GO
from suno_tui.tui.screens.pane_sizes import HIDEABLE, PaneSizes
from suno_tui.tui.startup.staged_screen import StagedScreen
from suno_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_COLUMNS, _ROWS = 4, 2
"""By how much a key makes a pane wider or higher."""

PLACES = tuple(GO)


class PagedScreen(StagedScreen):
    """Knows which pane the user is in, and restores the focus in each pane."""

    app: Context

    def __init__(self, page: str, sizes: PaneSizes | None = None) -> None:
        super().__init__()
        self.sizes = sizes or PaneSizes()
        self.page = page
        """The place that has the focus, or had it last."""
        self.zoomed = self.sizes.zoomed
        self.complete = False
        """Whether all panes are mounted; the user can type before the lists are."""
        self.begins_with = "compose"
        """The pane that is mounted before the others."""
        self._last: dict[str, Widget] = {}
        """The widget that had the focus last, by place."""
        self._before_tiny: tuple[str, Widget | None] = (page, None)
        """The place and the focus when the window became too small."""

    def page_changed(self) -> None:
        """Show which place is open; called after each layout."""

    def update_keys(self) -> None:
        """Update the footer."""

    def key_of(self, id: str) -> str:
        """Return the present key of an action, as it is displayed."""
        return self.app.keymap.key(id)

    def show_keys(self) -> None:
        """Show the keys of a changed keymap in the frames, the header and the footer."""
        for pane in self.query(Pane):
            pane.set_key(self.key_of(GO[pane.place]))
        self.page_changed()
        self.update_keys()

    @property
    def single(self) -> bool:
        """Whether one place is shown: no room for more, zoomed, or the player's page."""
        return self.has_class("-single")

    def go(self, place: str) -> None:
        """Show a place and restore the focus in it."""
        if self.has_class("-tiny") and self.complete:
            place = "tasks"  # the only one that is shown
        if place != self.page and self.page == "player":
            self.zoomed = False
        self.page = place
        if self.sizes.unhide(place):
            self._remember_sizes()
        if place not in self._places:
            return  # a click during the start; shown once it is mounted
        self.lay_out()
        last = self._last.get(place)
        if last is None or not _can_have_focus(last):
            inside = [widget for widget in self.pane(place).query("*") if _can_have_focus(widget)]
            # In the composer a text field gets the focus, elsewhere the list.
            fields = [widget for widget in inside if isinstance(widget, Input | TextArea)]
            wanted = fields if place == "compose" else []
            last = next(iter(wanted or inside), None)
        if last is not None:
            last.focus()
        self.update_keys()

    def entry(self, place: str) -> Widget:
        """Return the widget from which actions of a place are found, whether it is shown or not."""
        last = self._last.get(place)
        if last is not None and last.is_attached:
            return last
        inside = [widget for widget in self.pane(place).query("*") if widget.can_focus]
        return next(iter(inside), self.pane(place))

    def place_containing(self, widget: Widget | None) -> str | None:
        """Return the place that contains a widget."""
        while widget is not None and widget is not self:
            for place in self._places:
                if widget is self.pane(place):
                    return place
            parent = widget.parent
            widget = parent if isinstance(parent, Widget) else None
        return None

    @property
    def here(self) -> Widget:
        """The pane that the user is in, even if nothing has the focus."""
        return self.pane(self.page)

    def pane(self, place: str) -> Widget:
        """Return the widget of a place."""
        return self.query_one(
            {
                "compose": "#compose-place",
                "tasks": "#tasks-pane",
                "library": "#library-pane",
                "player": "#player-pane",
            }[place]
        )

    @property
    def _places(self) -> tuple[str, ...]:
        """The places that are mounted."""
        return PLACES if self.complete else ("compose", self.begins_with)

    @property
    def paged(self) -> bool:
        """Whether there is room for only one place at a time."""
        width, height = self.app.size
        return width < 100 or height < 30

    @property
    def tiny(self) -> bool:
        """Whether there is room for nothing but the queue."""
        width, height = self.app.size
        return width < 60 or height < 16

    def lay_out(self) -> None:
        tiny = self.tiny
        self.set_class(tiny, "-tiny")
        single = self.paged or self.zoomed or self.page == "player"
        self.set_class(single, "-single")
        beside = {"compose", "tasks", "library"}.difference(self.sizes.hidden)
        for place in self._places:
            shown = place == ("tasks" if tiny else self.page) if single else place in beside
            self.pane(place).display = shown
        right = {"tasks", "library"}
        self.query_one("#right").display = (
            bool(right & beside) if not single else self.page in right or tiny
        )
        self._size_panes(single, beside)
        self.page_changed()

    def _size_panes(self, single: bool, beside: set[str]) -> None:
        """Give the panes that are side by side their sizes; the others take all the room."""
        width, height = self.app.size
        alone = single or not {"tasks", "library"} & beside
        self.pane("compose").styles.width = "1fr" if alone else self.sizes.compose_width(width)
        if "tasks" in self._places:
            alone = single or "library" not in beside
            self.pane("tasks").styles.height = "1fr" if alone else self.sizes.tasks_height(height)

    def focus_moved(self, focused: Widget | None) -> None:
        place = self.place_containing(focused)
        if focused is not None and place is not None:
            # A return to the composer goes to the last text field, even after Esc left it.
            if place != "compose" or isinstance(focused, Input | TextArea):
                self._last[place] = focused
            if place != self.page:
                self.page = place
                self.lay_out()
        self.update_keys()

    def on_resize(self, event: events.Resize) -> None:
        before, was_tiny = (self.page, self.focused), self.has_class("-tiny")
        self.lay_out()
        if self.has_class("-tiny"):
            if not was_tiny:
                self._before_tiny = before
            self.call_after_refresh(self.go, "tasks")
        elif was_tiny:
            self.call_after_refresh(self._restore_place)

    def _restore_place(self) -> None:
        """Restore place and focus now that the window is large enough again."""
        place, focused = self._before_tiny
        known = place in self._last
        self.go(place)
        if focused is not None and _can_have_focus(focused):
            focused.focus()
        elif focused is None and known:
            self.set_focus(None)

    @property
    def can_leave(self) -> bool:
        """Whether there is something on top: the zoom, or the player's page."""
        return self.zoomed or self.page == "player"

    def leave(self) -> bool:
        """Leave the player's page or the zoom; return False if there is neither."""
        if self.page == "player":
            self.go("library")
        elif self.zoomed:
            self.action_zoom()
        else:
            return False
        return True

    def action_next_field(self) -> None:
        self._return_to_field()
        self.focus_next()

    def action_previous_field(self) -> None:
        self._return_to_field()
        self.focus_previous()

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.lay_out()
        self.update_keys()
        self._remember_sizes()

    def action_pane_wider(self) -> None:
        self._resize_pane(_COLUMNS, 0)

    def action_pane_narrower(self) -> None:
        self._resize_pane(-_COLUMNS, 0)

    def action_pane_higher(self) -> None:
        self._resize_pane(0, _ROWS)

    def action_pane_lower(self) -> None:
        self._resize_pane(0, -_ROWS)

    def _resize_pane(self, columns: int, rows: int) -> None:
        self.sizes.resize(self.page, columns, rows, self.app.size)
        self.lay_out()
        self._remember_sizes()

    def edge_at(self, x: int, y: int) -> str | None:
        """Return the pane that a drag from this cell resizes, or None.

        The adjoining frame of its neighbour counts as its edge, too.
        """
        if self.single or not self.complete:
            return None
        compose, tasks, library = (self.pane(place) for place in HIDEABLE)
        beside = tasks.display or library.display
        if compose.display and beside and x in (compose.region.right - 1, compose.region.right):
            return "compose"
        if tasks.display and library.display and x >= tasks.region.x:
            return "tasks" if y in (tasks.region.bottom - 1, tasks.region.bottom) else None
        return None

    def drag_edge(self, pane: str, x: int, y: int) -> None:
        """Move the edge of a pane to this cell, as far as its neighbour leaves room."""
        region = self.pane(pane).region
        by = (x + 1 - region.right, 0) if pane == "compose" else (0, y + 1 - region.bottom)
        if any(by):
            self.sizes.resize(pane, *by, self.app.size)
            self.lay_out()

    def edge_dropped(self) -> None:
        self._remember_sizes()

    def action_hide_pane(self) -> None:
        """Hide the pane until the user goes to it again; go to another one."""
        if self.sizes.hide(self.page):
            self.go(next(place for place in HIDEABLE[::-1] if place not in self.sizes.hidden))
            self._remember_sizes()

    def _remember_sizes(self) -> None:
        self.sizes.zoomed = self.zoomed and self.page != "player"
        self.app.remember(panes=self.sizes.table())

    def _return_to_field(self) -> None:
        """Focus the last field, if Esc has taken the focus from it."""
        last = self._last.get(self.page)
        if self.focused is None and last is not None and _can_have_focus(last):
            self.set_focus(last)


def _can_have_focus(widget: Widget) -> bool:
    shown = all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
    return widget.is_attached and widget.focusable and shown

"""The views of the library next to its list: all, favourites, playlists, searches, the trash."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from textual import work
from textual.binding import Binding
from textual.message import Message

from suno_tui.common.errors import StudioError
from suno_tui.library.views import ALL, View
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.screens.library.labels import view_label
from suno_tui.tui.widgets.content import cells, fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.tui.context import Context

_SIGNS = {
    "favorites": "♥",
    "unrated": "☆",
    "playlist": "♪",
    "search": "/",
    "trash": "✖",
    "lone": "!",
}
LONE = View("lone")
"""The entry for audio in the library's folder that is not imported; it opens the import."""
GROUPS = {"playlist": "Playlists", "search": "Searches"}


class ViewEntry(NamedTuple):
    """A view and how many tracks it has; None if that is not known (yet)."""

    view: View
    tracks: int | None


def read_views(library: Library) -> list[ViewEntry]:
    """Return all views with their counts; not for the screen's thread. Raises `StudioError`."""
    found = [ViewEntry(view, _count(library, view)) for view in library.views.all()]
    lone = len(library.lone_audio())
    return [*found, ViewEntry(LONE, lone)] if lone else found


def _count(library: Library, view: View) -> int | None:
    try:
        return library.views.count(view)
    except StudioError:
        return None  # its file is damaged or gone; opening it says so


class SideList(VirtualList[ViewEntry]):
    """The views, one a row; Enter shows one in the library's list."""

    app: Context

    DEFAULT_CSS = """
    SideList { dock: left; width: 24; border-right: solid $border; display: none; }
    SideList.-shown { display: block; }
    """
    BINDINGS = [Binding("enter", "open", show=False)]

    class Chosen(Message):
        """Sent to show a view."""

        def __init__(self, view: View) -> None:
            super().__init__()
            self.view = view

    class Resized(Message):
        """Sent to make the list wider by `by` columns, or narrower if it is negative."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, library: Library) -> None:
        super().__init__(id="views")
        self.library = library
        self.shown = ALL
        """The view that is in the list."""

    def key_of(self, item: ViewEntry) -> Hashable:
        return item.view

    def draw(self, item: ViewEntry, width: int) -> list[Cell]:
        count = "" if item.tracks is None else f"{item.tracks:,}"
        sign = _SIGNS.get(item.view.kind, " ")
        here = "accent" if item.view == self.shown else ""
        name = fit(view_label(item.view), max(1, width - cells(count) - 3))
        return [(f"{sign} ", "muted"), (f"{name} ", here), (count, "muted")]

    def show(self, view: View) -> None:
        """Show which view is in the list, and put the cursor on it."""
        self.shown = view
        self.select(view)
        self.refresh_rows()

    @work(exclusive=True, group="views")
    async def load(self) -> None:
        """Read the views and count their tracks, if the list is on the screen."""
        if not self.display:
            return
        try:
            entries = await asyncio.to_thread(read_views, self.library)
        except StudioError as error:
            self.app.notify_error(error)
            return
        self.set_items(entries)

    def label(self, id: str) -> str | None:
        return {"open": "Show", "clear": "Back to the list"}.get(id)

    def why_not(self, id: str) -> str | None:
        return None

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self.current.view))

    def action_pane_wider(self) -> None:
        self.post_message(self.Resized(2))

    def action_pane_narrower(self) -> None:
        self.post_message(self.Resized(-2))

    def action_clear(self) -> None:
        self.post_message(self.Chosen(self.shown))

    def on_virtual_list_opened(self) -> None:
        self.action_open()


def view_picker(entries: list[ViewEntry], shown: View) -> Picker:
    """Return a dialog with the views, for screens without room for them; it returns a view."""
    rows = [
        Entry(
            entry.view,
            view_label(entry.view),
            "",
            "" if entry.tracks is None else f"{entry.tracks:,}",
            group=GROUPS.get(entry.view.kind, "Library"),
        )
        for entry in sorted(
            entries,
            key=lambda entry: (
                list(GROUPS).index(entry.view.kind) + 1 if entry.view.kind in GROUPS else 0
            ),
        )
    ]
    return Picker("Show", rows, start=shown)

"""A dialog with a list that the user changes: saved searches, playlists, the trash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from suno_tui.common.errors import StudioError
from suno_tui.library.store import Library
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.item_picker import Item, ItemRows

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

Result = TypeVar("Result")

_AROUND = 6
"""Rows of the dialog apart from its list."""


class EditableListDialog(Dialog[Result], Generic[Result]):
    """An editable list; subclasses read its items off the event loop, and add actions."""

    app: Context

    DEFAULT_CSS = """
    EditableListDialog {
        & > #frame { width: 92; }
        & ItemRows { height: 3; min-height: 3; margin-top: 1; }
    }
    """
    BINDINGS = [Binding("enter", "open", show=False)]

    def __init__(self, title: str, library: Library, *, empty: str, end_width: int = 6) -> None:
        super().__init__(title)
        self.library = library
        self.rows = ItemRows(empty, end_width)

    def read(self) -> list[Item]:
        """Read the items of the list. Raises `StudioError`."""
        raise NotImplementedError

    def action_open(self) -> None:
        """Use the item under the cursor (Enter)."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        yield self.rows

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self.reload()

    def on_resize(self) -> None:
        self.grow(self.rows, _AROUND)

    @property
    def key(self) -> str | None:
        """The key of the item under the cursor; None if there is none."""
        return self.rows.current.key if self.rows.current is not None else None

    def why_not(self, id: str) -> str | None:
        """Return why an action is off: most need an item under the cursor."""
        if id in ("clear", "new_item", "undo", "redo", "generate"):
            return None
        return None if self.key is not None else "There is nothing in the list."

    def on_virtual_list_opened(self) -> None:
        if self.key is not None:
            self.action_open()

    def on_virtual_list_moved(self) -> None:
        self._update_keys()

    @work(exclusive=True, group="reload")
    async def reload(self) -> None:
        """Read the list again and show it."""
        try:
            items = await asyncio.to_thread(self.read)
        except StudioError as error:
            self.app.notify_error(error)
            return
        self.rows.set_items(items)
        self.grow(self.rows, _AROUND)
        self._update_keys()

    def change(self, do: Callable[[], object], notice: str = "") -> None:
        """Change the library off the event loop, after earlier changes; then show the list.

        The change is completed even if the dialog is closed meanwhile.
        """
        self._run(self._change(do, notice))

    def action_undo(self) -> None:
        """Undo the last change of the library, wherever it was made."""
        self._run(self.app.library.undo())

    def action_redo(self) -> None:
        self._run(self.app.library.redo())

    async def _change(self, do: Callable[[], object], notice: str) -> None:
        if await self.app.library.try_apply(lambda _: do()) and notice:
            self.app.notify_briefly(notice)

    def _run(self, change: Coroutine[object, object, None]) -> None:
        async def run() -> None:
            await change
            if self in self.app.screen_stack:
                self.reload()

        self.app.library.run(run())

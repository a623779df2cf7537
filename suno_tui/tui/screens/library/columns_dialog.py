"""The dialog in which the user chooses the columns of the library's list."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.screens.library.rows import CHOICES
from suno_tui.tui.widgets.content import content, fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList


class ColumnRows(VirtualList[str]):
    """The columns; those that are shown are ticked."""

    def __init__(self, shown: list[str]) -> None:
        super().__init__()
        self.shown = shown
        self.items = list(CHOICES)

    def key_of(self, item: str) -> str:
        return item

    def draw(self, item: str, width: int) -> list[Cell]:
        tick = "[x]" if item in self.shown else "[ ]"
        return [(f"{tick} ", "accent"), (fit(CHOICES[item], width - 4), "")]


class ColumnsDialog(Dialog[None]):
    """Ticks columns; `show` is called with their names after each change, which shows at once."""

    DEFAULT_CSS = """
    ColumnsDialog {
        & > #frame { width: 50; }
        & ColumnRows { height: 8; }
        & #columns-about { color: $text-muted; margin-bottom: 1; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("space,enter", "tick", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
    ]

    def __init__(self, shown: list[str], show: Callable[[list[str]], None]) -> None:
        super().__init__("Columns")
        self.rows = ColumnRows(list(shown))
        self.show_columns = show

    def body(self) -> ComposeResult:
        yield Static(
            content("space ticks. Columns that don't fit are left out."), id="columns-about"
        )
        yield self.rows

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    def on_virtual_list_opened(self) -> None:
        self.action_tick()

    def action_move(self, by: int) -> None:
        self.rows.move_to(self.rows.cursor + by)

    def action_tick(self) -> None:
        name = self.rows.current
        if name is None:
            return
        shown = self.rows.shown
        if name in shown and len(shown) > 1:
            shown.remove(name)
        elif name not in shown:
            shown.append(name)
        self.rows.refresh_row(self.rows.cursor)
        self.show_columns([each for each in CHOICES if each in shown])

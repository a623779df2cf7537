"""A question before an action that can't be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import content

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class Confirm(Dialog[bool]):
    """Returns True for `y`; also for Enter, unless the action `deletes` something.

    A pasted Enter does nothing.
    """

    app: Context

    DEFAULT_CSS = """
    Confirm {
        & > #frame { width: 64; border: round $warning; border-title-color: $warning; }
        & #question { margin: 1 0; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("y", "yes", show=False),
        Binding("n", "close", show=False),
        Binding("enter", "default", show=False),
    ]

    def __init__(
        self, title: str, text: str, *, yes: str, no: str = "Keep", deletes: bool = False
    ) -> None:
        super().__init__(title)
        self.text, self.yes, self.no, self.deletes = text, yes, no, deletes

    def body(self) -> ComposeResult:
        yield Static(content(self.text, lines=True), id="question")
        key = "bold $footer-key-foreground"
        yes, no = ("y", "⏎ n") if self.deletes else ("⏎ y", "n")
        yield Static(Content.assemble((yes, key), f" {self.yes}   ", (no, key), f" {self.no}"))

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_default(self) -> None:
        """Do what Enter means here."""
        if self.deletes:
            self.action_close()
        elif self.app.paste_guard.by_hand:
            self.action_yes()

"""A question before an action that can't be undone."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import content


class Confirm(Dialog[bool]):
    """Gives True for `y`. Enter means no."""

    DEFAULT_CSS = """
    Confirm {
        & > #frame { width: 64; border: round $warning; border-title-color: $warning; }
        & #question { margin: 1 0; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("y", "yes", show=False),
        Binding("n,enter", "close", show=False),
    ]

    def __init__(self, title: str, text: str, *, yes: str, no: str = "Keep") -> None:
        super().__init__(title)
        self.text, self.yes, self.no = text, yes, no

    def body(self) -> ComposeResult:
        yield Static(content(self.text, lines=True), id="question")
        key = "bold $footer-key-foreground"
        yield Static(Content.assemble(("y", key), f" {self.yes}   ", ("n", key), f" {self.no}"))

    def action_yes(self) -> None:
        self.dismiss(True)

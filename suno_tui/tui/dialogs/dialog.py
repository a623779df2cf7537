"""The base of all dialogs: a frame, a title, a footer, and Esc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen

from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.dialogs.veil import Veil
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A dialog; subclasses yield its widgets from `body`. Esc and `q` close it with None."""

    # Transparent, so that `render` gets the screen behind.
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: transparent;
        & > #frame {
            width: 84;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            background: $surface;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
        }
        & #dialog-keys { background: $surface; margin-top: 1; }
    }
    """
    BINDINGS = [Binding("q", "close", show=False)]
    app: Context
    LABELS: Mapping[str, str] = {}
    """What actions are called in this dialog, by id."""

    veiled = True
    """Whether the screen behind the dialog is drawn in one quiet colour."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.dialog_title = title

    def render(self) -> RenderableType:
        behind = super().render()
        if self.veiled and isinstance(behind, BackgroundScreen):
            return Veil(behind.screen, self.app.theme_variables)
        return behind

    def body(self) -> ComposeResult:
        """Yield the widgets between title and footer."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        frame = Vertical(id="frame")
        frame.border_title = content(self.dialog_title)
        frame.border_subtitle = "esc closes"
        with frame:
            yield from self.body()
            yield Footer(self.app.dispatcher, id="dialog-keys")

    def on_mount(self) -> None:
        self.watch(self, "focused", self._update_keys)

    def label(self, id: str) -> str | None:
        """Return what an action is called here."""
        return self.LABELS.get(id)

    def _update_keys(self) -> None:
        self.call_after_refresh(self.query_one(Footer).update_keys)

    def grow(self, rows: VirtualList[Any], around: int) -> None:
        """Make the list as high as its items need, and the dialog at most 4/5 of the screen.

        `around` is the number of the dialog's other rows.
        """
        rows.grow(self.size.height * 4 // 5 - around)

    def action_clear(self) -> None:
        """Close the dialog (Esc)."""
        self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

"""A dialog with a text of any length, scrolled by the keys of a list."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from suno_tui.tui.dialogs.dialog import Dialog


class Page(VerticalScroll):
    """Text that j, k, g, G and the usual keys scroll."""

    DEFAULT_CSS = """
    Page { height: auto; max-height: 100%; scrollbar-size-vertical: 1; background: $surface; }
    """
    BINDINGS = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
        Binding("space", "page_down", show=False),
    ]


class Reader(Dialog[None]):
    """Shows paragraphs of content, such as lyrics."""

    DEFAULT_CSS = """
    Reader {
        & > #frame { height: 100%; }
        & Page { height: 1fr; }
        & Page Static { margin-bottom: 1; }
    }
    """

    def __init__(self, title: str, *paragraphs: Content) -> None:
        super().__init__(title)
        self.paragraphs = paragraphs

    def body(self) -> ComposeResult:
        with Page():
            for paragraph in self.paragraphs:
                yield Static(paragraph)


class DetailsDialog(Dialog[None]):
    """The page of one track or task. The lists of keys and of commands open from here too."""

    def action_help(self) -> None:
        self.app.palette.action_help()

    def action_commands(self) -> None:
        self.dismiss(None)
        self.app.call_after_refresh(self.app.palette.action_commands)

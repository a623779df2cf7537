"""The dialog that says where the sound goes, and offers ways to hear it where one is."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.lists import Cell, Rows
from suno_tui.tui.sound.where import Way
from suno_tui.tui.text import content, fit

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp

_LABEL = 20


class WayRows(Rows[Way]):
    """Ways to hear it; Enter copies what stands there, or does it."""

    BINDINGS = [
        Binding("j,down", "move_down", show=False),
        Binding("k,up", "move_up", show=False),
    ]

    def key_of(self, item: Way) -> Hashable:
        return item.label, item.action

    def draw(self, item: Way, width: int) -> list[Cell]:
        if not item.text and not item.action:
            return [(fit(item.label, width), "key")]
        if item.action:
            return [("  ", ""), (fit(item.label, width - 2), "accent")]
        return [
            ("  ", ""),
            (fit(item.label, _LABEL), "muted"),
            (fit(item.text, width - _LABEL - 2), ""),
        ]


class WhereDialog(Dialog[None]):
    """Says where the sound goes now, and offers ways to hear it where one is."""

    app: StudioApp

    DEFAULT_CSS = """
    WhereDialog {
        & > #frame { width: 96; }
        & #where-now { height: auto; margin-bottom: 1; }
        & WayRows { height: auto; max-height: 16; }
        & #where-keys { height: auto; margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("enter", "take", show=False),
        Binding("s", "stream", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("Where do I hear this?")
        self._now = ""

    def body(self) -> ComposeResult:
        yield Static(id="where-now")
        yield WayRows(id="ways")
        key = "bold $footer-key-foreground"
        parts = (("⏎", key), " Copy, or do it  ", ("s", key), " Stream on, off")
        yield Static(Content.assemble(*parts), id="where-keys")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self.look()
        self.set_interval(1, self._look_at_listeners)
        self.run_worker(self._find_out(), group="where")

    @property
    def rows(self) -> WayRows:
        return self.query_one(WayRows)

    async def _find_out(self) -> None:
        await self.app.find_out_where()
        self.look()

    def _look_at_listeners(self) -> None:
        if (now := self.app.where_it_goes()) != self._now:
            self._now = now
            self.query_one("#where-now", Static).update(content(now, lines=True))

    def look(self) -> None:
        """Show things as they are now."""
        self._look_at_listeners()
        ways = self.app.ways()
        self.rows.styles.height = len(ways)
        self.rows.set_items(ways)
        current = self.rows.current
        if current is not None and not current.text and not current.action:
            self.rows.move_to(self.rows.cursor + 1)

    def on_rows_opened(self) -> None:
        self.action_take()

    def action_take(self) -> None:
        way = self.rows.current
        if way is None:
            return
        if way.action:
            self.action_stream()
        elif way.text:
            self.app.copy(way.label, way.text)

    def action_stream(self) -> None:
        if self.app.stream is None:
            self.app.start_streaming()
        else:
            self.app.stop_streaming()
        self.look()

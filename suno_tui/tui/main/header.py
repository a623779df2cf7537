"""The top line: the name or the tabs on the left; provider and balance on the right."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.widget import Widget

from suno_tui.api.catalog import dollars
from suno_tui.settings import LOCAL
from suno_tui.tui.text import cells, one_line

TABS = (
    ("compose", "1", "Compose"),
    ("tasks", "2", "Tasks"),
    ("library", "3", "Library"),
    ("player", "4", "Now playing"),
)


class Header(Widget):
    """One line. `page` is the tab that is open, None where all panes are side by side."""

    DEFAULT_CSS = """
    Header { height: 1; background: $background; color: $text-muted; }
    """

    def __init__(self, provider: str, go: Callable[[str], None]) -> None:
        super().__init__(id="header")
        self.provider = provider
        self.go = go
        self.page: str | None = None
        self.counts: dict[str, str] = {}
        self.balance: int | None = None
        self.trouble = ""
        self._content = Content("")
        self._places: list[tuple[int, int, str]] = []

    def look(self) -> None:
        """Draw it as things are now; repaints only where that differs."""
        new = self._draw(self.size.width)
        if not new.is_same(self._content):
            self._content = new
            self.refresh()

    def render(self) -> Content:
        return self._content

    def on_resize(self) -> None:
        self._content = self._draw(self.size.width)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        for start, end, page in self._places:
            if start <= event.x < end:
                self.go(page)

    def _draw(self, width: int) -> Content:
        right = self._right()
        left = self._tabs() if self.page else Content.assemble((" suno-tui", "bold $foreground"))
        if left.cell_length + right.cell_length + 2 > width:
            right = Content("")
        space = max(0, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * space, right)

    def _tabs(self) -> Content:
        parts: list[tuple[str, str]] = [(" ", "")]
        at = 1
        self._places = []
        for name, key, text in TABS:
            count = self.counts.get(name, "")
            label = f" {key} {text} {count} " if count else f" {key} {text} "
            here = name == self.page
            # The sign keeps the tab visible where there are no colours.
            label = f"▌{label[1:]}" if here else label
            parts.append((label, "bold $primary on $panel" if here else ""))
            self._places.append((at, at + cells(label), name))
            at += cells(label)
        return Content.assemble(*parts)

    def _right(self) -> Content:
        if self.provider == LOCAL:
            return Content.assemble(("local", "$success"), (" · free ", ""))
        name = one_line(self.provider, 20)
        if self.trouble:
            return Content.assemble((name, ""), (f" · {one_line(self.trouble, 30)} ", "$warning"))
        if self.balance is None:
            return Content.assemble((f"{name} ", ""))
        return Content.assemble(
            (f"{name}   ", ""),
            (f"{self.balance:,} cr", "$foreground"),
            (f"  {dollars(self.balance)} ", ""),
        )

"""The top row: name or tabs on the left, provider and balance on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from textual import events
from textual.content import Content
from textual.widget import Widget

from suno_tui.config.settings import LOCAL
from suno_tui.providers.capabilities import amount, dollars
from suno_tui.providers.remote import Amount
from suno_tui.tui.actions.table import GO
from suno_tui.tui.widgets.content import cells, one_line

_TABS = {"compose": "Compose", "tasks": "Queue", "library": "Library", "player": "Now playing"}


class Header(Widget):
    """One row. `page` is the open tab, None if all panes are side by side.

    `key_of` returns the key of an action.
    """

    DEFAULT_CSS = """
    Header { height: 1; background: $background; color: $text-muted; }
    """

    def __init__(
        self, provider: str, go: Callable[[str], None], key_of: Callable[[str], str]
    ) -> None:
        super().__init__(id="header")
        self.provider = provider
        self.go = go
        self.page: str | None = None
        self.counts: dict[str, str] = {}
        self.balance: Amount | None = None
        self.credit: Decimal | None = None
        """The price of a credit in dollars; None if it is not known."""
        self.free = provider == LOCAL
        self.trouble = ""
        self.next_try = ""
        """When the worker asks the provider in trouble again, as a phrase; empty if unknown."""
        self.need_user = 0
        """How many tasks go on only if the user does something."""
        self.key_of = key_of
        self._content = Content("")
        self._places: list[tuple[int, int, str]] = []

    def update_content(self) -> None:
        """Draw the present state; repaint only if it differs."""
        new = self._draw(self.size.width)
        if not new.is_same(self._content):
            self._content = new
            self.refresh()

    def show_balance(
        self, balance: Amount | None, trouble: str, *, free: bool, credit: Decimal | None
    ) -> None:
        """Show the balance at the provider, or why it is unknown."""
        self.balance, self.trouble, self.free, self.credit = balance, trouble, free, credit
        self.update_content()

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
        self._places = []
        left = self._tabs() if self.page else Content.assemble((" suno-tui", "bold $foreground"))
        call, right = self._fit(width - left.cell_length - 2)
        space = max(0, width - left.cell_length - call.cell_length - right.cell_length)
        at = left.cell_length + space
        self._places.append((at, at + call.cell_length, "tasks"))
        return Content.assemble(left, " " * space, call, right)

    def _fit(self, room: int) -> tuple[Content, Content]:
        """Return what needs the user, and the provider, in at most `room` columns.
        If both don't fit, the provider is left out.
        """
        for call in self._need_user_texts():
            for right in self._provider_texts():
                if call.cell_length + right.cell_length <= room:
                    return call, right
        alone = (call for call in self._need_user_texts() if call.cell_length <= room)
        return next(alone, Content("")), Content("")

    def _need_user_texts(self) -> Iterator[Content]:
        """Yield what needs the user, with the key that goes there, from the longest text."""
        if not self.need_user:
            yield Content("")
            return
        what = "1 needs you" if self.need_user == 1 else f"{self.need_user} need you"
        for text in (f"{what} ", str(self.need_user)):
            yield Content.styled(f" {self.key_of('needs_you')} {text} ", "bold $warning")

    def _tabs(self) -> Content:
        parts: list[tuple[str, str]] = [(" ", "")]
        at = 1
        for name, text in _TABS.items():
            key = self.key_of(GO[name])
            count = self.counts.get(name, "")
            label = f" {key} {text} ({count}) " if count else f" {key} {text} "
            here = name == self.page
            # The sign marks the tab on screens without colours.
            label = f"▌{label[1:]}" if here else label
            parts.append((label, "bold $primary on $panel" if here else ""))
            self._places.append((at, at + cells(label), name))
            at += cells(label)
        return Content.assemble(*parts)

    def _provider_texts(self) -> Iterator[Content]:
        """Yield the provider with its balance or trouble, from the longest text to the shortest."""
        if self.free and not self.trouble:
            yield Content.assemble((one_line(self.provider, 20), "$success"), (" · free ", ""))
            return
        name = one_line(self.provider, 20)
        if self.trouble:
            if self.next_try:
                text = f"{one_line(self.trouble, 30)} · {self.next_try} "
                yield Content.assemble((name, ""), (f" · {text}", "$warning"))
                yield Content.assemble((text, "$warning"))
            yield Content.assemble((name, ""), (f" · {one_line(self.trouble, 30)} ", "$warning"))
            yield Content.assemble((f"{one_line(self.trouble, 30)} ", "$warning"))
            if len(self.trouble) > 20:
                # A key says more than the beginning of a sentence.
                check = f" · {self.key_of('providers')}: check it "
                yield Content.assemble((name, ""), (check, "$warning"))
            for most in (20, 14, 10):
                yield Content.assemble((f"{one_line(self.trouble, most)} ", "$warning"))
        elif self.balance is None:
            yield Content.assemble((f"{name} ", ""))
        else:
            owned = (f"{amount(self.balance)} cr", "$foreground")
            worth = dollars(self.balance, self.credit)
            money = (f"  {worth} " if worth else " ", "")
            yield Content.assemble((f"{name}   ", ""), owned, money)
            yield Content.assemble(owned, money)
            yield Content.assemble(owned, " ")

"""The generate bar: what sending the song costs, or why it can't be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from suno_tui.offers import Quote
from suno_tui.providers.capabilities import amount
from suno_tui.providers.capabilities import price as price_of
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import LABELS, Problem
from suno_tui.tui.widgets.content import cells, content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


def cost(quote: Quote, balance: Amount | None) -> tuple[str, str]:
    """Return what sending does and costs, and the balance after it (empty if unknown)."""
    takes = f"{quote.takes} takes" if quote.takes != 1 else "1 take"
    by = f" · {one_line(quote.provider, 20)}" if quote.named else ""
    if quote.free:
        return f"{takes} · free{by}", ""
    price = f"{takes} · {price_of(quote.credits, quote.credit)}{by}"
    if balance is None:
        return price, ""
    if balance < quote.credits:
        return price, f"balance {amount(balance)}: it waits until you top up"
    return price, f"balance {amount(balance)} → {amount(balance - quote.credits)}"


def why_not(problems: tuple[Problem, ...], quote: Quote) -> str:
    """Return why the song can't be sent, in one sentence; empty if it can."""
    if len(problems) > 1:
        names = [LABELS[problem.field].lower() for problem in problems]
        return f"Not ready: {', '.join(names)}"
    return str(problems[0]) if problems else quote.reason or ""


class GenerateBar(Widget, can_focus=True):
    """The button under the form that sends the song."""

    DEFAULT_CSS = """
    GenerateBar {
        height: 1;
        color: $text-muted;
        &.-tall { height: 2; }
        &:focus { background: $row-cursor; color: $foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "press", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    app: Context

    class Pressed(Message):
        """Enter or a click on the bar; not an Enter that is pasted and would cost something."""

    def __init__(self) -> None:
        super().__init__(id="generate-line", name="generate")
        self.main = ""
        self.rest = ""
        self.able = False
        self.free = False
        self._calm = False

    @property
    def shown(self) -> str:
        """The whole text of the bar."""
        return " · ".join(part for part in (self.main, self.rest) if part)

    def show(
        self,
        problems: tuple[Problem, ...],
        quote: Quote,
        balance: Amount | None,
        *,
        calm: bool = False,
    ) -> None:
        """Show what a press does now; `calm`: in muted colours, because only text is missing."""
        if calm != self._calm:
            self._calm = calm
            self.refresh()
        self.free = quote.free
        reason = why_not(problems, quote)
        if reason:
            new = (False, reason, "")
        else:
            price, after = cost(quote, balance)
            new = (True, f"Generate {price}", after)
        if new != (self.able, self.main, self.rest):
            self.able, self.main, self.rest = new
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        if not self.able:
            style = "$text-muted" if self._calm else "$warning"
            text = self.main
            if self.size.height == 1 and cells(text) > width - 2:
                text = one_line(text.split(". ")[0], width - 2)
            return content(f"{'·' if self._calm else '✗'} {text}", style)
        head = Content.assemble(("▶ ", "$success"), content(self.main, "bold $foreground"))
        if not self.rest:
            return head
        if head.cell_length + len(self.rest) + 3 <= width:
            return Content.assemble(head, content(f" · {self.rest}"))
        if self.size.height > 1:
            return Content.assemble(head, "\n", content(f"  {one_line(self.rest, width - 2)}"))
        return head

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self) -> None:
        self.post_message(self.Pressed())

    def action_press(self) -> None:
        if self.app.paste_guard.by_hand or self.free:
            self.post_message(self.Pressed())

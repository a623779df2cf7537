"""The question before a batch is sent: the total cost, and the most that may be spent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from suno_tui.providers.capabilities import amount, price
from suno_tui.studio_batches import CheckedBatch, Priced, total
from suno_tui.tasks.spending import Budget
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.form import FormInput
from suno_tui.tui.terminal.paste_guard import BURST_SECONDS
from suno_tui.tui.widgets.content import content

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class Consent(NamedTuple):
    """The user's consent to send, with the most that may be spent (None: no limit)."""

    budget: Budget | None


class SendBatch(Dialog[Consent]):
    """Asks once, with the total cost. A pasted Enter sends nothing that costs."""

    app: Context

    DEFAULT_CSS = """
    SendBatch {
        & > #frame {
            width: 72; border: round $success; border-title-color: $success; padding: 1 2;
        }
        & .form-line { height: 1; margin-top: 1; }
        & .form-line > Static { width: 9; color: $text-muted; }
        & FormInput { width: 1fr; background: $panel; }
        & FormInput:focus { background: $row-cursor; }
        & #send-foot { margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """

    BINDINGS = [("enter", "send")]

    def __init__(self, batch: CheckedBatch, new: Sequence[Priced]) -> None:
        super().__init__(f"Send {batch.name}")
        self._batch, self._new = batch, new
        self.paid = any(song.credits for song in new)
        self._sending: Timer | None = None

    def body(self) -> ComposeResult:
        lines = [content(total(self.app.studio, self._new, len(self._batch.songs)), "bold")]
        yield Static(Content("\n").join([*lines, *self._more()]))
        if self.paid:
            with Horizontal(classes="form-line"):
                yield Static("At most")
                yield FormInput(
                    id="budget", compact=True, select_on_focus=False,
                    placeholder="2.00 or 400cr for all runs of this batch; empty: no budget",
                )  # fmt: skip
        yield Static(id="send-foot")

    def _more(self) -> list[Content]:
        """Return lines about the balance, the user's own limits, and keys that others can read."""
        studio = self.app.studio
        lines = []
        for provider in dict.fromkeys(song.provider for song in self._new):
            songs = [song for song in self._new if song.provider == provider]
            balance = studio.known_balance(provider)
            if balance is not None and (cost := sum(song.credits for song in songs)):
                credit = studio.capabilities(provider).credit
                text = f"Balance at {provider}: {price(balance, credit, '{} ({})')}"
                if balance < cost:
                    text += f"; {amount(cost - balance)} short: the rest waits until you top up"
                lines.append(content(f"{text}.", "$warning" if balance < cost else "$text-muted"))
            quote = studio.quote(songs[0].entry.song, len(songs), provider)
            lines += [content(each, "$warning") for each in (quote.reason, quote.warning) if each]
        return lines

    def on_mount(self) -> None:
        super().on_mount()
        if self.paid:
            self.query_one(FormInput).focus()
        self._show_foot("")

    def on_input_changed(self) -> None:
        self._show_foot("")

    def on_input_submitted(self) -> None:
        self.action_send()

    def action_send(self) -> None:
        """Send (Enter), once it is certain that the key was not part of a paste."""
        try:
            budget = self._budget
        except ValueError as error:
            self._show_foot(str(error))
            return
        if not self.paid:
            self.dismiss(Consent(None))
        elif not self.app.paste_guard.by_hand:
            self._show_foot("This looks like a paste: nothing is sent. Press ⏎ again.")
        elif self._sending is None:
            self._sending = self.set_timer(BURST_SECONDS, partial(self._send, Consent(budget)))

    @property
    def _budget(self) -> Budget | None:
        """The budget that is typed. Raises `ValueError`."""
        typed = self.query_one(FormInput).value if self.paid else ""
        return Budget.read(typed, self._batch.requester) if typed.strip() else None

    def _send(self, consent: Consent) -> None:
        if self._sending is None or not self.is_active:
            return
        if self.app.key_queue.is_empty:
            self.dismiss(consent)
        else:
            self._sending = self.set_timer(BURST_SECONDS, partial(self._send, consent))

    def _show_foot(self, text: str) -> None:
        self._sending = None
        keys = content("⏎ send", "$text-muted")
        message = content(f"{text}\n", "$warning", lines=True) if text else content("")
        self.query_one("#send-foot", Static).update(message + keys)

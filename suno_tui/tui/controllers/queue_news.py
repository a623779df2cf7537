"""Notices about the queue that are shown everywhere: tasks that end, and the balance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.secret import Environment
from suno_tui.common.text import clean
from suno_tui.config.settings import LOCAL
from suno_tui.tui.terminal import notify
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tasks.models import Task
    from suno_tui.tui.context import Context

NEWS = timedelta(seconds=10)
"""How long ago a task that was not in the queue before may have ended to be announced."""


class QueueNews:
    """Announces changes. `show_balance` gets the balance, or None and why it is unknown."""

    def __init__(self, app: Context, show_balance: Callable[[int | None, str], None]) -> None:
        self.app = app
        self._show_balance = show_balance
        self._window_title = ""
        self._balance_unknown = False

    def tasks_changed(self, changes: Sequence[tuple[Task | None, Task]]) -> None:
        """Announce tasks that have ended; ask for the balance if money may have moved."""
        for before, now in changes:
            if not now.live and (self._ended_just_now(now) if before is None else before.live):
                self.announce(now)
        if any(_money_moved(before, now) for before, now in changes):
            self.ask_for_balance()

    def _ended_just_now(self, task: Task) -> bool:
        """Return whether a task ended just now; a task forgotten long ago may come back."""
        return task.ended_at is not None and self.app.now() - task.ended_at < NEWS

    def announce(self, task: Task) -> None:
        """Announce the end of a task, by a notice and by the terminal's own notification."""
        from suno_tui.tui import task_labels as labels
        from suno_tui.tui import task_sentences as sentences

        title = one_line(task.title, 60) or "Your song"
        done = str(task.status) == "completed"
        text = f"{labels.takes(task)} in the library." if done else sentences.failure(task)
        self.app.notify(
            clean(text),
            title=title,
            severity="information" if done else "error",
            timeout=6 if done else 12,
        )
        how = self.app.studio.settings.screen.notify
        self.app.to_terminal(notify.notification(title, text, how, Environment.of(None)))

    def ask_for_balance(self) -> None:
        """Ask the provider for the balance, unless it is the built-in one."""
        if self.app.studio.provider != LOCAL:
            self.app.run_worker(self._ask_for_balance(), group="balance", exclusive=True)

    async def _ask_for_balance(self) -> None:
        try:
            account = await self.app.studio.credits()
        except StudioError as error:
            self._balance_unknown = True
            self._show_balance(None, error.title)
        else:
            self._balance_unknown = False
            self._show_balance(account.balance, "")

    def retry_balance(self) -> None:
        """Ask again if the last attempt failed; called once a minute."""
        if self._balance_unknown:
            self.ask_for_balance()

    def update_window_title(self, live: int) -> None:
        """Show in the window's title how many songs are being made."""
        title = f"{live} being made – suno-tui" if live else "suno-tui"
        if title != self._window_title:
            self._window_title = title
            self.app.to_terminal(notify.window_title(title))


def _money_moved(before: Task | None, now: Task) -> bool:
    """Return whether credits may have been charged or refunded between two states of a task."""
    if before is None:
        return now.accepted_at is not None
    facts = [(task.accepted_at, task.live, task.refund) for task in (before, now)]
    return facts[0] != facts[1]

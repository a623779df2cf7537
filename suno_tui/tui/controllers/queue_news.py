"""What the user is told of the queue wherever they are: endings, counts, the balance."""

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
"""How long ago a task that was never seen may have ended for that to be told."""


class QueueNews:
    """Tells what happened to tasks. `show_balance` is given the balance, or why it is unknown."""

    def __init__(self, app: Context, show_balance: Callable[[int | None, str], None]) -> None:
        self.app = app
        self._show_balance = show_balance
        self._window_title = ""
        self._balance_unknown = False

    def changed(self, changes: Sequence[tuple[Task | None, Task]]) -> None:
        """Announce what has ended, and ask for the balance if money may have moved."""
        for before, now in changes:
            if not now.live and (self._just_ended(now) if before is None else before.live):
                self.announce(now)
        if any(_money_moved(before, now) for before, now in changes):
            self.ask_for_balance()

    def _just_ended(self, task: Task) -> bool:
        """Whether it is news: what was forgotten long ago may come back."""
        return task.ended_at is not None and self.app.now() - task.ended_at < NEWS

    def announce(self, task: Task) -> None:
        """Tell that a task has ended: a notice, and the terminal's own notification."""
        from suno_tui.tui import task_labels as labels

        title = one_line(task.title, 60) or "Your song"
        done = str(task.status) == "completed"
        text = f"{labels.takes(task)} in the library." if done else labels.state(task)
        self.app.notify(
            clean(text),
            title=title,
            severity="information" if done else "error",
            markup=False,
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

    def minute_passed(self) -> None:
        """Ask again if the provider did not tell the balance the last time."""
        if self._balance_unknown:
            self.ask_for_balance()

    def show_live(self, live: int) -> None:
        """Say in the window's title how many songs are being made."""
        title = f"{live} being made – suno-tui" if live else "suno-tui"
        if title != self._window_title:
            self._window_title = title
            self.app.to_terminal(notify.window_title(title))


def _money_moved(before: Task | None, now: Task) -> bool:
    """Whether credits may have been charged or refunded between two looks at a task."""
    if before is None:
        return now.accepted_at is not None
    facts = [(task.accepted_at, task.live, task.refund) for task in (before, now)]
    return facts[0] != facts[1]

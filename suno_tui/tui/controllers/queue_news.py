"""News of the queue that is shown everywhere: tasks that end or need the user, the balance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.common.secret import Environment
from suno_tui.common.text import clean
from suno_tui.config.settings import LOCAL
from suno_tui.providers.remote import Amount
from suno_tui.tui.terminal import notify
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from textual.timer import Timer

    from suno_tui.tasks.models import Task
    from suno_tui.tui.context import Context

NEWS = timedelta(seconds=10)
"""A task that is new in the queue is announced if it ended at most this long ago."""
TOGETHER_SECONDS = 5
"""News of one kind within this time shares one notice."""


class _Announced(NamedTuple):
    """A notice that the next news of its kind replaces, and what it is about."""

    tasks: list[Task]
    title: str
    text: str
    end: Timer
    """Drops the notice and its tasks, which have long texts."""


class QueueNews:
    """Announces changes. `show_balance` gets the balance, or None and why it is unknown."""

    def __init__(self, app: Context, show_balance: Callable[[Amount | None, str], None]) -> None:
        self.app = app
        self._show_balance = show_balance
        self._window_title = ""
        self._balance_unknown = False
        self._shown: Amount | None = None
        self._announced: dict[str, _Announced] = {}

    def tasks_changed(self, changes: Sequence[tuple[Task | None, Task]]) -> None:
        """Announce tasks that have ended, refunds, and tasks that need the user; ask for the
        balance if money may have moved."""
        news: dict[str, list[Task]] = {}
        for before, now in changes:
            if kind := self._kind(before, now):
                news.setdefault(kind, []).append(now)
        for kind, tasks in news.items():
            self.announce(kind, tasks)
        if any(_money_moved(before, now) for before, now in changes):
            self.ask_for_balance()

    def _kind(self, before: Task | None, now: Task) -> str:
        """Return what kind of news a change is; empty if it is none."""
        from suno_tui.tasks.holds import NEEDS_USER

        if now.live:
            code = now.hold.code if now.hold else ""
            known = before is not None and before.hold is not None and before.hold.code == code
            return f"held {now.provider} {code}" if code in NEEDS_USER and not known else ""
        if before is None or before.live:
            if before is None and not self._ended_just_now(now):
                return ""
            if now.cancelled:
                return "cancelled"
            return "completed" if str(now.status) == "completed" else "failed"
        checked = str(before.refund or "") == "checking" != str(now.refund or "")
        return "refund" if checked else ""

    def _ended_just_now(self, task: Task) -> bool:
        """Return whether a task ended just now; a task forgotten long ago may come back."""
        return task.ended_at is not None and self.app.now() - task.ended_at < NEWS

    def announce(self, kind: str, tasks: Sequence[Task]) -> None:
        """Show news of one kind in one notice, together with the news just before.

        What the screen shows already is only kept in the log. The terminal is notified of songs
        that ended.
        """
        before = self._announced.get(kind)
        all_ = [*(before.tasks if before else ()), *tasks]
        title, text = map(clean, _news(kind, all_))
        if kind in ("completed", "failed"):
            how = self.app.studio.settings.screen.notify
            self.app.to_terminal(notify.notification(title, text, how, Environment.of(None)))
        good = kind in ("completed", "cancelled", "refund")
        queue = self.app.queue
        cancelled = kind == "cancelled" and queue.is_shown  # the user did it here
        if cancelled or (good and all(queue.is_in_sight(task.id) for task in all_)):
            self.app.log_message(text, title=title)
            return
        if kind == "completed" and len(all_) == 1:
            text += f" {self.app.keymap.chord('play_latest')} plays the newest take."
        if before is not None:
            before.end.stop()
            self.app.withdraw(before.title, before.text)
        end = self.app.set_timer(TOGETHER_SECONDS, partial(self._forget, kind))
        self._announced[kind] = _Announced(all_, title, text, end)
        self.app.notify(
            text,
            title=title,
            severity="information" if good else "error" if kind == "failed" else "warning",
            timeout=6 if good else 12,
        )

    def _forget(self, kind: str) -> None:
        self._announced.pop(kind, None)

    def ask_for_balance(self) -> None:
        """Ask the provider for the balance, unless it is the built-in one."""
        if self.app.studio.provider != LOCAL:
            self.app.run_worker(self._ask_for_balance(), group="balance", exclusive=True)

    async def _ask_for_balance(self) -> None:
        try:
            await self.app.studio.credits()
        except StudioError as error:
            self._balance_unknown = True
            self._show_balance(None, error.title)
        else:
            self._balance_unknown = False
            self._shown = None
            self._show_balance(None, "")  # a free provider has none, and no trouble any more
            self.show_known_balance()

    def show_known_balance(self) -> None:
        """Show the latest known balance, whether this screen, the worker or a command got it."""
        studio = self.app.studio
        if studio.capabilities(studio.provider).free or self._balance_unknown:
            return
        balance = studio.known_balance(studio.provider)
        if balance != self._shown:
            self._shown = balance
            self._show_balance(balance, "")

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


def _news(kind: str, tasks: Sequence[Task]) -> tuple[str, str]:
    """Return title and text of a notice about tasks that have the same news."""
    from suno_tui.tui import task_labels as labels
    from suno_tui.tui import task_sentences as sentences

    first, many = tasks[0], len(tasks) > 1
    name = one_line(first.title, 60) or "Your song"
    names = one_line(", ".join(dict.fromkeys(task.title for task in tasks)), 100)
    if kind == "cancelled":
        return "", f"{len(tasks)} tasks cancelled" if many else f"{name}: cancelled"
    if kind == "completed":
        if many:
            return f"{len(tasks)} songs are ready", names
        return name, f"{labels.takes(first)} in the library."
    if kind == "failed":
        if many:
            return f"{len(tasks)} songs failed", names
        return name, sentences.failure(first)
    if kind == "refund":
        if many:
            return f"{len(tasks)} refunds were checked", names
        return name, sentences.money(first)
    message = first.hold.message if first.hold else ""
    return f"{len(tasks)} tasks need you" if many else f"{name} needs you", message


def _money_moved(before: Task | None, now: Task) -> bool:
    """Return whether credits may have been charged or refunded between two states of a task, or
    the account was refused."""
    from suno_tui.tasks.holds import REFUSALS

    refused = [task.hold.code if task and task.hold else "" for task in (before, now)]
    if refused[0] != refused[1] and REFUSALS & {*refused}:
        return True
    if before is None:
        return now.accepted_at is not None
    facts = [(task.accepted_at, task.live, task.refund) for task in (before, now)]
    return facts[0] != facts[1]

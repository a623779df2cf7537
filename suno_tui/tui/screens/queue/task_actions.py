"""Actions on tasks, for the list of tasks and the page of a task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from suno_tui.common.text import for_clipboard
from suno_tui.library.track import more_like
from suno_tui.tasks.holds import WAITS_FOR_USER, HoldCode
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.sending import PLAIN
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class TaskActions(Widget):
    """Actions on the chosen tasks, for widgets that show one or many."""

    app: Context

    @property
    def selected(self) -> Task | None:
        """The current task."""
        raise NotImplementedError

    @property
    def chosen(self) -> list[Task]:
        """The tasks that an action is for: the marked ones, else the current one."""
        return [self.selected] if self.selected is not None else []

    def label(self, id: str) -> str | None:
        """Return what an action is called for the chosen tasks."""
        task = next(iter(self.chosen), None)
        if task is not None and id == "retry":
            return "Try now" if task.live and task.status is not Status.UNCERTAIN else "Retry"
        if task is not None and id == "forget":
            return "Cancel" if any(each.live for each in self.chosen) else "Clear"
        if id == "settle" and task is not None and task.takes_other_id:
            return "Enter its id"
        if id == "open":
            return "Go to takes" if self.selected and track_ids(self.selected) else "Details"
        return None

    def why_not(self, id: str) -> str | None:
        """Return why an action on a task is off."""
        task = self.selected
        if id in ("retry", "forget") and self.chosen:
            if id == "retry" and not any(map(_may_retry, self.chosen)):
                return "Only tasks that are held, failed or undecided can be retried."
            return None
        if task is None:
            return "No task here." if id in _ON_TASK else None
        if id == "settle" and not (_may_settle(task) or task.takes_other_id):
            return "Nothing to settle: it needs no answer."
        if id == "fetch_again" and not task.askable:
            return "Only for ended tasks without audio."
        if id == "top_up" and not sentences.held(task, *sentences.CREDIT_HOLDS):
            return "Only for a task that waits for credits."
        if id == "copy_url" and not any(take.url for take in task.takes):
            return "The provider has given no address yet."
        if id == "copy_lyrics" and not task.song.lyrics.strip():
            return "Its song has no lyrics."
        return None

    def action_retry(self) -> None:
        """Try a held task now, or send an ended one again; ask first if that may cost credits."""
        tasks = [task for task in self.chosen if _may_retry(task)]
        price = sentences.retry_price(tasks)
        if not price:
            self._retry(tasks)
            return
        if len(tasks) == 1:
            title, yes = "Send this task again?", "Send it again"
            text = f"{sentences.money(tasks[0])} Sending it again may cost {price}."
        else:
            title, yes = f"Retry {len(tasks)} tasks?", "Retry them"
            text = f"Sending them again may cost {price} in all."
        self.app.ask(title, text, partial(self._retry, tasks), yes=yes, no="Leave")

    def _retry(self, tasks: Sequence[Task]) -> None:
        self.app.queue.change_each(tasks, lambda task: self.app.studio.retry(task.id))

    def action_settle(self) -> None:
        """Ask what became of an uncertain task, or for the right id of one that is not found."""
        from suno_tui.tui.screens.queue.settle import SettleDialog, Verdict, id_dialog

        task = self.selected
        if task is None:
            return

        def answered(verdict: Verdict | None) -> None:
            if verdict is not None:
                settle, taken = self.app.studio.tasks.settle, verdict.taken
                self.app.queue.change(lambda: settle(task.id, taken, task_id=verdict.task_id))

        if task.takes_other_id:
            self.app.push_screen(
                id_dialog(task), lambda given: answered(Verdict(True, given) if given else None)
            )
        else:
            self.app.push_screen(SettleDialog(task), answered)

    def action_fetch_again(self) -> None:
        if (task := self.selected) is not None:
            self.app.queue.change(lambda: self.app.studio.tasks.poll_again(task.id))

    def action_providers(self) -> None:
        self.app.show_providers()

    def action_top_up(self) -> None:
        """Copy the address where credits are bought: over SSH, no browser can be opened here."""
        if (task := self.selected) is not None:
            self.app.copy("the top-up address", self.app.studio.website(task.provider))

    def action_forget(self) -> None:
        """Cancel live tasks after a question; take ended ones off the list."""
        self.ask_to_forget(self.chosen)

    def ask_to_forget(self, tasks: Sequence[Task]) -> None:
        """Do what `action_forget` does, for these tasks."""
        live = [task for task in tasks if task.live]
        if not live:
            self.app.queue.forget(tasks)
            return
        if len(live) == 1:
            title, yes = "Cancel this task?", "Cancel it"
            text = f"{one_line(live[0].title, 50) or 'It'}: {sentences.if_cancelled(live[0])}"
        else:
            title, yes = f"Cancel {len(live)} tasks?", "Cancel them"
            text = sentences.if_all_cancelled(live)
        self.app.ask(title, text, partial(self.app.queue.forget, tasks), yes=yes, deletes=True)

    def action_clone(self) -> None:
        if self.selected is not None:
            self.app.navigation.write(self.selected.song)

    def action_again(self) -> None:
        if self.selected is not None:
            song = more_like(self.selected.song, self.selected.origin)
            self.app.navigation.send_again(song, PLAIN)

    def action_copy_lyrics(self) -> None:
        if self.selected is not None:
            self.app.copy("the lyrics", self.selected.song.lyrics, lines=True)

    def action_copy_url(self) -> None:
        if self.selected is not None:
            urls = (for_clipboard(take.url) for take in self.selected.takes if take.url)
            self.app.copy("the addresses", "\n".join(urls), lines=True)

    def action_copy_id(self) -> None:
        if self.selected is not None:
            self.app.copy("the id", self.selected.id)


_ON_TASK = (
    "open", "details", "retry", "settle", "fetch_again", "forget", "clone", "again", "actions",
    "top_up", "mark", "mark_all", "shift_up", "shift_down", "copy_lyrics", "copy_url", "copy_id",
)  # fmt: skip


def track_ids(task: Task) -> list[str]:
    """Return the tracks of a task in the library."""
    return [take.track_id for take in task.takes if take.track_id]


def _may_retry(task: Task) -> bool:
    if task.live and task.status is not Status.UNCERTAIN:
        return task.hold is not None and task.hold.code not in _GOES_ON
    return _may_settle(task) or task.status in (Status.FAILED, Status.EXPIRED)


_GOES_ON = (HoldCode.PAUSED, HoldCode.DOWNLOAD_SLOT, HoldCode.CHECKING_OTHER, HoldCode.NO_ANSWER)
"""Holds of live tasks for which another try is useless."""


def _may_settle(task: Task) -> bool:
    return sentences.held(task, *WAITS_FOR_USER)

"""Actions on a task, for the list of tasks and the page of a task."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from suno_tui.common.text import for_clipboard
from suno_tui.tasks.holds import NEEDS_USER_TO_GO_ON, WAITS_FOR_USER
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class TaskActions(Widget):
    """Actions on the current task, for widgets that show one."""

    app: Context

    @property
    def selected(self) -> Task | None:
        """The current task."""
        raise NotImplementedError

    def why_not(self, id: str) -> str | None:
        """Return why an action on a task is off."""
        task = self.selected
        if task is None:
            return "There is no task here." if id in _ON_TASK else None
        if id == "retry" and not _may_retry(task):
            return "Only a task that failed or waits for your word can be queued again."
        if id == "settle" and not _may_settle(task):
            return "Only a song of which nobody knows whether it was taken can be settled."
        if id == "fetch_again" and not task.askable:
            return "Only a task that ended without its audio can be asked for again."
        if id == "copy_url" and not any(take.url for take in task.takes):
            return "The provider has given no address yet."
        if id == "copy_lyrics" and not task.song.lyrics.strip():
            return "Its song has no lyrics."
        return None

    def action_retry(self) -> None:
        """Queue it again; ask first if that may cost credits."""
        task = self.selected
        if task is None:
            return
        costs = task.credits and (task.status.ended or task.status is Status.UNCERTAIN)
        if not costs:
            self._retry(task)
            return
        text = f"{labels.money(task)} Sending it again may cost {labels.price(task)} once more."
        retry = partial(self._retry, task)
        self.app.ask("Queue this task again?", text, retry, yes="Queue it again", no="Leave it")

    def _retry(self, task: Task) -> None:
        self.app.queue.change(lambda: self.app.studio.retry(task.id))

    def action_settle(self) -> None:
        """Ask the user what became of an uncertain task."""
        from suno_tui.tui.screens.queue.settle import SettleDialog, Verdict

        task = self.selected
        if task is None:
            return

        def answered(word: Verdict | None) -> None:
            if word is not None:
                settle = self.app.studio.tasks.settle
                self.app.queue.change(lambda: settle(task.id, word.taken, task_id=word.task_id))

        self.app.push_screen(SettleDialog(task), answered)

    def action_fetch_again(self) -> None:
        if (task := self.selected) is not None:
            self.app.queue.change(lambda: self.app.studio.tasks.look_again(task.id))

    def action_forget(self) -> None:
        """Take it out of the list; ask first if it is not done."""
        task = self.selected
        if task is None:
            return
        if not task.live:
            self.app.queue.forget(task)
            return
        text = f"{one_line(task.title, 50) or 'The task'} is not done. {labels.given_up(task)}"
        forget = partial(self.app.queue.forget, task)
        self.app.ask("Forget this task?", text, forget, yes="Forget it", deletes=True)

    def action_clone(self) -> None:
        if self.selected is not None:
            self.app.navigation.write(self.selected.song)

    def action_again(self) -> None:
        if self.selected is not None:
            self.app.navigation.send_again(self.selected.song)

    def action_copy_lyrics(self) -> None:
        if self.selected is not None:
            self.app.copy("lyrics", self.selected.song.lyrics, lines=True)

    def action_copy_url(self) -> None:
        if self.selected is not None:
            urls = (for_clipboard(take.url) for take in self.selected.takes if take.url)
            self.app.copy("addresses", "\n".join(urls), lines=True)

    def action_copy_id(self) -> None:
        if self.selected is not None:
            self.app.copy("id", self.selected.id)


_ON_TASK = (
    "open", "details", "retry", "settle", "fetch_again", "forget", "clone", "again", "actions",
    "copy_lyrics", "copy_url", "copy_id",
)  # fmt: skip


_RETRIED = (*NEEDS_USER_TO_GO_ON, "other_shell")


def _may_retry(task: Task) -> bool:
    held = task.live and task.hold is not None and task.hold.code in _RETRIED
    return _may_settle(task) or held or task.status in (Status.FAILED, Status.EXPIRED)


def _may_settle(task: Task) -> bool:
    return task.hold is not None and task.hold.code in WAITS_FOR_USER

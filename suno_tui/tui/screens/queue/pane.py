"""The queue's pane: the list of tasks with its actions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.tasks.models import Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui.screens.queue.rows import TaskRows, tell_apart, typical_seconds
from suno_tui.tui.screens.queue.task_actions import TaskActions
from suno_tui.tui.widgets.content import one_line
from suno_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.worker_starter import WorkerKeeper
    from suno_tui.tui.context import Context

_ENDED_SHOWN = 500
_LONG = 0.01
_REST = 50
"""A read of the store that takes longer than `_LONG` seconds is followed by a pause of `_REST`
times that."""
WORKER_POLL_SECONDS = 2
"""Seconds between two checks whether a worker runs."""


class QueuePane(Pane, TaskActions):
    """The list of tasks; `reload` reads the store again if it has changed."""

    place = "tasks"
    app: Context

    DEFAULT_CSS = """
    QueuePane {
        padding: 0 0 0 1;
        & > #queue-notice {
            height: auto; max-height: 2; color: $warning; display: none;
        }
        & > #queue-notice.-shown { display: block; }
    }
    """

    class Changed(Message):
        """Sent with the tasks that have changed, as pairs of (before or None, now)."""

        def __init__(self, changes: list[tuple[Task | None, Task]]) -> None:
            super().__init__()
            self.changes = changes

    def __init__(self, studio: Studio, now: Callable[[], datetime]) -> None:
        super().__init__(id="tasks-pane")
        self.studio = studio
        self.rows = TaskRows(now, id="tasks")
        self.notice = Static(id="queue-notice")
        self._keeper: WorkerKeeper | None = None
        self._worker_trouble: str | None = None
        self._at_risk = 0
        self._known: dict[str, Task] = {}
        self._version: object = None
        self._paused_until = 0.0
        self._forgotten: list[Task] = []
        """Ended tasks that were forgotten; undo brings back the last one first."""

    def compose(self) -> ComposeResult:
        self.set_title("Queue")
        yield self.notice
        yield self.rows

    def on_mount(self) -> None:
        self.reload()
        self.set_interval(1, self._tick)
        self.set_interval(WORKER_POLL_SECONDS, self._ensure_worker)

    def reload(self, *, at_once: bool = True) -> None:
        """Read the store if it has changed since the last time.

        Thousands of live tasks change all the time: unless `at_once` is set, a read that took long
        is followed by a pause, in which keys are answered.
        """
        version = self.studio.tasks.version()
        start = time.monotonic()
        if version == self._version or (not at_once and start < self._paused_until):
            return
        first, self._version = self._version is None, version
        tasks = self.studio.tasks.all()
        live = [task for task in tasks if task.live]
        # Tasks whose audio may be lost come first, the most urgent at the top.
        live.sort(
            key=lambda task: timedelta.max if (left := self._time_left(task)) is None else left
        )
        ended = [task for task in tasks if not task.live][:_ENDED_SHOWN]
        self.rows.typical = typical_seconds(ended)
        self.rows.apart = tell_apart(live)
        self.rows.set_items(live + ended)
        self._show_summary(live, len(tasks) - len(live))
        known = {task.id: task for task in tasks}
        changes = [(self._known.get(t.id), t) for t in tasks if self._known.get(t.id) != t]
        self._known = known
        if changes and not first:
            self.post_message(self.Changed(changes))
        took = time.monotonic() - start
        self._paused_until = start + took * _REST if took > _LONG else 0

    @property
    def selected(self) -> Task | None:
        """The task under the cursor."""
        return self.rows.current

    @property
    def live(self) -> int:
        """How many tasks have not ended."""
        return sum(task.live for task in self.rows.items)

    def label(self, id: str) -> str | None:
        if id == "open":
            return "Details"
        if id == "pause_queue" and self.studio.tasks.paused:
            return "Resume queue"
        return None

    def why_not(self, id: str) -> str | None:
        if id == "undo":
            return None if self._forgotten else "No task was forgotten since the start."
        return super().why_not(id)

    def action_open(self) -> None:
        from suno_tui.tui.screens.queue.details import TaskDetails

        if self.selected is not None:
            self.app.push_screen(TaskDetails(self.rows))

    def action_details(self) -> None:
        self.action_open()

    def action_undo(self) -> None:
        """Bring back the task that was forgotten last; nothing is sent."""
        if self._forgotten:
            task = self._forgotten.pop()
            if self.change(lambda: self.studio.tasks.unforget(task.id)):
                self.rows.select(task.id)
                self.app.notify_briefly(f"{one_line(task.title, 40) or 'The task'} is back.")

    def action_pause_queue(self) -> None:
        tasks = self.studio.tasks
        self.change(tasks.resume if tasks.paused else tasks.pause)

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def forget(self, task: Task) -> None:
        """Take a task out of the list; if it has ended, undo brings it back."""
        tasks = self.studio.tasks
        if not self.change(lambda: (tasks.cancel if task.live else tasks.forget)(task.id)):
            return
        if not task.live:
            self._forgotten.append(task)
            name = one_line(task.title, 40) or "The task"
            self.app.notify_briefly(
                f"{name} is forgotten; {self.app.keymap.key('undo')} brings it back."
            )

    def change(self, do: Callable[[], object]) -> bool:
        """Change the queue, wake the worker and show the result; return whether it worked."""
        try:
            do()
            if self.studio.tasks.owed():
                self.studio.wake()
        except StudioError as error:
            self.app.notify_error(error)
            self.reload()
            return False
        self.reload()
        return True

    def _tick(self) -> None:
        if self.display and any(task.live for task in self.rows.items[:1]):
            self.rows.tick()

    def _ensure_worker(self) -> None:
        """Start a worker again if it died; show a notice if none keeps running."""
        trouble = None
        with contextlib.suppress(StudioError):
            # The app's own poll reports errors of the queue itself.
            if any(task.live for task in self.rows.items[:1]) and self.studio.tasks.owed():
                trouble = self._worker_keeper().trouble(self.studio.home)
        live = [task for task in self.rows.items if task.live]
        at_risk = sum(self._time_left(task) is not None for task in live)
        if trouble != self._worker_trouble or at_risk != self._at_risk:
            self._worker_trouble = trouble
            self._show_summary(live, len(self.rows.items) - len(live))

    def _time_left(self, task: Task) -> timedelta | None:
        return labels.time_left(task, self.rows.now())

    def _worker_keeper(self) -> WorkerKeeper:
        if self._keeper is None:
            from suno_tui.tasks.worker_starter import WorkerKeeper

            self._keeper = WorkerKeeper(lambda: self.studio.wake())
        return self._keeper

    def _show_summary(self, live: list[Task], ended: int) -> None:
        failed = [t for t in live if labels.troubled(t) and t.hold and t.hold.code != "paused"]
        parts = [f"{len(live)} live"] if live else []
        parts += [f"{ended} ended"] if ended else []
        paused = self.studio.tasks.paused
        subtitle = " · ".join(["paused", *parts] if paused else parts)
        self.set_subtitle(subtitle)
        notice = Content("")
        ends = sorted(left for task in live if (left := self._time_left(task)) is not None)
        self._at_risk = len(ends)
        if self._worker_trouble:
            notice = Content(f"! {one_line(self._worker_trouble, 300)}")
        elif ends:
            what = "1 task has" if len(ends) == 1 else f"{len(ends)} tasks have"
            when = f"deletes it in {labels.span(ends[0])}" if ends[0] else "may delete it any time"
            notice = Content(f"! {what} audio that is not here yet; the provider {when}.")
        elif paused:
            key = self.app.keymap.key("pause_queue")
            notice = Content(f"The queue is paused: nothing new is sent. {key} goes on.")
        elif failed:
            hold = failed[0].hold
            notice = Content(f"‖ {one_line(hold.message if hold else '', 300)}")
        self.notice.update(notice)
        urgent = bool(paused or self._worker_trouble or ends or self.size.height > 12)
        # On a small screen the task's own row says why it waits.
        self.notice.set_class(bool(notice.plain) and urgent, "-shown")

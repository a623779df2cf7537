"""The queue's pane: the tasks, live, and what can be done with the one under the cursor."""

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

from suno_tui.errors import StudioError
from suno_tui.queue.records import Task
from suno_tui.tui.main.pane import Pane
from suno_tui.tui.tasks import words
from suno_tui.tui.tasks.actions import TaskActions
from suno_tui.tui.tasks.rows import TaskRows, tell_apart, typical_seconds
from suno_tui.tui.text import one_line

if TYPE_CHECKING:
    from suno_tui.queue.process import Keeper
    from suno_tui.studio import Studio
    from suno_tui.tui.app import StudioApp

_ENDED_SHOWN = 500
_LONG = 0.01
_REST = 50
"""A look at the store that takes longer (seconds) is so many times as long apart from the next."""
WAKE = 2
"""Seconds between two looks whether a worker runs."""


class TasksPane(Pane, TaskActions):
    """The queue. Reads the store when it is told that something changed."""

    place = "tasks"
    app: StudioApp

    DEFAULT_CSS = """
    TasksPane {
        padding: 0 0 0 1;
        & > #queue-notice {
            height: auto; max-height: 2; color: $warning; display: none;
        }
        & > #queue-notice.-shown { display: block; }
    }
    """

    class Changed(Message):
        """Tasks that are otherwise than before: (before or None, now)."""

        def __init__(self, changes: list[tuple[Task | None, Task]]) -> None:
            super().__init__()
            self.changes = changes

    def __init__(self, studio: Studio, now: Callable[[], datetime]) -> None:
        super().__init__(id="tasks-pane")
        self.studio = studio
        self.rows = TaskRows(now, id="tasks")
        self.notice = Static(id="queue-notice")
        self._keeper: Keeper | None = None
        self._no_worker: str | None = None
        self._at_risk = 0
        self._known: dict[str, Task] = {}
        self._version: object = None
        self._rest_until = 0.0
        self._forgotten: list[Task] = []
        """What had ended when it was taken out of the list; the last one comes back first."""

    def compose(self) -> ComposeResult:
        self.set_title("Queue")
        yield self.notice
        yield self.rows

    def on_mount(self) -> None:
        self.reload()
        self.set_interval(1, self._tick)
        self.set_interval(WAKE, self._keep_a_worker)

    def reload(self, *, at_once: bool = True) -> None:
        """Read the store, where it has changed since the last time.

        Thousands of live tasks bring news all the time: without `at_once`, a look that took long
        is followed by a rest, so that keys are answered in between.
        """
        version = self.studio.tasks.version()
        start = time.monotonic()
        if version == self._version or (not at_once and start < self._rest_until):
            return
        first, self._version = self._version is None, version
        tasks = self.studio.tasks.all()
        live = [task for task in tasks if task.live]
        # What may be lost comes first, in the order in which it would be.
        live.sort(key=lambda task: timedelta.max if (left := self._ends(task)) is None else left)
        ended = [task for task in tasks if not task.live][:_ENDED_SHOWN]
        self.rows.typical = typical_seconds(ended)
        self.rows.apart = tell_apart(live)
        self.rows.set_items(live + ended)
        self._say(live, len(tasks) - len(live))
        known = {task.id: task for task in tasks}
        changes = [(self._known.get(t.id), t) for t in tasks if self._known.get(t.id) != t]
        self._known = known
        if changes and not first:
            self.post_message(self.Changed(changes))
        took = time.monotonic() - start
        self._rest_until = start + took * _REST if took > _LONG else 0

    @property
    def selected(self) -> Task | None:
        """The task under the cursor."""
        return self.rows.current

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
        from suno_tui.tui.tasks.details import TaskDetails

        if self.selected is not None:
            self.app.push_screen(TaskDetails(self))

    def action_details(self) -> None:
        self.action_open()

    def action_undo(self) -> None:
        """Bring back what was forgotten last; nothing is sent."""
        if self._forgotten:
            task = self._forgotten.pop()
            if self.change(lambda: self.studio.tasks.unforget(task.id)):
                self.rows.select(task.id)
                self.app.say(f"{one_line(task.title, 40) or 'The task'} is back.")

    def action_pause_queue(self) -> None:
        tasks = self.studio.tasks
        self.change(tasks.resume if tasks.paused else tasks.pause)

    def on_rows_opened(self) -> None:
        self.action_open()

    def forget(self, task: Task) -> None:
        """Take it out of the list; what has ended can be brought back."""
        tasks = self.studio.tasks
        if not self.change(lambda: (tasks.cancel if task.live else tasks.forget)(task.id)):
            return
        if not task.live:
            self._forgotten.append(task)
            name = one_line(task.title, 40) or "The task"
            self.app.say(f"{name} is forgotten; {self.app.keymap.key('undo')} brings it back.")

    def change(self, do: Callable[[], object]) -> bool:
        """Change the queue, see to it that a worker looks, and show it; whether that went well."""
        try:
            do()
            if self.studio.tasks.owed():
                self.studio.wake()
        except StudioError as error:
            self.app.tell_error(error)
            self.reload()
            return False
        self.reload()
        return True

    def _tick(self) -> None:
        if self.display and any(task.live for task in self.rows.items[:1]):
            self.rows.tick()

    def _keep_a_worker(self) -> None:
        """A worker that died is started again; where none stays, that is said."""
        trouble = None
        with contextlib.suppress(StudioError):
            # What is wrong with the queue itself is told by the app's own look.
            if any(task.live for task in self.rows.items[:1]) and self.studio.tasks.owed():
                trouble = self._worker_keeper().look()
        live = [task for task in self.rows.items if task.live]
        at_risk = sum(self._ends(task) is not None for task in live)
        if trouble != self._no_worker or at_risk != self._at_risk:
            self._no_worker = trouble
            self._say(live, len(self.rows.items) - len(live))

    def _ends(self, task: Task) -> timedelta | None:
        return words.time_left(task, self.rows.now())

    def _worker_keeper(self) -> Keeper:
        if self._keeper is None:
            from suno_tui.queue.process import Keeper

            self._keeper = Keeper(self.studio.home, lambda: self.studio.wake())
        return self._keeper

    def _say(self, live: list[Task], ended: int) -> None:
        failed = [t for t in live if words.troubled(t) and t.hold and t.hold.code != "paused"]
        parts = [f"{len(live)} live"] if live else []
        parts += [f"{ended} ended"] if ended else []
        paused = self.studio.tasks.paused
        subtitle = " · ".join(["paused", *parts] if paused else parts)
        self.set_subtitle(subtitle)
        notice = Content("")
        ends = sorted(left for task in live if (left := self._ends(task)) is not None)
        self._at_risk = len(ends)
        if self._no_worker:
            notice = Content(f"! {one_line(self._no_worker, 300)}")
        elif ends:
            what = "1 task has" if len(ends) == 1 else f"{len(ends)} tasks have"
            when = f"deletes it in {words.span(ends[0])}" if ends[0] else "may delete it any time"
            notice = Content(f"! {what} audio that is not here yet; the provider {when}.")
        elif paused:
            key = self.app.keymap.key("pause_queue")
            notice = Content(f"The queue is paused: nothing new is sent. {key} goes on.")
        elif failed:
            hold = failed[0].hold
            notice = Content(f"‖ {one_line(hold.message if hold else '', 300)}")
        self.notice.update(notice)
        urgent = bool(paused or self._no_worker or ends or self.size.height > 12)
        # Where rows are few, the task's own row says why it waits.
        self.notice.set_class(bool(notice.plain) and urgent, "-shown")

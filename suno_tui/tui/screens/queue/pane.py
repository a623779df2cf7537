"""The queue's pane: the list of tasks with its actions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.tasks.errors import NotNow, UnknownTask
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.screens.queue.order import arrange, needs_user, next_try_at, part
from suno_tui.tui.screens.queue.rows import TaskRows
from suno_tui.tui.screens.queue.task_actions import TaskActions, track_ids
from suno_tui.tui.widgets.content import one_line
from suno_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.worker_starter import WorkerKeeper
    from suno_tui.tui.context import Context

_ENDED_SHOWN = 500
_LONG, _REST = 0.01, 50
"""A read of the store of more than `_LONG` seconds is followed by a pause of `_REST` times that."""
WORKER_POLL_SECONDS = 2  # between two checks whether a worker runs


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
        """Sent when the queue has changed, with its tasks as pairs of (before or None, now)."""

        def __init__(self, changes: list[tuple[Task | None, Task]]) -> None:
            super().__init__()
            self.changes = changes

    class Waits(Message):
        """When a held task of the provider in use is tried again, as a phrase; empty if none is."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

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
        self._cleared: list[list[Task]] = []
        """Ended tasks that were taken off the list; undo brings back the last ones first."""
        self._wait = ""
        self._counts: list[str] = []

    def compose(self) -> ComposeResult:
        self.set_title("Queue")
        yield self.notice
        yield self.rows

    def on_mount(self) -> None:
        self._while_live = (
            self.set_interval(1, self._tick, pause=True),
            self.set_interval(WORKER_POLL_SECONDS, self._ensure_worker, pause=True),
        )
        self.reload()

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
        self._show_tasks(arrange(tasks, self.rows.now()))
        known = {task.id: task for task in tasks}
        changes = [(self._known.get(t.id), t) for t in tasks if self._known.get(t.id) != t]
        self._known = known
        if not first:
            self.post_message(self.Changed(changes))
        took = time.monotonic() - start
        self._paused_until = start + took * _REST if took > _LONG else 0

    def _show_tasks(self, tasks: list[Task]) -> None:
        """Show all tasks. The cursor stays on its task, or on the first row: the running task."""
        live = [task for task in tasks if task.live]
        shown = tasks[: len(live) + _ENDED_SHOWN]
        moved = [task.id for task in shown] != [task.id for task in self.rows.items]
        at_top = moved and (self.rows.cursor == 0 or not self.rows.has_focus)
        self.rows.show(shown)
        self._report_wait()
        if at_top:
            self.rows.move_to(0)
        for timer in self._while_live:
            if live:
                timer.resume()
            else:
                timer.pause()
        if not live:
            self._worker_trouble = None
        self._show_summary(live, len(tasks) - len(live))

    @property
    def selected(self) -> Task | None:
        """The task under the cursor."""
        return self.rows.current

    @property
    def chosen(self) -> list[Task]:
        marked = [task for task in self.rows.items if task.id in self.rows.marked]
        return marked or super().chosen

    @property
    def need_user(self) -> list[Task]:
        """The tasks that go on only if the user does something."""
        now = self.rows.now()
        return [task for task in self.rows.items if needs_user(task, now)]

    @property
    def live(self) -> int:
        """How many tasks have not ended."""
        return sum(task.live for task in self.rows.items)

    @property
    def is_shown(self) -> bool:
        """Whether the queue is on the screen, and no dialog is in front of it."""
        return self.app.screen is self.screen and self.is_on_screen

    def is_in_sight(self, id: str) -> bool:
        """Return whether the row of a task is on the screen."""
        if not self.is_shown:
            return False
        top = self.rows.scroll_offset.y
        visible = self.rows.items[top : top + self.rows.size.height]
        return any(task.id == id for task in visible)

    def label(self, id: str) -> str | None:
        if id == "pause_queue" and self.studio.tasks.paused:
            return "Resume queue"
        return super().label(id)

    def why_not(self, id: str) -> str | None:
        if id == "undo":
            return None if self._cleared else "Nothing to undo: no task was cleared."
        if id == "clear_marks":
            return None if self.rows.marked else "Nothing is marked."
        if id == "clear_ended" and not any(not task.live for task in self.rows.items):
            return "No task has ended."
        if id == "cancel_all" and not any(task.live for task in self.rows.items):
            return "No task is running or waiting."
        if id in ("shift_up", "shift_down") and self.selected is not None:
            reach = self._neighbour(-1 if id == "shift_up" else 1)
            return None if reach is not None else "Only waiting tasks have an order."
        return super().why_not(id)

    def action_open(self) -> None:
        """Go to the takes of an ended task; show the details of any other."""
        task = self.selected
        if task is not None and (tracks := track_ids(task)):
            self.app.navigation.show_track(tracks[0])
        else:
            self.action_details()

    def action_details(self) -> None:
        from suno_tui.tui.screens.queue.details import TaskDetails

        if self.selected is not None:
            self.app.push_screen(TaskDetails(self.rows))

    def action_undo(self) -> None:
        """Bring back the tasks that were cleared last; nothing is sent."""
        if self._cleared:
            tasks = self._cleared.pop()
            self.change_each(tasks, lambda task: self.studio.tasks.unforget(task.id))
            self.rows.select(tasks[0].id)

    def action_pause_queue(self) -> None:
        tasks = self.studio.tasks
        self.change(tasks.resume if tasks.paused else tasks.pause)
        self.app.navigation.update_keys()

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    # Many tasks

    def action_mark(self) -> None:
        """Mark the task or remove its mark; move the cursor to the next one."""
        if self.selected is not None:
            self.rows.toggle_mark(self.selected.id)
            self.rows.action_move_down()
            self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all live tasks; with the cursor on an ended one, all that ended."""
        if self.selected is not None:
            live = self.selected.live
            self.rows.set_marks(task.id for task in self.rows.items if task.live is live)
            self._marks_changed()

    def action_clear_marks(self) -> None:
        self.rows.set_marks(())
        self._marks_changed()

    def _marks_changed(self) -> None:
        self._show_subtitle()
        self.app.navigation.update_keys()

    def action_cancel_all(self) -> None:
        """Cancel all live tasks, after a question."""
        self.ask_to_forget([task for task in self.rows.items if task.live])

    def action_clear_ended(self) -> None:
        """Take all ended tasks off the list; undo brings them back."""
        self.forget([task for task in self.rows.items if not task.live])

    def action_shift_up(self) -> None:
        self._shift(-1)

    def action_shift_down(self) -> None:
        self._shift(1)

    def _shift(self, by: int) -> None:
        task, other = self.selected, self._neighbour(by)
        if task is not None and other is not None:
            self.rows.focus()
            self.change(lambda: self.studio.tasks.exchange(task.id, other.id))
            self.rows.select(task.id)

    def _neighbour(self, by: int) -> Task | None:
        """Return the waiting task with which the selected one may change places."""
        at, items, now = self.rows.cursor, self.rows.items, self.rows.now()
        if not 0 <= at + by < len(items):
            return None
        task, other = items[at], items[at + by]
        waiting = task.status is other.status is Status.QUEUED
        return other if waiting and part(task, now) is part(other, now) else None

    def forget(self, tasks: Sequence[Task]) -> None:
        """Cancel live tasks, and take ended ones off the list, which undo brings back."""
        store = self.studio.tasks
        ended = [task for task in tasks if not task.live]
        self.change_each(tasks, lambda task: (store.cancel if task.live else store.forget)(task.id))
        self.rows.set_marks(())
        self._marks_changed()
        if ended:
            self._cleared.append(ended)
            name = one_line(ended[0].title, 40) or "The task"
            what = f"{len(ended)} ended tasks" if len(ended) > 1 else name
            self.app.notify_briefly(f"Cleared {what}; {self.app.keymap.key('undo')}: undo")

    def try_provider(self, name: str) -> None:
        """Try the held tasks of a provider whose address or key was changed."""
        held = [
            task
            for task in self.rows.items
            if task.provider == name and sentences.held(task, *sentences.ACCOUNT_HOLDS)
        ]
        if held:
            self.change_each(held, lambda task: self.studio.retry(task.id))

    def change_each(self, tasks: Sequence[Task], do: Callable[[Task], object]) -> None:
        """Change some tasks; skip those whose state no longer allows it."""

        def each() -> None:
            refused: StudioError | None = None
            for task in tasks:
                try:
                    do(task)
                except (NotNow, UnknownTask) as error:
                    refused = error
            if refused is not None and len(tasks) == 1:
                raise refused

        self.change(each)

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
        self._report_wait()
        if self.display and self.is_on_screen and any(task.live for task in self.rows.items[:1]):
            self.rows.tick()
            self._show_notice()

    def _report_wait(self) -> None:
        """Report when a held task of the provider in use is tried again, if that has changed."""
        text = next_try_at(self.studio.provider, self.rows.items, self.rows.now())
        if text != self._wait:
            self._wait = text
            self.post_message(self.Waits(text))

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
            self._at_risk = at_risk
            self._show_notice()

    def _time_left(self, task: Task) -> timedelta | None:
        return labels.time_left(task, self.rows.now())

    def _worker_keeper(self) -> WorkerKeeper:
        if self._keeper is None:
            from suno_tui.tasks.worker_starter import WorkerKeeper

            self._keeper = WorkerKeeper(lambda: self.studio.wake())
        return self._keeper

    def _show_summary(self, live: list[Task], ended: int) -> None:
        parts = [f"{len(live)} live"] if live else []
        self._counts = [*parts, f"{ended} ended"] if ended else parts
        self._at_risk = sum(self._time_left(task) is not None for task in live)
        self._show_subtitle()
        self._show_notice()

    def on_resize(self) -> None:
        self._show_notice()

    def _show_subtitle(self) -> None:
        paused = ["paused"] if self.studio.tasks.paused else []
        marked = [f"{len(self.rows.marked)} marked"] if self.rows.marked else []
        self.set_subtitle(" · ".join([*paused, *marked, *self._counts]))

    def _show_notice(self) -> None:
        """Show the most urgent fact about the queue; repaint only if it has changed."""
        text, urgent = self._notice()
        if Content(text) != self.notice.content:
            self.notice.update(Content(text))
        # On a small screen the task's own row says why it waits.
        self.notice.set_class(bool(text) and (urgent or self.size.height > 6), "-shown")

    def _notice(self) -> tuple[str, bool]:
        """Return the notice, and whether it is shown on a small screen too."""
        live = [task for task in self.rows.items if task.live]
        if self._worker_trouble:
            return f"! {one_line(self._worker_trouble, 300)}", True
        if ends := sorted(left for task in live if (left := self._time_left(task)) is not None):
            what = "1 task has" if len(ends) == 1 else f"{len(ends)} tasks have"
            when = f"deletes it in {labels.span(ends[0])}" if ends[0] else "may delete it any time"
            return f"! {what} audio that is not downloaded yet; the provider {when}.", True
        if self.studio.tasks.paused:
            key = self.app.keymap.key("pause_queue")
            return f"Paused: nothing is sent. {key} resumes", True
        held = next((task for task in live if labels.troubled(task)), None)
        if held is None or held.hold is None:
            return "", False
        again = sentences.next_try(held, self.rows.now())
        message = one_line(held.hold.message, 300)
        return f"‖ {message.rstrip('.')}. {again}".rstrip() if again else f"‖ {message}", False

"""The rows of the queue: sign, mark, title, state and time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from suno_tui.common.text import clock
from suno_tui.tasks.models import Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui.ages import age
from suno_tui.tui.screens.queue.order import Forecast
from suno_tui.tui.widgets.content import cells, fit, one_line
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class TaskRows(VirtualList[Task]):
    """The list of tasks, in the order of `order.arrange`. `now` is the clock."""

    app: Context

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.forecast = Forecast(())
        self.apart: dict[str, str] = {}
        """By task id, a text that distinguishes it from other tasks of the same title."""
        self.marked: dict[str, None] = {}
        """The ids of marked tasks."""

    def key_of(self, item: Task) -> Hashable:
        return item.id

    def show(self, tasks: Sequence[Task]) -> None:
        """Replace the tasks; marks of tasks that are gone are removed."""
        self.forecast = Forecast(tasks)
        self.apart = tell_apart(tasks)
        if self.marked:
            here = {task.id for task in tasks}
            self.marked = {key: None for key in self.marked if key in here}
        self.set_items(tasks)

    def tick(self) -> None:
        """Repaint the rows that show a running time."""
        for index, task in enumerate(self.items):
            if not task.live:
                return
            if task.hold is None:
                self.refresh_row(index)

    def toggle_mark(self, id: str) -> None:
        """Mark the task under the cursor, or remove its mark."""
        if id in self.marked:
            del self.marked[id]
        else:
            self.marked[id] = None
        self.refresh_row(self.cursor)

    def set_marks(self, ids: Iterable[str]) -> None:
        """Mark these tasks and no others."""
        self.marked = dict.fromkeys(ids)
        self.refresh_rows()

    def draw(self, item: Task, width: int) -> list[Cell]:
        left = labels.time_left(item, self.now())
        sign, role = labels.glyph(item) if left is None else labels.AT_RISK
        when = self._when(item, narrow=width < 46)
        when_width = 12 if width >= 46 else 6
        state_width = max(12, min(36, (width - when_width) * 9 // 20))
        title_width = max(4, width - 2 - state_width - when_width - 2)
        return [
            (sign, role),
            ("●" if item.id in self.marked else " ", "key"),
            *self._title(item, title_width),
            (" ", ""),
            *(
                self._state(item, state_width, role)
                if left is None
                else [(fit(labels.risk(item, left), state_width), role)]
            ),
            (" ", ""),
            (fit(when[:when_width], when_width, "right"), "muted"),
        ]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        key = self.app.keymap.key("generate")
        lines = [("No tasks", "muted"), (f"{key}  Generate a song", "muted")]
        return centred(lines, width, height)

    def _title(self, task: Task, width: int) -> list[Cell]:
        title, apart = task.title or "Untitled", self.apart.get(task.id, "")
        if not apart:
            return [(fit(title, width), "")]
        title = one_line(title, max(width // 2, width - cells(apart) - 3))
        return [(title, ""), (" · ", "muted"), (fit(apart, width - cells(title) - 3), "muted")]

    def _state(self, task: Task, width: int, role: str) -> list[Cell]:
        part = labels.share(task)
        text = labels.state(task)
        role = "muted" if role == "good" else role
        if part is None:
            return [(fit(text, width), role)]
        name = str(task.status)
        room = width - len(name) - 1
        if room < 6:
            return [(fit(f"{name} {part:.0%}", width), role)]
        done = round(part * room)
        return [(name + " ", role), ("━" * done, role), ("─" * (room - done), "rest")]

    def _when(self, task: Task, *, narrow: bool) -> str:
        """Return when a task ended, or how long it runs and will still take (after `~`)."""
        now = self.now()
        if task.status.ended:
            return age(task.ended_at or task.created_at, now)
        if task.hold is not None:
            return age(task.created_at, now)
        begun, left = self.forecast.started(task), self.forecast.left(task, now)
        if begun is None:
            return f"~{_roughly(left)}" if left is not None else ""
        since = clock((now - begun).total_seconds())
        if left is None:
            return since
        return f"~{clock(left)}" if narrow else f"{since} ~{clock(left)}"


def _roughly(seconds: float) -> str:
    """Return a waiting task's time, rounded so that it changes seldom: `40 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{math.ceil(seconds / 10) * 10} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.0f} h"


def tell_apart(tasks: Sequence[Task]) -> dict[str, str]:
    """Return, by id, a task's requester if it is not the user, and what distinguishes tasks of one
    title: the rarest descriptor of the style (or part of the prompt), the model, the provider."""
    alike: dict[str, list[Task]] = {}
    for task in tasks:
        alike.setdefault(task.title, []).append(task)
    apart = {}
    for same in alike.values():
        texts = {_text(task) for task in same}
        models = {task.song.model for task in same}
        providers = {task.provider for task in same}
        words = _descriptors(texts) if len(texts) > 1 else {}
        common = Counter(chain.from_iterable(set(each) for each in words.values()))
        for task in same:
            own = words.get(_text(task), ())
            parts = [task.requester] * bool(task.requester)
            parts += [min(own, key=common.__getitem__)] if own else []
            parts += [task.song.model] * (len(models) > 1)
            parts += [task.provider] * (len(providers) > 1)
            if parts:
                apart[task.id] = " · ".join(parts)
    return apart


def _descriptors(texts: Iterable[str]) -> dict[str, Sequence[str]]:
    from suno_tui.lyrics.style import descriptors

    return {text: descriptors(text) for text in texts}


def _text(task: Task) -> str:
    return " ".join((task.song.style if task.song.custom_mode else task.song.prompt).split())

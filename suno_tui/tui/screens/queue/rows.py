"""The rows of the queue: sign, title, state and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from suno_tui.common.text import clock
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui.ages import age
from suno_tui.tui.widgets.content import cells, fit, one_line
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class TaskRows(VirtualList[Task]):
    """The list of tasks. `now` is the clock, `typical` the usual seconds by provider."""

    app: Context

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.typical: dict[str, float] = {}
        self.apart: dict[str, str] = {}
        """By task id, a text that tells it from other tasks of the same title."""

    def key_of(self, item: Task) -> Hashable:
        return item.id

    def tick(self) -> None:
        """Repaint the rows that show a running time."""
        for index, task in enumerate(self.items):
            if task.live:
                self.refresh_row(index)

    def draw(self, item: Task, width: int) -> list[Cell]:
        left = labels.time_left(item, self.now())
        sign, role = labels.glyph(item) if left is None else labels.AT_RISK
        when = self._when(item)
        when_width = 12 if width >= 46 else 6
        state_width = max(12, min(36, (width - when_width) * 9 // 20))
        title_width = max(4, width - 2 - state_width - when_width - 2)
        return [
            (f"{sign} ", role),
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
        lines = [("Nothing is being made.", "muted"), (f"{key}  Generate a song", "muted")]
        return centred(lines, width, height)

    def _title(self, task: Task, width: int) -> list[Cell]:
        title, apart = task.title or "Untitled", self.apart.get(task.id, "")
        if not apart:
            return [(fit(title, width), "")]
        title = one_line(title, max(width // 3, width - cells(apart) - 3))
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

    def _when(self, task: Task) -> str:
        now = self.now()
        if task.ended_at is not None and task.status.ended:
            return age(task.ended_at, now)
        since = clock((now - (task.submitted_at or task.created_at)).total_seconds())
        typical = self.typical.get(task.provider)
        running = task.status in (Status.PENDING, Status.PROCESSING, Status.SUBMITTING)
        return f"{since} ~{clock(typical)}" if typical and running and not task.hold else since


def tell_apart(tasks: list[Task]) -> dict[str, str]:
    """Return, by id, what tells tasks of the same title apart: rarest descriptor and model."""
    alike: dict[str, list[Task]] = {}
    for task in tasks:
        alike.setdefault(task.title, []).append(task)
    apart = {}
    for siblings in alike.values():
        styles = {task.song.style for task in siblings}
        models = {task.song.model for task in siblings}
        if len(styles) == len(models) == 1:
            continue
        from suno_tui.lyrics.style import descriptors

        common = Counter(chain.from_iterable(set(descriptors(style)) for style in styles))
        for task in siblings:
            words = descriptors(task.song.style) if len(styles) > 1 else ()
            parts = [min(words, key=common.__getitem__)] if words else []
            apart[task.id] = " · ".join(parts + [task.song.model] * (len(models) > 1))
    return apart


def typical_seconds(tasks: list[Task]) -> dict[str, float]:
    """Return the median seconds that the last 20 completed tasks of each provider took."""
    spans: dict[str, list[float]] = {}
    for task in tasks:
        if task.status is Status.COMPLETED and task.ended_at and task.submitted_at:
            seen = spans.setdefault(task.provider, [])
            if len(seen) < 20:
                seen.append((task.ended_at - task.submitted_at).total_seconds())
    return {name: sorted(seen)[len(seen) // 2] for name, seen in spans.items() if len(seen) >= 2}

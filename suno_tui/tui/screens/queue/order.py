"""The order of the queue's rows, and when each task is expected to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import takewhile
from statistics import median

from suno_tui.config.settings import LOCAL
from suno_tui.tasks.holds import NEEDS_USER
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.task_sentences import held

_SAMPLE = 20
"""Completed tasks of a provider from which the time of its next ones is estimated."""


_BEGUN = (Status.PROCESSING, Status.DOWNLOADING)


class Part(IntEnum):
    """The parts of the list, in the order in which they are shown."""

    NEEDS_USER = 0
    RUNNING = 1
    WAITING = 2
    ENDED = 3


def part(task: Task, now: datetime) -> Part:
    """Return which part of the list a task belongs to."""
    if task.status.ended:
        return Part.ENDED
    if needs_user(task, now):
        return Part.NEEDS_USER
    return Part.WAITING if task.status is Status.QUEUED else Part.RUNNING


def needs_user(task: Task, now: datetime) -> bool:
    """Return whether a task goes on only if the user does something, or soon loses its audio."""
    return held(task, *NEEDS_USER) or labels.time_left(task, now) is not None


def arrange(tasks: Sequence[Task], now: datetime) -> list[Task]:
    """Return tasks, given newest first, in the order of the list.

    First come tasks whose audio is soon lost, then tasks that need the user, running tasks, waiting
    tasks in the order in which they are sent, and ended tasks, the latest first.
    """

    def place(task: Task) -> tuple[float, float]:
        if task.status.ended:
            ended = task.ended_at or task.created_at
            return Part.ENDED, -ended.timestamp()
        left = labels.time_left(task, now)
        if left is not None:
            return Part.NEEDS_USER - 1, left.total_seconds()
        return part(task, now), 0.0 if task.status in _BEGUN else 1.0

    in_order = [*reversed(tasks)]
    in_order.sort(key=place)  # equal tasks keep the order in which they are sent
    return in_order


class Forecast:
    """When tasks will be done, estimated from how long the last ones of their provider took.

    `tasks` are in the order of the list. The built-in provider makes them one after the other, so a
    task is done after all those before it; other providers make them at the same time.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._spans: dict[str, float] = {}
        ended = [task for task in tasks if task.status is Status.COMPLETED]
        for provider in {task.provider for task in ended}:
            last = [task for task in ended if task.provider == provider][: _SAMPLE + 1]
            if len(spans := _spans(last)) > 1:
                self._spans[provider] = median(spans)
        local = [
            task
            for task in tasks
            if task.provider == LOCAL and _is_to_make(task) and not labels.troubled(task)
        ]
        self._first = local[0] if local else None
        self._place = {task.id: place for place, task in enumerate(local)}
        self._last_end = max(
            (task.ended_at for task in tasks if task.provider == LOCAL and task.ended_at),
            default=None,
        )

    def left(self, task: Task, now: datetime) -> float | None:
        """Return the seconds until a task is done; None if that is not known."""
        if not task.live or task.hold is not None or task.status is Status.UNCERTAIN:
            return None
        if task.provider == LOCAL:
            return self._left_in_turn(task, now)
        span = self._spans.get(task.provider)
        if span is None:
            return None
        left = span - (now - (task.submitted_at or now)).total_seconds()
        return left if left > 0 else None

    def started(self, task: Task) -> datetime | None:
        """Return when a running task was started; None if it waits for those before it."""
        if task.status is Status.QUEUED or task.submitted_at is None:
            return None
        if task.provider != LOCAL:
            return task.submitted_at
        if task.status in (Status.SUBMITTING, Status.PENDING):
            return None
        return max(task.submitted_at, self._last_end or task.submitted_at)

    def _left_in_turn(self, task: Task, now: datetime) -> float | None:
        first, place = self._first, self._place.get(task.id)
        if first is None or place is None:
            return None
        begun = self.started(first)
        since = (now - begun).total_seconds() if begun else 0.0
        span = self._spans.get(LOCAL)
        if span is None or since > span:
            # The task's own progress is a better estimate than the time of others.
            share = labels.share(first) if first.status is Status.PROCESSING else None
            span = since / share if share and share > 0.05 else span
        if span is None:
            return None
        left = max(0.0, span - since) + span * place
        return left if left > 0 else None


def _is_to_make(task: Task) -> bool:
    return task.live and task.status is not Status.DOWNLOADING


def _spans(ended: Sequence[Task]) -> list[float]:
    """Return the seconds that each task took; `ended` has the latest task first."""
    spans = []
    for at, task in enumerate(ended):
        begun, end = task.submitted_at, task.ended_at
        if begun is None or end is None:
            continue
        if task.provider == LOCAL:
            before = ended[at + 1].ended_at if at + 1 < len(ended) else None
            begun = max(begun, before) if before and before < end else begun
        spans.append((end - begun) / timedelta(seconds=1))
    return spans[:_SAMPLE]


def next_try_at(provider: str, tasks: Sequence[Task], now: datetime) -> str:
    """Return, as a phrase, when a held task of a provider is tried again; empty if none is held.

    The live tasks come first, as the queue shows them.
    """
    live = takewhile(lambda task: task.live, tasks)
    tries = (sentences.next_try(task, now) for task in live if task.provider == provider)
    text = next(filter(None, tries), "")
    return text[:1].lower() + text[1:]

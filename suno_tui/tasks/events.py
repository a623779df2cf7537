"""Changes of tasks as small typed events, for commands that wait for them.

Events are the differences between two readings of the records. Changes in between may be merged,
but the end of a task is never left out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from suno_tui.tasks.holds import Waiting, judge
from suno_tui.tasks.models import Take, TakeState, Task
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.worker_starter import WorkerKeeper

WATCH = 0.2
"""Seconds between two readings; one that finds nothing new takes microseconds."""
WAKE = 2
"""Seconds between two checks whether a worker runs."""


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """A task is new, or its status, hold, progress or takes changed."""

    task: Task


@dataclass(frozen=True, slots=True)
class TakeFiled:
    """A take is in the library."""

    task: Task
    take: Take


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """A task is completed, failed or expired, or the user forgot it."""

    task: Task


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Waiting was given up before all tasks had ended; `why` is the reason."""

    why: Waiting
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class NoWorker:
    """Every worker dies as soon as it is started, so no task goes on."""


Event = TaskChanged | TakeFiled | TaskEnded | NoWorker | GaveUp


def changes(before: Task | None, after: Task) -> list[Event]:
    """Return the events between two readings of one task."""
    if before == after:
        return []
    events: list[Event] = []
    done = {take.number for take in before.takes if take.track_id} if before else set()
    events += [
        TakeFiled(after, take)
        for take in after.takes
        if take.state is TakeState.DONE and take.number not in done
    ]
    over = not after.live or after.forgotten
    was_over = before is not None and (not before.live or before.forgotten)
    events.append(TaskEnded(after) if over and not was_over else TaskChanged(after))
    return events


async def follow(
    store: TaskStore,
    ids: Collection[str],
    *,
    patience: float | None = 60,
    wake: Callable[[], bool | None] | None = None,
) -> AsyncIterator[Event]:
    """Yield the events of some tasks until all of them have ended.

    If they don't end, the last event is `GaveUp`: at once if the account is refused or only the
    user can decide, else after `patience` seconds with nothing but failures (None: never). `wake`
    is called every few seconds to restart a worker that died; see `WorkerKeeper`.
    """
    seen: dict[str, Task] = {}
    version: int | None = None
    good_at = woken_at = time.monotonic()
    keeper = WorkerKeeper(wake) if wake else None
    while True:
        if (now_version := store.version()) != version:
            version = now_version
            for each in ids:
                task = store.get(each)
                for event in changes(seen.get(each), task):
                    yield event
                seen[each] = task
        left = [task for task in seen.values() if task.live and not task.forgotten]
        if not left:
            return
        why = judge([task.hold.code if task.hold else None for task in left])
        now = time.monotonic()
        if keeper and now - woken_at > WAKE:
            woken_at = now
            known = keeper.dies_at_once
            keeper.wake(owed=why is Waiting.GOING_ON)
            if keeper.dies_at_once and not known:
                yield NoWorker()
        if keeper and keeper.dies_at_once:
            why = Waiting.TROUBLE
        if why is Waiting.GOING_ON:
            good_at = now
        elif why is not Waiting.TROUBLE or (patience is not None and now - good_at >= patience):
            yield GaveUp(why, tuple(left))
            return
        await asyncio.sleep(WATCH)

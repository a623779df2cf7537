"""Wait for queued tasks: progress on stderr, the outcome on stdout and as the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from suno_tui.cli.output import hold_text, print_json, print_line, task_json
from suno_tui.cli.parser import Options
from suno_tui.cli.task_progress import TaskProgress
from suno_tui.common.text import clean
from suno_tui.tasks.events import Event, GaveUp, NoWorker, TakeFiled, TaskChanged, TaskEnded, follow
from suno_tui.tasks.holds import REFUSALS, Waiting
from suno_tui.tasks.worker_starter import why_no_worker

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task

OWED = 4


def wait(
    studio: Studio,
    tasks: Sequence[Task],
    options: Options,
    *,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
) -> int:
    """Wait until the tasks have ended or waiting makes no sense; return the exit code.

    `facts` has, by task id, values to add to the task's line of JSON.
    """
    ids = [task.id for task in tasks]
    gave_up: Waiting | None = None
    interrupted = False
    if not options.no_wait:
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            interrupted = True
            gave_up = asyncio.run(_follow(studio, ids, options))
            interrupted = False
    ended = [studio.tasks.get(each) for each in ids]
    for task in ended:
        if options.json:
            print_json({**(facts or {}).get(task.id, {}), **task_json(task, studio.library)})
        else:
            _print_task(studio, task)
    if options.no_wait:
        return 0
    if interrupted or gave_up:
        stay = "task stays" if len(ids) == 1 else "tasks stay"
        then = ". `suno-tui work` continues."
        if gave_up is Waiting.USER:
            then = " until you decide."
        _say(f"Stopped waiting; the {stay} in the queue{then}")
    return max((_code(task, gave_up) for task in ended), default=0)


async def _follow(studio: Studio, ids: list[str], options: Options) -> Waiting | None:
    """Print what happens; return the reason if the tasks don't end."""
    loop = asyncio.get_running_loop()
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, me.cancel)
    progress = TaskProgress(ids)
    async for event in follow(studio.tasks, ids, patience=options.patience, wake=studio.wake):
        if isinstance(event, GaveUp):
            return event.why
        if isinstance(event, NoWorker):
            progress.say(why_no_worker(studio.home))
            continue
        _show(event, progress)
    return None


def _show(event: Event, progress: TaskProgress) -> None:
    assert isinstance(event, TaskChanged | TakeFiled | TaskEnded)
    task = event.task
    line = f"{task.id}  {task.status:11}  {task.title}"
    if isinstance(event, TakeFiled):
        line += f"  take {event.take.number} is in the library"
    elif task.hold:
        if progress.redraws:
            # The task's own line may be cut, and this text says what to do.
            progress.say_once(f"{task.title}: {hold_text(task)}")
        line += f"  {hold_text(task)}"
    elif task.error:
        line += f"  {task.error.code}: {task.error.message}"
    elif task.progress is not None and task.live:
        # If lines are not replaced, a new one is printed every ten per cent.
        share = task.progress if progress.redraws else task.progress // 0.1 * 0.1
        line += f"  {share:.0%}"
    progress.show(task.id, line)


def _say(text: str) -> None:
    # The terminal may be gone after a hang-up; the task's record is what counts.
    with contextlib.suppress(OSError):
        print(clean(text), file=sys.stderr, flush=True)


def _print_task(studio: Studio, task: Task) -> None:
    facts = task_json(task, studio.library)
    for track in facts["tracks"]:
        print_line(track["audio"])
    if not facts["tracks"]:
        print_line(task.id, task.status.value, task.title)


def _code(task: Task, gave_up: Waiting | None) -> int:
    """Return the exit code for a task, as in `docs/cli.md`."""
    if task.status == "completed":
        return 0
    if task.status.ended:
        return 2 if task.error and task.error.code == "invalid_request" else 1
    if gave_up is Waiting.REFUSED or (task.hold and task.hold.code in REFUSALS):
        return 3
    return OWED

"""The downloads of a task: all takes once it is completed, and those that are ready early."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.tasks.models import Failure, Hold, Status, TakeState, Task
from suno_tui.worker.download import DEATHS, TakeDownload
from suno_tui.worker.take_files import TakeFiles
from suno_tui.worker.task_budget import TaskBudget

if TYPE_CHECKING:
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")

EARLY_TIME = 60.0
"""Seconds for a take that is ready before its task is completed."""


async def download_takes(runner: TaskRunner, task: Task) -> None:
    """Download and file the missing takes, then end the task."""
    renewing = asyncio.Lock()
    holds: dict[int, Hold | None] = {}
    budget = TaskBudget(task)
    left = [take for take in task.takes if take.state not in (TakeState.DONE, TakeState.LOST)]
    left_alone = [take for take in left if take.filings >= DEATHS]
    fetchers = [
        TakeDownload(runner, take.number, renewing, holds, budget)
        for take in left
        if take not in left_alone
    ]
    # The error of one take never stops the others.
    outcomes = await asyncio.gather(*(each.run() for each in fetchers), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    task = runner.task()
    if task.forgotten:
        return
    if left_alone:
        runner.set_hold(TakeFiles(runner.worker.downloads, task, left_alone[0]).left_alone())
        await runner.sleep(0 if runner.hold_recorded else 1)
        return
    runner.set_hold(None)
    lost = [take for take in task.takes if take.state is TakeState.LOST]
    if not any(take.state is TakeState.DONE or take in lost for take in task.takes):
        message = "The provider calls the task completed, but gave no audio."
        runner.journal.end(runner.id, Status.FAILED, Failure("no_audio", message))
    elif lost:
        names = " and ".join(str(take.number) for take in lost)
        message = f"The audio of take {names} is lost: {lost[0].error}"
        runner.journal.end(runner.id, Status.EXPIRED, Failure("audio_lost", message))
    else:
        runner.journal.end(runner.id, Status.COMPLETED)
    log.info("%s: %d takes filed, %d lost", runner.id, len(task.takes) - len(lost), len(lost))


async def download_early(runner: TaskRunner) -> None:
    """Download and file the finished takes of a task that is still running, with one try for each.

    Takes that fail are tried again when the task is completed.
    """
    task = runner.task()
    budget = TaskBudget(task)
    for take in task.takes:
        new = take.url and take.number not in runner.early
        if new and take.state is TakeState.WAITING and not take.filings:
            fetcher = TakeDownload(runner, take.number, asyncio.Lock(), {}, budget)
            try:
                async with asyncio.timeout(EARLY_TIME):
                    await fetcher.try_once(task, take)
            except (StudioError, OSError, TimeoutError) as error:
                log.info("%s: take %d is not early: %r", runner.id, take.number, error)

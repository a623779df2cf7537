"""The next step of a task, by its status: send, settle, watch, fetch, check the refund."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING

from suno_tui.api.errors import (
    AccountRefused,
    NetworkError,
    ProviderError,
    RateLimited,
    TaskNotFound,
    WrongAddress,
)
from suno_tui.errors import SettingsError
from suno_tui.queue import balance, fetch, send
from suno_tui.queue.job import Job, owed
from suno_tui.queue.line import hold_for
from suno_tui.queue.records import Failure, Hold, Refund, Status, Task
from suno_tui.queue.store import CANCELLED

if TYPE_CHECKING:
    from suno_tui.api.answers import RemoteTask

log = logging.getLogger("suno_tui.queue")


async def step(job: Job) -> bool:
    """Do one step; False where there is none for a worker to do."""
    task = job.task()
    if not owed(task):
        return False
    if task.status not in (Status.SUBMITTING, Status.UNCERTAIN):
        job.line.undoubt(job.id)
    if task.cancelling and await _cancel(job, task):
        return True
    match task.status:
        case Status.QUEUED:
            return await send.send(job, task)
        case Status.SUBMITTING:
            await balance.recover(job, task)
        case Status.UNCERTAIN:
            await balance.settle(job, task)
        case Status.PENDING | Status.PROCESSING:
            await watch(job, task)
        case Status.DOWNLOADING:
            await fetch.fetch_takes(job, task)
        case _:
            await balance.check_refund(job, task)
    return True


async def _cancel(job: Job, task: Task) -> bool:
    """Do what the user wishes, where the provider took the task and can stop it."""
    stop = job.worker.cancel.get(task.provider)
    if stop is None or not task.task_id:
        return False
    if await stop(task.task_id):
        log.info("%s: cancelled", job.id)
        job.journal.end(job.id, Status.FAILED, CANCELLED)
    else:
        job.journal.too_late(job.id)
    return True


async def watch(job: Job, task: Task) -> None:
    """Ask once how the task stands at its provider, and write it down."""
    if not job.fresh and job.line.access.hold is None:
        wait = job.pace.near if job.line.near else job.polling.next()
        await job.rest(wait, job.hold)
    job.fresh = False
    remote = await ask(job, task)
    if remote is None:
        return
    if remote.status == "completed":
        _completed(job, task, remote)
    elif remote.status == "failed":
        _fail(job, task, *(remote.error or ("failed", "")))
    else:
        _goes_on(job, task, remote)


def _goes_on(job: Job, task: Task, remote: RemoteTask) -> None:
    """Write down how a running task stands; a word that is not known for long needs the user."""
    hold = None
    if not remote.understood:
        job.keep_answer(json.dumps(remote.raw, ensure_ascii=False, default=str))
        since = (task.accepted_at or task.created_at).timestamp()
        if time.time() - since >= job.pace.unknown:
            told = f" It says: {remote.error[1]}" if remote.error else ""
            hold = Hold(
                "unknown_status",
                f"The provider calls the task {remote.raw_status!r}, which may be its end.{told} "
                f"It is asked for all the same. Its own pages tell more; `suno-tui queue forget "
                f"{task.id}` gives it up.",
            )
    then = (task.status, task.progress, task.raw_status)
    if (remote.status, remote.progress, remote.raw_status) != then or job.hold not in (None, hold):
        job.journal.seen(job.id, remote)
        job.hold = None
    job.show(hold)


def _fail(job: Job, task: Task, code: str, message: str) -> None:
    """It was paid, and there will be nothing: whether its credits come back is looked for."""
    log.info("%s: failed at the provider: %s", job.id, code)
    refund = None
    if task.credits:
        refund = Refund.UNKNOWN if task.balance_before is None else Refund.CHECKING
    job.journal.end(job.id, Status.FAILED, Failure(code, message), refund=refund)


async def ask(job: Job, task: Task) -> RemoteTask | None:
    """The provider's answer about the task; None after a fault, which was waited out or noted."""
    task_id = task.task_id or ""
    try:
        remote = await job.line.ask(lambda client: client.task(task_id))
    except TaskNotFound as error:
        await _missing(job, task, error)
        return None
    except (NetworkError, AccountRefused, RateLimited, WrongAddress, SettingsError) as error:
        # The provider's gate is closed now, and says why.
        log.info("%s: %s", job.id, error.code)
        return None
    except ProviderError as error:
        job.heard(error)
        wait = job.retrying.next(error.retry_after)
        log.info("%s: %s, again in %.0f s", job.id, error.code, wait)
        await job.rest(wait, hold_for(error))
        return None
    job.asked_at = asyncio.get_running_loop().time()
    job.missing = 0
    job.retrying.reset()
    return remote


async def _missing(job: Job, task: Task, error: TaskNotFound) -> None:
    """404: not there yet, gone for a while, or forever."""
    now = asyncio.get_running_loop().time()
    job.missing += 1
    if job.missing == 1:
        job.missing_since = now
    long = now - job.missing_since >= job.pace.missing
    if long and job.missing >= job.pace.missing_tries:
        message = f"The provider no longer knows the task {task.task_id}: {error}"
        _fail(job, task, error.code, message)
        return
    await job.rest(job.polling.next(error.retry_after), hold_for(error))


def _age(task: Task, remote: RemoteTask) -> float:
    """Seconds since the provider completed the task: this machine may have slept since.

    Its clock and ours may differ, so it is asked only how long the making took.
    """
    if task.accepted_at is None or remote.created_at is None or remote.completed_at is None:
        return 0.0
    took = (remote.completed_at - remote.created_at).total_seconds()
    return max(0.0, time.time() - task.accepted_at.timestamp() - max(0.0, took))


def _completed(job: Job, task: Task, remote: RemoteTask) -> None:
    if any(take.url for take in remote.results):
        log.info("%s: completed, %d takes", job.id, len(remote.results))
        job.journal.takes(job.id, remote.results, _age(task, remote))
        job.hold = None
        return
    since = task.completed_at.timestamp() if task.completed_at else time.time()
    if time.time() - since > job.pace.finishing:
        message = "The provider calls the task completed, but never said where its audio is."
        _fail(job, task, "no_audio", message)
        return
    hold = Hold("finishing", "Completed; the provider has not said yet where its audio is.")
    job.journal.finishing(job.id, hold)
    job.hold = hold

"""The next step of a task, by its status: submit, settle, poll, download, check the refund."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from suno_tui.common.errors import SettingsError
from suno_tui.providers.errors import (
    AccountRefused,
    NetworkError,
    ProviderError,
    RateLimited,
    TaskNotFound,
    WrongAddress,
)
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Failure, Hold, Refund, Status, Task
from suno_tui.tasks.transitions import CANCELLED
from suno_tui.worker import settlement, submit, take_downloads
from suno_tui.worker.provider_link import hold_for
from suno_tui.worker.take_rows import aligned
from suno_tui.worker.task_runner import TaskRunner, owed

if TYPE_CHECKING:
    from suno_tui.providers.remote import RemoteTask

log = logging.getLogger("suno_tui.worker")


async def step(runner: TaskRunner) -> bool:
    """Do one step; return False if nothing is left for a worker to do."""
    task = runner.task()
    if not owed(task):
        return False
    if task.status not in (Status.SUBMITTING, Status.UNCERTAIN):
        runner.link.remove_uncertain(runner.id)
    if task.cancelling and await _cancel(runner, task):
        return True
    match task.status:
        case Status.QUEUED:
            return await submit.submit(runner, task)
        case Status.SUBMITTING:
            await settlement.recover(runner, task)
        case Status.UNCERTAIN:
            await settlement.settle(runner, task)
        case Status.PENDING | Status.PROCESSING:
            await watch(runner, task)
        case Status.DOWNLOADING:
            await take_downloads.download_takes(runner, task)
        case _:
            await settlement.check_refund(runner, task)
    return True


async def _cancel(runner: TaskRunner, task: Task) -> bool:
    """Stop the task, if its provider took it and can stop it."""
    stop = runner.worker.cancel.get(task.provider)
    if stop is None or not task.task_id:
        return False
    if await stop(task.task_id):
        log.info("%s: cancelled", runner.id)
        runner.journal.end(runner.id, Status.FAILED, CANCELLED)
    else:
        runner.journal.cancel_too_late(runner.id)
    return True


async def watch(runner: TaskRunner, task: Task) -> None:
    """Poll the task once and record its state."""
    if not runner.first_poll and runner.link.access.hold is None:
        wait = runner.timings.local_poll if runner.link.in_process else runner.polling.next()
        await runner.sleep(min(wait, runner.link.poll_most))
    runner.first_poll = False
    remote = await ask(runner, task)
    if remote is None:
        return
    if remote.status == "lost" or await _is_forgotten(runner, remote):
        _send_lost_again(runner, task)
    elif remote.status == "completed":
        results = aligned(task, remote.results)
        _record_completed(runner, task, replace(remote, results=results))
    elif remote.status == "failed":
        _fail(runner, task, *(remote.error or ("failed", "")))
    else:
        _record_running(runner, task, remote)
        found = [take for take in aligned(task, remote.results) if take.url]
        early = [take for take in found if take.number not in runner.early]
        if runner.link.early and early:
            runner.journal.record_early(runner.id, early)
            await take_downloads.download_early(runner)
            runner.early |= {take.number for take in early}


async def _is_forgotten(runner: TaskRunner, remote: RemoteTask) -> bool:
    """Return whether a provider reports a task as running although it is idle.

    A server may do so for an hour after a restart.
    """
    now = asyncio.get_running_loop().time()
    state = (remote.status, remote.raw_status, remote.progress)
    if state != runner.seen or remote.status != "processing":
        runner.seen, runner.seen_since, runner.lost = state, now, 0
        return False
    if now - runner.seen_since < runner.timings.frozen:
        return False
    with contextlib.suppress(ProviderError, NetworkError, SettingsError):
        async with runner.link.turn() as client:
            if await client.idle():
                return True
    runner.seen_since, runner.lost = now, 0
    return False


def _send_lost_again(runner: TaskRunner, task: Task) -> None:
    """Send a song that its provider forgot once more, if that is free; else fail the task."""
    runner.lost += 1
    if runner.lost < runner.timings.lost_polls:
        return
    if task.credits or runner.sent_anew:
        twice = " twice" if runner.sent_anew else ""
        message = f"The server forgot the song{twice}: it was restarted, or something is wrong."
        _fail(runner, task, "lost", message)
        return
    log.warning("%s: the server no longer knows %s; it is sent again", runner.id, task.task_id)
    runner.lost, runner.seen, runner.first_poll, runner.sent_anew = 0, None, True, True
    runner.journal.send_lost_again(task)


def _record_running(runner: TaskRunner, task: Task, remote: RemoteTask) -> None:
    """Record the state of a running task; hold it if the state has been unknown for long."""
    hold = None
    if not remote.understood:
        runner.keep_answer(json.dumps(remote.raw, ensure_ascii=False, default=str))
        since = (task.accepted_at or task.created_at).timestamp()
        if time.time() - since >= runner.timings.unknown_status:
            note = f" It says: {remote.error[1]}" if remote.error else ""
            hold = Hold(
                HoldCode.UNKNOWN_STATUS,
                f"The provider's status is {remote.raw_status!r}, which may mean that the task "
                f"has ended.{note} suno-tui keeps checking. Look it up on the provider's website; "
                f"`suno-tui queue forget {task.id}` gives it up.",
            )
    recorded = (task.status, task.progress, task.raw_status)
    reported = (remote.status, remote.progress, remote.raw_status)
    if reported != recorded or runner.hold not in (None, hold):
        runner.journal.record_status(runner.id, remote)
        runner.hold = None
    runner.set_hold(hold)


def _fail(runner: TaskRunner, task: Task, code: str, message: str) -> None:
    """End the task as failed; if it was paid for, its refund will be checked."""
    log.info("%s: failed at the provider: %s", runner.id, code)
    refund = None
    if task.credits:
        refund = Refund.UNKNOWN if task.balance_before is None else Refund.CHECKING
    runner.journal.end(runner.id, Status.FAILED, Failure(code, message), refund=refund)


async def ask(runner: TaskRunner, task: Task) -> RemoteTask | None:
    """Return the provider's answer about the task; handle errors, and return None then."""
    task_id = task.task_id or ""
    try:
        async with runner.link.turn() as client:
            remote = await client.task(task_id)
    except TaskNotFound as error:
        await _handle_not_found(runner, task, error)
        return None
    except (NetworkError, AccountRefused, RateLimited, WrongAddress, SettingsError) as error:
        # This has tripped the provider's circuit breaker, which holds the task.
        log.info("%s: %s", runner.id, error.code)
        return None
    except ProviderError as error:
        runner.keep_raw_answer(error)
        wait = runner.retrying.next(error.retry_after)
        log.info("%s: %s, again in %.0f s", runner.id, error.code, wait)
        await runner.wait(wait, hold_for(error))
        return None
    runner.answered_at = asyncio.get_running_loop().time()
    runner.missing = 0
    runner.retrying.reset()
    return remote


async def _handle_not_found(runner: TaskRunner, task: Task, error: TaskNotFound) -> None:
    """Handle a 404: the task is not there yet, gone for a while, or gone for good."""
    age = time.time() - (task.accepted_at or task.created_at).timestamp()
    if age < runner.link.grace:
        await runner.sleep(runner.polling.next(error.retry_after))
        return
    now = asyncio.get_running_loop().time()
    runner.missing += 1
    if runner.missing == 1:
        runner.missing_since = now
    long = now - runner.missing_since >= runner.timings.missing
    if long and runner.missing >= runner.timings.missing_tries:
        message = f"The provider no longer knows the task {task.task_id}: {error}"
        _fail(runner, task, error.code, message)
        return
    await runner.wait(runner.polling.next(error.retry_after), hold_for(error))


def _age(task: Task, remote: RemoteTask) -> float:
    """Return the seconds since the provider completed the task; this machine may have slept.

    The clocks may differ, so only the difference between two of the provider's times is used.
    """
    if task.accepted_at is None or remote.created_at is None or remote.completed_at is None:
        return 0.0
    took = (remote.completed_at - remote.created_at).total_seconds()
    return max(0.0, time.time() - task.accepted_at.timestamp() - max(0.0, took))


def _record_completed(runner: TaskRunner, task: Task, remote: RemoteTask) -> None:
    if any(take.url for take in remote.results):
        log.info("%s: completed, %d takes", runner.id, len(remote.results))
        runner.journal.record_takes(runner.id, remote.results, _age(task, remote))
        runner.hold = None
        return
    since = task.completed_at.timestamp() if task.completed_at else time.time()
    if time.time() - since > runner.timings.finishing:
        message = "The provider completed the task, but never gave the address of its audio."
        _fail(runner, task, "no_audio", message)
        return
    hold = Hold(
        HoldCode.FINISHING, "Completed; the provider has not given the address of its audio yet."
    )
    runner.journal.record_finishing(runner.id, hold)
    runner.hold = hold

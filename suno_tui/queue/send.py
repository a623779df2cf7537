"""Sending a song: a POST that costs money and is not idempotent.

The receipt is on disk before the song leaves; the id is on disk before anything else is done. A
song is sent again by itself only after an error that proves that nothing was charged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.api.errors import (
    InvalidRequest,
    ModelNotFound,
    NetworkError,
    ProviderError,
    UpstreamError,
)
from suno_tui.errors import HomeError, SettingsError
from suno_tui.queue.line import hold_for
from suno_tui.queue.records import Failure, Hold, Status, Task

if TYPE_CHECKING:
    from suno_tui.api.client import Client
    from suno_tui.queue.job import Job

log = logging.getLogger("suno_tui.queue")

CHECKING = Hold(
    "checking",
    "The connection broke while the song was being sent. Whether the provider took it is found "
    "out from the balance; it is not sent twice.",
)


NO_ANSWER = Hold("no_answer", "The provider has not answered yet.")

MANY = 6
"""Refusals in a row, some two minutes, after which it need not be the provider's trouble."""

PERHAPS_THE_SONG = (
    "It was refused many times, and nothing was charged. Providers refuse words that they do not "
    "allow in the same way: forget the task and change the song, or let it wait."
)


async def send(job: Job, task: Task) -> bool:
    """Send the song, when its turn has come; False where the queue is paused."""
    try:
        await job.line.no_doubts.wait()
        async with job.line.spending.passage() as trying, job.line.sending:
            closed = job.line.spending.hold and not trying
            if closed or not job.line.no_doubts.is_set():
                return True
            task = job.task()
            if task.status is not Status.QUEUED or task.forgotten:
                return True
            if job.worker.store.paused or job.worker.stopping:
                return False
            job.worker.reserve.keep()
            with job.waiting(NO_ANSWER):
                before = await job.line.balance() if task.credits else None
                await _post(job, task, before)
    except (UpstreamError, ModelNotFound) as error:
        wait = job.retrying.next(error.retry_after)
        if isinstance(error, ModelNotFound):
            wait = job.pace.model_again
        log.info("%s: %s, again in %.0f s", job.id, error.code, wait)
        await job.rest(wait, _hold(error, job.retrying.tries))
    except (ProviderError, NetworkError, SettingsError) as error:
        # The provider's gate is closed now, or the task is uncertain: its record says so.
        log.info("%s: not sent: %s", job.id, error.code)
    return True


def _hold(error: ProviderError, tries: int) -> Hold:
    hold = hold_for(error)
    if isinstance(error, UpstreamError) and tries >= MANY:
        return Hold(hold.code, f"{hold.message} {PERHAPS_THE_SONG}")
    return hold


async def _post(job: Job, task: Task, before: int | None) -> None:
    """Write the receipt, send the song, and write down what became of it.

    While `job.sending` is true, a stopping worker waits for the answer.
    """
    left = False

    async def create(client: Client) -> str | None:
        nonlocal left
        callback_url, listening = task.callback_url, job.worker.listening
        if callback_url is None and listening and not client.in_process:
            callback_url = listening.url_for(task.nonce)
        if not job.journal.receipt(task, before, callback_url):
            return None
        left = job.sending = True
        job.hold = None
        log.info("%s: sending to %s", job.id, task.provider)
        return await client.create(task.song, nonce=task.nonce, callback_url=callback_url)

    try:
        task_id = await job.line.ask(create, sending=True)
        if task_id is not None:
            # Logged first: should the database be beyond writing, the id is not lost.
            log.info("%s: accepted as %s", job.id, task_id)
            await _insist(job, partial(job.journal.accepted, job.id, task_id))
            job.retrying.reset()
            job.fresh = False
    except (ProviderError, NetworkError) as error:
        if left:
            await _insist(job, partial(_react, job, error))
            job.heard(error)
        raise
    except Exception:
        if left:
            await _insist(job, partial(_doubt, job))
        raise
    finally:
        job.sending = False


def _react(job: Job, error: ProviderError | NetworkError) -> None:
    if isinstance(error, InvalidRequest):
        job.journal.refused(job.id, Failure(error.code, str(error)))
    elif error.settled:
        job.journal.not_taken(job.id, hold_for(error))
    else:
        log.warning("%s: uncertain after %s", job.id, error.code)
        _doubt(job)


def _doubt(job: Job) -> None:
    job.line.doubt(job.id)
    job.journal.doubtful(job.id, CHECKING)


async def _insist(job: Job, write: Callable[[], None]) -> None:
    """Write it down, into the reserve where the disk is full: this may not be lost."""
    while True:
        try:
            write()
            return
        except HomeError as error:
            log.error("%s can't be written down yet: %s", write, error)
            with contextlib.suppress(HomeError):
                job.worker.reserve.give_up()
                write()
                return
            await asyncio.sleep(1)

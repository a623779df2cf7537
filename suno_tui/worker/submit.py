"""Sending a song: a POST that costs money and is not idempotent.

The receipt is on disk before the song is sent, and the id before anything else is done. A song is
sent again automatically only after an error that proves that nothing was charged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.common.errors import HomeError, SettingsError
from suno_tui.providers.errors import (
    InvalidRequest,
    ModelNotFound,
    NetworkError,
    ProviderError,
    UpstreamError,
)
from suno_tui.providers.remote import Amount
from suno_tui.providers.source import Source, SourceTrouble
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Failure, Hold, Status, Task
from suno_tui.tasks.row_mapping import now
from suno_tui.worker.provider_link import hold_for
from suno_tui.worker.source_upload import NotUploaded, bring_source, goes_by_id, upload_ahead

if TYPE_CHECKING:
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")

CHECKING = Hold(
    HoldCode.CHECKING,
    "The connection broke while the song was being sent. The balance will show whether the "
    "provider took it; it is not sent twice.",
)


FREE_CHECKING = Hold(
    HoldCode.CHECKING,
    "The connection broke while the song was being sent. It costs nothing, so it is sent again.",
)

NO_ANSWER = Hold(HoldCode.NO_ANSWER, "The provider has not answered yet.")

MANY = 6
"""Refusals in a row (over about two minutes) after which the song itself may be the reason."""

PERHAPS_THE_SONG = (
    "It was refused many times, and nothing was charged. Providers refuse words that they do not "
    "allow in the same way: cancel the task and change the song, or let it wait."
)


class _NoReceipt(Exception):
    """The song must not be sent now. Nothing was requested, so no circuit breaker is reset."""


async def submit(runner: TaskRunner, task: Task) -> bool:
    """Send the song when its turn has come; return False if the queue is paused."""
    try:
        await upload_ahead(runner, task)
        async with runner.link.order.turn(runner.id):
            return await _submit_in_turn(runner)
    except (UpstreamError, ModelNotFound, SourceTrouble, NotUploaded) as error:
        wait = runner.retrying.next(error.retry_after)
        if isinstance(error, ModelNotFound):
            wait = runner.timings.model_again
        log.info("%s: %s, again in %.0f s", runner.id, error.code, wait)
        await runner.wait(wait, _hold(error, runner.retrying.tries))
    except (ProviderError, NetworkError, SettingsError) as error:
        # The task's record has the reason: a tripped circuit breaker, or that it is uncertain.
        log.info("%s: not sent: %s", runner.id, error.code)
    return True


async def _submit_in_turn(runner: TaskRunner) -> bool:
    link = runner.link
    await link.none_uncertain.wait()
    if _is_full(runner):
        await runner.sleep(runner.timings.local_poll)
        return True
    async with link.spending.attempt() as trying, link.sending:
        closed = link.spending.hold and not trying
        if closed or not link.none_uncertain.is_set():
            return True
        task = runner.task()
        if task.status is not Status.QUEUED or task.forgotten:
            return True
        if runner.worker.store.paused or runner.worker.stopping:
            return False
        runner.worker.reserve.ensure()
        with runner.explain_if_slow(NO_ANSWER):
            await link.check_busy()
        source = await bring_source(runner, task)
        with runner.explain_if_slow(NO_ANSWER):
            asked_at = now() if task.credits else None
            before = await link.balance() if task.credits else None
            if not link.order.overtaken(runner.id):  # the user may have moved it meanwhile
                await _post(runner, task, before, asked_at, source)
    return True


def _is_full(runner: TaskRunner) -> bool:
    """Return whether the provider has all the songs that it may have at a time."""
    most = runner.worker.most_at_once.get(runner.link.name)
    return most is not None and runner.journal.sent_and_not_made(runner.link.name) >= most


def _hold(error: ProviderError | NotUploaded, tries: int) -> Hold:
    hold = hold_for(error)
    if isinstance(error, UpstreamError) and tries >= MANY:
        return Hold(hold.code, f"{hold.message} {PERHAPS_THE_SONG}")
    return hold


async def _post(
    runner: TaskRunner,
    task: Task,
    before: Amount | None,
    asked_at: float | None,
    source: Source | None,
) -> None:
    """Write the receipt, send the song, and record what became of it.

    While `runner.sending` is true, a stopping worker waits for the answer.
    """
    try:
        async with runner.link.turn(sending=True) as client:
            callback_url, callbacks = task.callback_url, runner.worker.callbacks
            supported = client.capabilities.callback != "none" and not client.in_process
            if callback_url is None and callbacks and supported:
                callback_url = callbacks.url_for(task.nonce)
            written = runner.journal.write_receipt(task, before, callback_url, asked_at=asked_at)
            if not written:
                raise _NoReceipt
            runner.sending = True
            runner.hold = None
            log.info("%s: sending to %s", runner.id, task.provider)
            created = await client.create(
                task.song, nonce=task.nonce, callback_url=callback_url, source=source
            )
        # Logged first: if the database can't be written, the id is not lost.
        log.info("%s: accepted as %s", runner.id, created.id)
        write = partial(runner.journal.accepted, runner.id, created.id, created.position)
        await _write_until_done(runner, write)
        runner.retrying.reset()
        runner.first_poll = False
    except _NoReceipt:
        log.info("%s: not sent now: taken back, paused, or the balance may have moved", runner.id)
    except (ProviderError, NetworkError) as error:
        if runner.sending:
            await _write_until_done(runner, partial(_record_error, runner, error))
            runner.keep_raw_answer(error)
        raise
    except Exception:
        if runner.sending:
            await _write_until_done(runner, partial(_mark_uncertain, runner))
        raise
    finally:
        runner.sending = False


def _record_error(runner: TaskRunner, error: ProviderError | NetworkError) -> None:
    if isinstance(error, InvalidRequest) and goes_by_id(runner):
        # The provider may have lost its own track. If it refuses the song with an upload as well,
        # the reason is the song.
        runner.by_id_refused = True
        runner.journal.not_taken(runner.id)
    elif isinstance(error, InvalidRequest):
        runner.journal.refused(runner.id, Failure(error.code, str(error)))
    elif error.settled:
        hold = hold_for(error)
        runner.journal.not_taken(runner.id, hold, runner.link.retry_at(hold))
    else:
        log.warning("%s: uncertain after %s", runner.id, error.code)
        _mark_uncertain(runner)


def _mark_uncertain(runner: TaskRunner) -> None:
    runner.link.add_uncertain(runner.id)
    hold = CHECKING if runner.task().credits else FREE_CHECKING
    runner.journal.mark_uncertain(runner.id, hold)


async def _write_until_done(runner: TaskRunner, write: Callable[[], None]) -> None:
    """Write what must not be lost, and retry until it is on disk; release the reserve for it."""
    while True:
        try:
            write()
            return
        except HomeError as error:
            log.error("%s can't be written yet: %s", write, error)
            with contextlib.suppress(HomeError):
                runner.worker.reserve.release()
                write()
                return
            await asyncio.sleep(1)

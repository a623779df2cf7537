"""What the account's balance tells: of a song whose answer was lost, and of a refund."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from suno_tui.common.errors import SettingsError
from suno_tui.providers.errors import NetworkError, ProviderDown, ProviderError
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold, Refund, Task
from suno_tui.worker.submit import CHECKING

if TYPE_CHECKING:
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")


NOT_TAKEN = Hold(HoldCode.OUTCOME_UNKNOWN, "The last try brought no answer; it is sent again.")


async def recover(job: TaskRunner, task: Task) -> None:
    """A worker died while the song was being sent: whether it arrived is not known."""
    client = await job.line.client()
    if client.idempotent or not task.credits:
        # Sent again with the same nonce, it is the same task; or it costs nothing.
        job.journal.send_again(task)
    else:
        job.journal.mark_uncertain(job.id, CHECKING)


async def settle(job: TaskRunner, task: Task) -> None:
    """Find out from the balance whether an uncertain song was taken; else ask the user.

    Unchanged after several looks: it was not taken, and is queued again. Less by exactly its
    price: it was taken, and its id is lost. Anything else, or other tasks that moved the balance,
    is no evidence. Meanwhile nothing else is sent to the provider.
    """
    client = await job.line.client()
    if client.idempotent or not task.credits:
        await job.sleep(job.retrying.next())
        job.journal.not_taken(job.id, NOT_TAKEN)
        return
    if task.balance_before is None:
        _ask_user(job, "The balance before it was sent is not known.")
        return
    balance = None
    for wait in job.pace.looks:
        await asyncio.sleep(wait)
        balance = await _look(job)
        if job.task().status != task.status:
            return
        if balance not in (None, task.balance_before):
            break
    if balance is None:
        _ask_user(job, "The provider does not tell the balance.")
        return
    taken = task.balance_before - balance
    if taken == 0 and not await _siblings_told(job, task):
        _ask_user(job, "Other tasks run, and the balance does not tell which was charged.")
    elif job.journal.balance_disturbed(task):
        _ask_user(job, "Another task moved the balance at the same time.")
    elif taken == 0:
        log.info("%s: the balance is unchanged, so it was not taken", job.id)
        job.journal.not_taken(job.id, NOT_TAKEN)
    elif taken == task.credits:
        _lost(job, task)
    else:
        _ask_user(job, f"The balance went from {task.balance_before} to {balance} credits.")


async def _look(job: TaskRunner) -> int | None:
    """The balance, as often as it takes to reach the provider."""
    while True:
        try:
            return await job.line.balance()
        except (NetworkError, ProviderError, SettingsError) as error:
            log.info("%s: the balance can't be had: %s", job.id, error.code)
            if isinstance(error, ProviderDown):
                await job.sleep(job.retrying.next(error.retry_after))
            # Anything else has closed the gate, which makes the next look wait.


async def _siblings_told(job: TaskRunner, task: Task) -> bool:
    """Whether every other running task was asked about since: a refund of one, unseen, would
    hide a charge for this one."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    siblings = [other for other in job.worker.jobs_of(task.provider) if other is not job]
    while loop.time() - since < job.pace.siblings:
        running = {other.id for other in job.worker.store.live() if other.status.running}
        if all(other.asked_at > since or other.id not in running for other in siblings):
            return True
        await asyncio.sleep(job.pace.watch)
    return False


def _ask_user(job: TaskRunner, why: str) -> None:
    log.warning("%s: only the user can tell whether it was taken", job.id)
    text = f"{why} The provider's own pages tell whether it was taken."
    job.journal.mark_uncertain(job.id, Hold(HoldCode.YOUR_WORD, text))


def _lost(job: TaskRunner, task: Task) -> None:
    log.warning("%s: taken and charged, but its id was lost", job.id)
    text = (
        f"The balance went down by {task.credits} credits: the provider took it, but the answer "
        "with its id was lost. The provider's own pages may tell the id."
    )
    job.journal.mark_uncertain(job.id, Hold(HoldCode.ID_LOST, text))


async def check_refund(job: TaskRunner, task: Task) -> None:
    """Whether a failed task's credits came back; reported where they did not."""
    outcome = Refund.UNKNOWN
    for wait in job.pace.refund_looks:
        await asyncio.sleep(wait)
        async with job.line.sending:  # no other charge may come in between
            books = job.journal.expected_balance(task)
            balance = await _look(job)
        if books is None or balance is None:
            outcome = Refund.UNKNOWN
            break
        expected, open_refunds = books
        if balance == expected:
            outcome = Refund.CAME
            break
        # Where some came and others did not, nobody can tell whose.
        missing = balance == expected - open_refunds
        outcome = Refund.MISSING if missing else Refund.UNKNOWN
    log.info("%s: refund of %d credits: %s", job.id, task.credits, outcome)
    job.journal.refund(job.id, outcome)

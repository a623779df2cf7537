"""Settlement: find out whether a song whose answer was lost was charged, and whether a refund came.

The account's balance is the evidence.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from suno_tui.common.errors import SettingsError
from suno_tui.providers.errors import NetworkError, ProviderDown, ProviderError
from suno_tui.providers.remote import Amount
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold, Refund, Task
from suno_tui.worker.submit import CHECKING

if TYPE_CHECKING:
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")


NOT_TAKEN = Hold(
    HoldCode.OUTCOME_UNKNOWN,
    "The last try got no answer, and nothing was charged; the song is sent again.",
)


async def recover(runner: TaskRunner, task: Task) -> None:
    """Handle a song that was being sent when a worker died: it may have reached the provider."""
    client = await runner.link.client()
    if client.capabilities.free or not task.credits:
        # The same nonce gives the same task, or the song costs nothing.
        runner.journal.send_again(task)
    else:
        runner.journal.mark_uncertain(runner.id, CHECKING)


async def settle(runner: TaskRunner, task: Task) -> None:
    """Find out from the balance whether an uncertain song was taken; else ask the user.

    If the balance stays the same for a while, the song was not taken and is queued again. If it is
    lower by exactly the price, the song was taken, and its id is lost. Anything else, or another
    task that moved the balance, is no evidence. Nothing else is sent to the provider meanwhile.
    """
    client = await runner.link.client()
    if client.capabilities.free or not task.credits:
        await runner.sleep(runner.retrying.next())
        runner.journal.not_taken(runner.id, NOT_TAKEN)
        return
    if task.balance_before is None:
        _ask_user(runner, "The balance before it was sent is not known.")
        return
    balance = None
    for wait in runner.timings.balance_waits:
        await asyncio.sleep(wait)
        balance = await _read_balance(runner)
        if runner.task().status != task.status:
            return
        if balance not in (None, task.balance_before):
            break
    if balance is None:
        _ask_user(runner, "The provider does not show the balance.")
        return
    charged = task.balance_before - balance
    if charged == 0 and not await _other_tasks_answered(runner, task):
        _ask_user(
            runner, "Other tasks are running, so the balance does not show which was charged."
        )
    elif runner.journal.balance_disturbed(task):
        _ask_user(runner, "Another task changed the balance at the same time.")
    elif charged == 0:
        log.info("%s: the balance is unchanged, so it was not taken", runner.id)
        runner.journal.not_taken(runner.id, NOT_TAKEN)
    elif charged == task.credits:
        _ask_for_id(runner, task)
    else:
        _ask_user(runner, f"The balance went from {task.balance_before} to {balance} credits.")


async def _read_balance(runner: TaskRunner) -> Amount | None:
    """Return the balance; try until the provider is reached."""
    while True:
        try:
            return await runner.link.balance()
        except (NetworkError, ProviderError, SettingsError) as error:
            log.info("%s: can't read the balance: %s", runner.id, error.code)
            if isinstance(error, ProviderDown):
                await runner.sleep(runner.retrying.next(error.retry_after))
            # Any other error has tripped the circuit breaker, which makes the next try wait.


async def _other_tasks_answered(runner: TaskRunner, task: Task) -> bool:
    """Wait until all other running tasks were polled once more; return False if it takes too long.

    A refund of another task that we don't know of yet would hide the charge for this one.
    """
    loop = asyncio.get_running_loop()
    since = loop.time()
    others = [other for other in runner.worker.runners_of(task.provider) if other is not runner]
    while loop.time() - since < runner.timings.other_tasks:
        running = {other.id for other in runner.worker.store.live() if other.status.running}
        if all(other.answered_at > since or other.id not in running for other in others):
            return True
        await asyncio.sleep(runner.timings.watch)
    return False


def _ask_user(runner: TaskRunner, why: str) -> None:
    log.warning("%s: only the user can find out whether it was taken", runner.id)
    text = f"{why} Check on the provider's website whether it has the song."
    runner.journal.mark_uncertain(runner.id, Hold(HoldCode.YOUR_WORD, text))


def _ask_for_id(runner: TaskRunner, task: Task) -> None:
    log.warning("%s: taken and charged, but its id was lost", runner.id)
    text = (
        f"The balance went down by {task.credits} credits: the provider took the song, but its "
        "reply with the id was lost. Look up the id on the provider's website."
    )
    runner.journal.mark_uncertain(runner.id, Hold(HoldCode.ID_LOST, text))


async def check_refund(runner: TaskRunner, task: Task) -> None:
    """Find out whether a failed task's credits came back, and record it."""
    outcome: Refund | None = Refund.UNKNOWN
    for wait in runner.timings.refund_waits:
        await asyncio.sleep(wait)
        outcome = await _compare_balance(runner, task)
        if outcome in (Refund.CAME, None):
            break
    else:
        # The balance may include the refund of a task whose failure has not been polled yet.
        if await _other_tasks_answered(runner, task):
            outcome = await _compare_balance(runner, task)
    outcome = outcome or Refund.UNKNOWN
    log.info("%s: refund of %d credits: %s", runner.id, task.credits, outcome)
    runner.journal.refund(runner.id, outcome)


async def _compare_balance(runner: TaskRunner, task: Task) -> Refund | None:
    """Return what the balance shows about a task's refund; None if it will never show it."""
    async with runner.link.sending:  # no other charge may come in between
        expectation = runner.journal.expected_balance(task)
        balance = await _read_balance(runner)
    if expectation is None or balance is None:
        return None
    expected, open_refunds = expectation
    if balance == expected:
        return Refund.CAME
    # If only some refunds came, it is unknown for which tasks.
    return Refund.MISSING if balance == expected - open_refunds else Refund.UNKNOWN

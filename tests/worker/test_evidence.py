"""What the balance proves, and what not, while other tasks run or the user tops it up."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from suno_tui.tasks.models import Refund, Status
from tests.fake_provider import PRICE, FakeProvider, Fault
from tests.worker.harness import QUICK, SETTINGS, Harness

LOST = Fault(accept=True, drop=True)
NEVER = Fault(drop=True)
SELDOM = dataclasses.replace(SETTINGS, poll_seconds=60, poll_most_seconds=300)


async def test_an_unseen_refund_of_another_task_does_not_hide_a_charge(
    harness: Harness, provider: FakeProvider
) -> None:
    """The other task is polled seldom: its end is not known when the balance is."""
    provider.polls = 1000
    running = harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, other_tasks=0.2), settings=SELDOM):
        seen = await harness.until(running.id, lambda task: task.task_id)
        provider.faults["create"].append(LOST)
        with provider.lock:
            entry = provider.ledger[seen.task_id or ""]
            entry.failed = entry.refunded = True
        lost = harness.add()
        await asyncio.to_thread(provider.wait_for, "create", 2)
        provider.balance += PRICE  # the refund of the one, and the charge for the other
        asked = await harness.until(lost.id, lambda t: t.hold and t.hold.code != "checking")
        assert asked.hold and asked.hold.code == "your_word"
        assert provider.seen("task") == 0
    assert provider.seen("create") == 2


async def test_an_unchanged_balance_is_believed_after_news_of_the_other_tasks(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.polls = 1000
    running = harness.add()
    async with harness.at_work():
        await harness.until(running.id, lambda task: task.task_id)
        provider.faults["create"].append(NEVER)
        lost = harness.add()
        await harness.until(lost.id, lambda task: task.task_id)
    assert provider.seen("create") == 3
    assert len(provider.ledger) == 2
    assert harness.store.spent() == 2 * PRICE


@pytest.mark.parametrize(
    ("refunded", "moved", "outcome"),
    [
        (True, 0, Refund.CAME),
        (False, 0, Refund.MISSING),
        (False, 1000, Refund.UNKNOWN),
        (False, PRICE - 1, Refund.UNKNOWN),
        (False, PRICE + 1, Refund.UNKNOWN),
        (False, -7, Refund.UNKNOWN),
        (True, 1000, Refund.UNKNOWN),
        (True, -7, Refund.UNKNOWN),
    ],
)
async def test_only_the_exact_balance_proves_a_refund(
    harness: Harness, provider: FakeProvider, refunded: bool, moved: int, outcome: Refund
) -> None:
    """`moved` is what the user topped up (or spent) on the provider's pages meanwhile."""
    provider.polls = 1000
    provider.refunds = refunded
    provider.fail_next = 1
    task = harness.add()
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        with provider.lock:
            provider.balance += moved
            provider.polls = 1
        told = await harness.until(task.id, lambda task: task.refund not in (None, Refund.CHECKING))
    assert told.status is Status.FAILED
    assert told.refund is outcome
    assert harness.store.spent() == (0 if outcome is Refund.CAME else PRICE)

"""Every documented refusal of a song, and what the queue does; nothing is charged twice."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Callable

import pytest

from suno_tui.providers.client import Client
from suno_tui.providers.errors import NoKey
from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import PRICE, FakeProvider, Fault, refusal
from tests.worker.harness import QUICK, Harness


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429, "rate_limit_exceeded"),
        refusal(429, "rate_limit_exceeded", Retry_After="0"),
        refusal(429, "rate_limit_exceeded", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        refusal(503, "upstream_error"),
        Fault(429, b"slow down"),
        Fault(503, b"<html><title>Down</title></html>"),
        Fault(200, {"code": 429, "msg": "too many requests"}),
    ],
)
async def test_a_passing_refusal_is_waited_out(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["create"].extend([fault, fault])
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).status is Status.COMPLETED
    assert provider.seen("create") == 3
    assert harness.store.spent() == PRICE == provider.charged()
    harness.agree()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "invalid_api_key"),
        (402, "insufficient_credits"),
        (403, "ip_not_allowed"),
        (429, "spend_limit_exceeded"),
        (404, "model_not_found"),
    ],
)
async def test_a_refused_account_holds_the_queue_and_lifts_by_itself(
    harness: Harness, provider: FakeProvider, status: int, code: str
) -> None:
    provider.always["create"] = refusal(status, code, "Daily limit reached")
    tasks = [harness.add(), harness.add()]

    async with harness.at_work():
        for task in tasks:
            held = await harness.until(task.id, lambda task: task.hold)
            assert held.status is Status.QUEUED
            assert held.hold and held.hold.code == code
            assert "Daily limit reached" in held.hold.message
        assert harness.store.spent() == 0
        del provider.always["create"]
        for task in tasks:
            done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
            assert done.hold is None

    assert len(provider.ledger) == 2
    harness.agree()


async def test_patience_ends_at_once_if_the_account_is_refused(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    task = harness.add()

    assert await harness.work(patience=60) is Outcome.REFUSED

    held = harness.store.get(task.id)
    assert held.hold and held.hold.code == "insufficient_credits"
    assert provider.ledger == {}


async def test_a_held_queue_asks_for_all_its_tasks_at_once(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    for _ in range(20):
        harness.add()

    await harness.work(patience=60)

    assert provider.seen("create") == 1


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_an_invalid_request_fails_and_costs_nothing(
    harness: Harness, provider: FakeProvider, status: int
) -> None:
    provider.faults["create"].append(refusal(status, "invalid_request", "'model' is required."))
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    failed = harness.store.get(task.id)
    assert failed.status is Status.FAILED
    assert failed.error and failed.error.code == "invalid_request"
    assert failed.error.message == "'model' is required."
    assert harness.store.spent() == 0
    assert failed.refund is None


async def test_without_a_key_the_task_is_held_until_there_is_one(
    harness: Harness, provider: FakeProvider
) -> None:
    def no_key(name: str) -> Client:
        raise NoKey("Set SUNO_TUI_API_KEY.")

    harness.connect = no_key
    task = harness.add()
    assert await harness.work(patience=60) is Outcome.REFUSED
    held = harness.store.get(task.id)
    assert held.hold and held.hold.code == "no_key"
    assert provider.requests == []

    async with harness.at_work():
        await harness.until(task.id, lambda task: task.hold)
        harness.connect = harness.client
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_an_unreachable_provider_costs_patience_and_nothing_else(harness: Harness) -> None:
    def nobody(name: str) -> Client:
        made = Client("http://127.0.0.1:9", "sk-fake")
        harness.clients.append(made)
        return made

    harness.connect = nobody
    task = harness.add()

    assert await harness.work(patience=0.3) is Outcome.OWED

    held = harness.store.get(task.id)
    assert held.status is Status.QUEUED
    assert held.hold and held.hold.code == "offline"

    harness.connect = harness.client
    assert await harness.work(patience=5) is Outcome.DONE
    harness.agree()


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_nothing_is_sent_to_a_provider_that_has_trouble_with_the_balance(
    harness: Harness, provider: FakeProvider, status: int
) -> None:
    """The answer might be lost as well, and the evidence of what became of each song."""
    provider.always["credits"] = provider.always["create"] = Fault(status, b"<html>Down</html>")
    tasks = [harness.add() for _ in range(3)]
    async with harness.at_work():
        for task in tasks:
            held = await harness.until(task.id, lambda task: task.hold)
            assert held.status is Status.QUEUED
        await asyncio.to_thread(provider.wait_for, "credits", 5)
        assert provider.seen("create") == 0
        provider.always.clear()
        for task in tasks:
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 3
    harness.agree()


async def test_a_failed_task_is_refunded_and_counts_no_more(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.fail_next = 1
    first, second = harness.add(), harness.add()

    assert await harness.work() is Outcome.DONE

    failed = harness.store.get(first.id)
    assert failed.status is Status.FAILED
    assert failed.error and failed.error.code == "upstream_error"
    assert failed.refund == "came"
    assert harness.store.get(second.id).status is Status.COMPLETED
    assert harness.store.spent() == PRICE == provider.charged()
    harness.agree()


async def test_a_refund_that_does_not_come_is_reported(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.fail_next = 1
    provider.refunds = False
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).refund == "missing"
    assert harness.store.spent() == PRICE


async def test_patience_ends_a_check_that_can_not_be_made(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.fail_next = 1
    task = harness.add()
    provider.faults["credits"].append(None)
    provider.always["credits"] = Fault(drop=True)

    assert await harness.work(patience=0.3) is Outcome.DONE
    assert harness.store.get(task.id).refund == "checking"

    del provider.always["credits"]
    assert await harness.work(patience=5) is Outcome.DONE
    assert harness.store.get(task.id).refund == "came"


async def test_refunds_are_told_apart_among_many_tasks(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.fail_next = 4
    tasks = [harness.add() for _ in range(8)]

    assert await harness.work() is Outcome.DONE

    ended = [harness.store.get(task.id) for task in tasks]
    assert [task.refund for task in ended if task.status is Status.FAILED] == ["came"] * 4
    assert harness.store.spent() == 4 * PRICE == provider.charged()


async def test_a_refund_is_known_though_another_failure_is_not_yet(
    harness: Harness, provider: FakeProvider
) -> None:
    # Both are refunded; that the other failed is heard after the last look at the balance.
    provider.polls = 1000
    provider.fail_next = 2
    late = threading.Event()
    timings = dataclasses.replace(QUICK, refund_waits=(0.2,), other_tasks=20)
    tasks = [harness.add(), harness.add()]
    async with harness.at_work(timings):
        for task in tasks:
            await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        with provider.lock:
            provider.polls = 1
            provider.faults["task"].extend([None, Fault(until=late)])
        await _until(lambda: provider.balance == 1000)
        looks = provider.seen("credits")
        await _until(lambda: provider.seen("credits") > looks)
        late.set()
        for task in tasks:
            await harness.until(task.id, lambda task: task.refund not in (None, "checking"))

    assert [harness.store.get(task.id).refund for task in tasks] == ["came", "came"]


async def test_a_balance_from_before_a_failure_is_not_trusted(
    harness: Harness, provider: FakeProvider
) -> None:
    # Else the refund of the first would hide the charge for the second, if its answer is lost.
    provider.polls = 1000
    provider.fail_next = 1
    failing = harness.add()
    late = threading.Event()
    async with harness.at_work():
        await harness.until(failing.id, lambda task: task.status is Status.PROCESSING)
        provider.faults["credits"].append(Fault(until=late))
        looks = provider.seen("credits")
        second = harness.add()
        await _until(lambda: provider.seen("credits") > looks)
        with provider.lock:
            provider.polls = 1
        await harness.until(failing.id, lambda task: task.status is Status.FAILED)
        late.set()
        await harness.until(second.id, lambda task: not task.live)

    assert harness.store.get(second.id).balance_before == 1000
    assert harness.store.get(failing.id).refund == "came"


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_retry_of_a_failed_task_is_a_new_charge(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.fail_next = 1
    task = harness.add()
    await harness.work()
    again = harness.store.retry(task.id)
    assert again.status is Status.QUEUED
    assert again.nonce != task.nonce

    await harness.work()

    assert harness.store.get(task.id).status is Status.COMPLETED
    assert [charge.state for charge in harness.store.charges()] == ["charged", "refunded"]
    assert len(provider.ledger) == 2
    harness.agree()


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429, "rate_limit_exceeded"),
        refusal(503, "upstream_error"),
        Fault(404, b"<html>no such page</html>"),
    ],
)
async def test_patience_ends_though_the_balance_is_known(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.always["create"] = fault
    tasks = [harness.add(), harness.add()]

    assert await harness.work(patience=0.3) is Outcome.OWED

    for task in tasks:
        assert harness.store.get(task.id).hold
    assert provider.seen("credits") > 1
    assert provider.ledger == {}


async def test_a_song_that_is_refused_again_and_again_may_be_the_reason(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(503, "upstream_error", "Sensitive content")
    task = harness.add()
    async with harness.at_work():
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold is not None
        assert "change the song" not in held.hold.message
        held = await harness.until(
            task.id, lambda task: task.hold and "change the song" in task.hold.message
        )
        assert held.hold is not None
        assert "Sensitive content" in held.hold.message
        assert held.status is Status.QUEUED
    assert provider.charged() == harness.store.spent() == 0


async def test_when_the_circuit_breaker_resets_no_task_is_held(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    tasks = [harness.add() for _ in range(5)]
    async with harness.at_work():
        for task in tasks:
            await harness.until(task.id, lambda task: task.hold)
        del provider.always["create"]
        for task in tasks:
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") < 40
    harness.agree()

"""Songs are sent in the queue's order, as it is when their turn comes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from suno_tui.providers.song import Song
from suno_tui.tasks.balances import Account
from suno_tui.tasks.errors import NotNow
from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from suno_tui.worker.sending_order import SendingOrder
from tests.fake_provider import PRICE, FakeProvider, Fault, refusal
from tests.worker.harness import Harness


def titled(title: str) -> Song:
    return Song(custom_mode=True, title=title, style="pop", lyrics="la")


def sent(provider: FakeProvider) -> list[str]:
    return [entry.body["input"]["title"] for entry in provider.ledger.values()]


async def test_the_user_changes_the_order_while_one_is_being_sent(
    harness: Harness, provider: FakeProvider
) -> None:
    go = threading.Event()
    provider.faults["create"].append(Fault(until=go))
    tasks = {name: harness.add(titled(name)) for name in "abcd"}
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "create")
        harness.store.exchange(tasks["d"].id, tasks["c"].id)
        harness.store.exchange(tasks["d"].id, tasks["b"].id)
        go.set()
        for task in tasks.values():
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert sent(provider) == ["a", "d", "b", "c"] or sent(provider) == ["a", "d", "c", "b"]
    assert sent(provider).index("d") == 1
    harness.agree()


async def test_the_order_counts_for_the_try_after_a_refusal(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits", "Top up.")
    first, second = (harness.add(titled(name)) for name in ("a", "b"))
    async with harness.at_work():
        await harness.until(second.id, lambda task: task.hold is not None)
        harness.store.exchange(first.id, second.id)
        del provider.always["create"]
        for task in (first, second):
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert sent(provider) == ["b", "a"]


async def test_a_song_that_is_being_sent_keeps_its_place(
    harness: Harness, provider: FakeProvider
) -> None:
    go = threading.Event()
    provider.faults["create"].append(Fault(until=go))
    first, second = (harness.add(titled(name)) for name in ("a", "b"))
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "create")
        with pytest.raises(NotNow):
            harness.store.exchange(second.id, first.id)
        go.set()
        await harness.until(second.id, lambda task: task.status is Status.COMPLETED)
    assert sent(provider) == ["a", "b"]


async def test_a_turn_that_is_given_up_goes_to_the_next() -> None:
    order, done = SendingOrder(min), []

    async def take(id: str) -> None:
        async with order.turn(id):
            await asyncio.sleep(0.01)
            done.append(id)

    async with asyncio.TaskGroup() as group:
        runs = {name: group.create_task(take(name)) for name in "cab"}
        await asyncio.sleep(0.005)
        runs["a"].cancel()
    assert done == ["c", "b"]


def test_a_task_that_is_retried_goes_to_the_end(harness: Harness) -> None:
    store = harness.store
    first, second = (store.add(titled(name), provider="local", credits=0) for name in ("a", "b"))
    store.cancel(first.id)
    store.retry(first.id)
    assert [task.id for task in store.live()] == [second.id, first.id]


async def test_a_held_task_says_when_it_is_tried_again(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits", "Top up.")
    task = harness.add()
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.hold is not None and bool(task.retry_at))
        first = harness.store.get(task.id).retry_at
        assert first is not None
        await harness.until(task.id, lambda task: (task.retry_at or first) > first)
        del provider.always["create"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
        assert harness.store.get(task.id).retry_at is None


async def test_a_balance_that_settlement_learns_is_known_to_views(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.balance = 140
    provider.faults["create"].append(Fault(accept=True, drop=True))
    task = harness.add()
    assert await harness.work() is Outcome.OWED
    found = harness.store.get(task.id)
    assert found.hold is not None
    assert found.hold.code == "id_lost"
    assert harness.store.balance(Account("hosted", task.base_url)) == 140 - PRICE


def test_an_older_answer_does_not_replace_a_balance(harness: Harness) -> None:
    store = harness.store
    mine, other = Account("hosted", "http://a"), Account("hosted", "http://a", "shell")
    store.note_balance(mine, 140, 10.0)
    store.note_balance(mine, 116, 20.0)
    store.note_balance(mine, 140, 15.0)
    assert store.balance(mine) == 116
    assert store.balance(other) is None

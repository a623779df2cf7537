"""A song whose answer was lost: settled by evidence or by the user, and never sent twice."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest

from suno_tui.api.client import Client
from suno_tui.cli.output import held
from suno_tui.queue import NotNow, Status
from suno_tui.queue.patience import Outcome
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault
from tests.queue.house import QUICK, House

LOST = Fault(accept=True, drop=True)
NEVER = Fault(drop=True)


@pytest.mark.parametrize(
    "fault",
    [
        NEVER,
        Fault(500, {"error": {"code": "internal_error", "message": "Unexpected server error"}}),
        Fault(502, b"<html><title>Bad gateway</title></html>"),
        Fault(503, b"<html><title>Service unavailable</title></html>"),
        Fault(504),
        Fault(200, b""),
        Fault(200, b"<html>"),
    ],
)
async def test_an_unchanged_balance_proves_that_it_was_not_taken(
    house: House, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["create"].append(fault)
    task = house.add()

    assert await house.work() is Outcome.DONE

    assert house.store.get(task.id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    assert provider.seen("create") == 2
    assert house.store.spent() == PRICE
    house.agree()


@pytest.mark.parametrize(
    "fault",
    [
        LOST,
        Fault(500, accept=True),
        Fault(502, b"<html>", accept=True),
        Fault(503, b"<html>", accept=True),
        Fault(200, {"code": 200, "msg": "success", "data": {}}, accept=True),
        Fault(200, b"", accept=True),
        Fault(cut=40),
    ],
)
async def test_a_charge_proves_that_it_was_taken(
    house: House, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["create"].append(fault)
    task = house.add()

    assert await house.work() is Outcome.OWED

    lost = house.store.get(task.id)
    assert lost.status is Status.UNCERTAIN
    assert lost.hold and lost.hold.code == "id_lost"
    assert "suno-tui" not in lost.hold.message, "the screen has a key for it"
    assert f"`suno-tui queue settle {task.id} --taken TASK_ID`" in held(lost)
    assert provider.seen("create") == 1
    assert house.store.spent() == PRICE == provider.charged()
    # Nothing changes by itself, however often a worker comes by.
    assert await house.work() is Outcome.OWED
    assert provider.seen("create") == 1


async def test_without_a_balance_only_the_user_can_tell(
    house: House, provider: FakeProvider
) -> None:
    provider.always["credits"] = Fault(404, b"no such page")
    provider.faults["create"].append(LOST)
    task = house.add()

    assert await house.work() is Outcome.OWED

    asked = house.store.get(task.id)
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_a_balance_that_others_moved_is_no_evidence(
    house: House, provider: FakeProvider
) -> None:
    provider.faults["create"].append(Fault(drop=True))
    task = house.add()
    async with house.at_work(dataclasses.replace(QUICK, looks=(1,))):
        await house.until(task.id, lambda task: task.status is Status.UNCERTAIN)
        provider.balance -= 7
        asked = await house.until(task.id, lambda t: t.hold and t.hold.code != "checking")
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_a_siblings_refund_does_not_hide_a_charge(
    house: House, provider: FakeProvider
) -> None:
    """One task runs and fails while another's answer is lost: the balance looks unchanged."""
    provider.polls = 1000
    running = house.add()
    async with house.at_work():
        accepted = await house.until(running.id, lambda task: task.task_id)
        entry = provider.ledger[accepted.task_id or ""]
        provider.faults["create"].append(LOST)
        lost = house.add()
        await asyncio.to_thread(provider.wait_for, "create", 2)
        entry.failed, entry.polls = True, 1000
        entry.refunded = True
        provider.balance += PRICE
        asked = await house.until(lost.id, lambda t: t.hold and t.hold.code != "checking")
        assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 2


async def test_a_clock_that_went_back_is_no_evidence(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before and what after the song can't be told any more."""
    provider.faults["create"].append(NEVER)
    task = house.add()
    real = time.time
    async with house.at_work(dataclasses.replace(QUICK, looks=(0.5,))):
        await house.until(task.id, lambda task: task.status is Status.UNCERTAIN)
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        asked = await house.until(task.id, lambda t: t.hold and t.hold.code != "checking")
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_others_wait_until_it_is_settled(house: House, provider: FakeProvider) -> None:
    provider.faults["create"].append(NEVER)
    tasks = [house.add() for _ in range(3)]

    assert await house.work() is Outcome.DONE

    assert {house.store.get(task.id).status for task in tasks} == {Status.COMPLETED}
    assert len(provider.ledger) == 3
    house.agree()


async def uncertain(house: House, provider: FakeProvider) -> str:
    provider.always["credits"] = Fault(404)
    provider.faults["create"].append(LOST)
    task = house.add()
    await house.work()
    return task.id


async def test_a_provider_that_honours_the_nonce_is_simply_asked_again(
    house: House, provider: FakeProvider
) -> None:
    def idempotent(name: str) -> Client:
        made = Client(provider.url, KEY, idempotent=True)
        house.clients.append(made)
        return made

    house.connect = idempotent
    provider.honours_nonce = True
    provider.faults["create"].extend([LOST, NEVER, LOST])
    task = house.add()

    assert await house.work() is Outcome.DONE

    assert house.store.get(task.id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    assert house.store.spent() == PRICE
    house.agree()


async def test_a_song_in_doubt_keeps_no_other_waiting(house: House, provider: FakeProvider) -> None:
    await uncertain(house, provider)
    task = house.add()

    assert await house.work() is Outcome.OWED

    assert house.store.get(task.id).status is Status.COMPLETED


async def test_the_user_says_that_it_was_not_taken(house: House, provider: FakeProvider) -> None:
    task_id = await uncertain(house, provider)
    house.store.settle(task_id, accepted=False)
    await house.work()
    assert house.store.get(task_id).status is Status.COMPLETED


async def test_the_user_knows_the_id(house: House, provider: FakeProvider) -> None:
    task_id = await uncertain(house, provider)
    house.store.settle(task_id, accepted=True, task_id=next(iter(provider.ledger)))
    assert await house.work() is Outcome.DONE
    assert house.store.get(task_id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    house.agree()


async def test_the_user_says_that_it_was_taken(house: House, provider: FakeProvider) -> None:
    task_id = await uncertain(house, provider)
    settled = house.store.settle(task_id, accepted=True)
    assert settled.status is Status.EXPIRED
    assert settled.error and settled.error.code == "id_lost"
    assert house.store.spent() == PRICE
    with pytest.raises(NotNow):
        house.store.settle(task_id, accepted=True)


async def test_retry_is_the_users_word_to_send_it_again(
    house: House, provider: FakeProvider
) -> None:
    task_id = await uncertain(house, provider)
    nonce = house.store.get(task_id).nonce
    house.store.retry(task_id)
    await house.work()
    assert house.store.get(task_id).status is Status.COMPLETED
    assert {entry.nonce for entry in provider.ledger.values()} == {nonce}
    # What is in doubt counts as spent.
    assert house.store.spent() == 2 * PRICE


async def test_patience_ends_where_the_provider_only_fails(
    house: House, provider: FakeProvider
) -> None:
    provider.always["create"] = Fault(500)
    task = house.add()

    assert await house.work(patience=0.5) is Outcome.OWED

    assert house.store.get(task.id).status in (Status.UNCERTAIN, Status.QUEUED)
    assert provider.ledger == {}

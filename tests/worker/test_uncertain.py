"""A song whose answer was lost: settled by evidence or by the user, and never sent twice."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest

from suno_tui.cli.output import hold_text
from suno_tui.providers.client import Client
from suno_tui.providers.suno.dialect import SunoDialect
from suno_tui.providers.tables.suno import SUNO
from suno_tui.tasks.errors import NotNow
from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault
from tests.worker.harness import QUICK, Harness

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
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["create"].append(fault)
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    assert provider.seen("create") == 2
    assert harness.store.spent() == PRICE
    harness.agree()


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
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["create"].append(fault)
    task = harness.add()

    assert await harness.work() is Outcome.OWED

    lost = harness.store.get(task.id)
    assert lost.status is Status.UNCERTAIN
    assert lost.hold and lost.hold.code == "id_lost"
    assert "suno-tui" not in lost.hold.message, "the screen has a key for it"
    assert f"`suno-tui queue settle {task.id} --taken TASK_ID`" in hold_text(lost)
    assert f"--not-taken` sends it again, for another {PRICE} cr" in hold_text(lost)
    assert provider.seen("create") == 1
    assert harness.store.spent() == PRICE == provider.charged()
    # Nothing changes by itself, however often a worker comes by.
    assert await harness.work() is Outcome.OWED
    assert provider.seen("create") == 1


async def test_without_a_balance_only_the_user_can_decide(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["credits"] = Fault(404, b"no such page")
    provider.faults["create"].append(LOST)
    task = harness.add()

    assert await harness.work() is Outcome.OWED

    asked = harness.store.get(task.id)
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_a_balance_that_others_moved_is_no_evidence(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.faults["create"].append(Fault(drop=True))
    task = harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, balance_waits=(1,))):
        await harness.until(task.id, lambda task: task.status is Status.UNCERTAIN)
        provider.balance -= 7
        asked = await harness.until(task.id, lambda t: t.hold and t.hold.code != "checking")
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_the_refund_of_another_task_does_not_hide_a_charge(
    harness: Harness, provider: FakeProvider
) -> None:
    """One task runs and fails while another's answer is lost: the balance looks unchanged."""
    provider.polls = 1000
    running = harness.add()
    async with harness.at_work():
        accepted = await harness.until(running.id, lambda task: task.task_id)
        entry = provider.ledger[accepted.task_id or ""]
        provider.faults["create"].append(LOST)
        lost = harness.add()
        await asyncio.to_thread(provider.wait_for, "create", 2)
        entry.failed, entry.polls = True, 1000
        entry.refunded = True
        provider.balance += PRICE
        asked = await harness.until(lost.id, lambda t: t.hold and t.hold.code != "checking")
        assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 2


async def test_a_clock_that_went_back_is_no_evidence(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before and what after the song is not known any more."""
    provider.faults["create"].append(NEVER)
    task = harness.add()
    real = time.time
    async with harness.at_work(dataclasses.replace(QUICK, balance_waits=(0.5,))):
        await harness.until(task.id, lambda task: task.status is Status.UNCERTAIN)
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        asked = await harness.until(task.id, lambda t: t.hold and t.hold.code != "checking")
    assert asked.hold and asked.hold.code == "your_word"
    assert provider.seen("create") == 1


async def test_others_wait_until_it_is_settled(harness: Harness, provider: FakeProvider) -> None:
    provider.faults["create"].append(NEVER)
    tasks = [harness.add() for _ in range(3)]

    assert await harness.work() is Outcome.DONE

    assert {harness.store.get(task.id).status for task in tasks} == {Status.COMPLETED}
    assert len(provider.ledger) == 3
    harness.agree()


async def uncertain(harness: Harness, provider: FakeProvider) -> str:
    provider.always["credits"] = Fault(404)
    provider.faults["create"].append(LOST)
    task = harness.add()
    await harness.work()
    return task.id


async def test_a_provider_that_honours_the_nonce_is_simply_asked_again(
    harness: Harness, provider: FakeProvider
) -> None:
    def idempotent(name: str) -> Client:
        made = Client(provider.url, KEY, SunoDialect(dataclasses.replace(SUNO, resend="free")))
        harness.clients.append(made)
        return made

    harness.connect = idempotent
    provider.honours_nonce = True
    provider.faults["create"].extend([LOST, NEVER, LOST])
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    assert harness.store.spent() == PRICE
    harness.agree()


async def test_an_uncertain_song_keeps_no_other_waiting_for_ever(
    harness: Harness, provider: FakeProvider
) -> None:
    await uncertain(harness, provider)
    task = harness.add()

    assert await harness.work() is Outcome.OWED

    assert harness.store.get(task.id).status is Status.COMPLETED


async def test_the_user_says_that_it_was_not_taken(
    harness: Harness, provider: FakeProvider
) -> None:
    task_id = await uncertain(harness, provider)
    harness.store.settle(task_id, accepted=False)
    await harness.work()
    assert harness.store.get(task_id).status is Status.COMPLETED


async def test_the_user_knows_the_id(harness: Harness, provider: FakeProvider) -> None:
    task_id = await uncertain(harness, provider)
    harness.store.settle(task_id, accepted=True, task_id=next(iter(provider.ledger)))
    assert await harness.work() is Outcome.DONE
    assert harness.store.get(task_id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    harness.agree()


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_wrong_id_can_be_replaced(
    given_up: bool, harness: Harness, provider: FakeProvider
) -> None:
    task_id = await uncertain(harness, provider)
    harness.store.settle(task_id, accepted=True, task_id="mistyped")
    timings = dataclasses.replace(QUICK, missing=0 if given_up else 60)
    await harness.work(timings=timings, patience=0.2)
    wrong = harness.store.get(task_id)
    assert wrong.live is not given_up
    assert wrong.takes_other_id
    if not given_up:
        assert f"`suno-tui queue settle {task_id} --taken TASK_ID` replaces it" in hold_text(wrong)
    with pytest.raises(NotNow):
        harness.store.settle(task_id, accepted=False)

    harness.store.settle(task_id, accepted=True, task_id=next(iter(provider.ledger)))

    assert await harness.work() is Outcome.DONE
    found = harness.store.get(task_id)
    assert found.status is Status.COMPLETED
    assert found.error is None
    assert found.refund is None
    assert not found.takes_other_id
    assert len(provider.ledger) == 1
    harness.agree()


async def test_an_id_that_is_found_later_brings_the_takes(
    harness: Harness, provider: FakeProvider
) -> None:
    task_id = await uncertain(harness, provider)
    harness.store.settle(task_id, accepted=True)
    harness.store.settle(task_id, accepted=True, task_id=next(iter(provider.ledger)))
    assert await harness.work() is Outcome.DONE
    assert harness.store.get(task_id).status is Status.COMPLETED
    harness.agree()


async def test_the_user_says_that_it_was_taken(harness: Harness, provider: FakeProvider) -> None:
    task_id = await uncertain(harness, provider)
    settled = harness.store.settle(task_id, accepted=True)
    assert settled.status is Status.EXPIRED
    assert settled.error and settled.error.code == "id_lost"
    assert harness.store.spent() == PRICE
    with pytest.raises(NotNow):
        harness.store.settle(task_id, accepted=True)


async def test_retry_sends_an_uncertain_song_again(
    harness: Harness, provider: FakeProvider
) -> None:
    task_id = await uncertain(harness, provider)
    nonce = harness.store.get(task_id).nonce
    harness.store.retry(task_id)
    await harness.work()
    assert harness.store.get(task_id).status is Status.COMPLETED
    assert {entry.nonce for entry in provider.ledger.values()} == {nonce}
    # What is in doubt counts as spent.
    assert harness.store.spent() == 2 * PRICE


async def test_patience_ends_if_the_provider_only_fails(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = Fault(500)
    task = harness.add()

    assert await harness.work(patience=0.5) is Outcome.OWED

    assert harness.store.get(task.id).status in (Status.UNCERTAIN, Status.QUEUED)
    assert provider.ledger == {}

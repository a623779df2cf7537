"""The worker with sunoapi.org and kie.ai: errors in a 200, decimal credits, a take ahead."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from suno_tui.providers.client import Client
from suno_tui.providers.dialects import dialect_of
from suno_tui.tasks.models import Refund, Status, TakeState, Task
from tests.fake_provider import KEY, Fault
from tests.fakes.sunoapi import PRICE, SunoApi, refused
from tests.worker.harness import SONG, Harness

LATE = Fault(drop=True, accept=True)


class PaidHarness(Harness):
    """A home whose provider `hosted` is one of the two providers."""

    def __init__(self, folder: Path, server: SunoApi) -> None:
        super().__init__(folder, server)  # type: ignore[arg-type]  # a fake with the same faults
        self.server = server

    def client(self, name: str) -> Client:
        made = Client(self.server.url, KEY, dialect_of(self.server.dialect))
        self.clients.append(made)
        return made

    def add_paid(self) -> Task:
        song = dataclasses.replace(SONG, model="V5_5")
        (task,) = self.store.add_all([song], provider="hosted", credits=PRICE, credit=None)
        return task


@pytest.fixture(params=[False, True], ids=["sunoapi", "kie"])
def server(request: pytest.FixtureRequest) -> Iterator[SunoApi]:
    with SunoApi(kie=request.param) as fake:
        yield fake


@pytest.fixture
async def harness(tmp_path: Path, server: SunoApi) -> AsyncIterator[PaidHarness]:
    made = PaidHarness(tmp_path, server)
    yield made
    await made.close()


async def test_a_song_is_paid_once_and_both_takes_come(
    harness: PaidHarness, server: SunoApi
) -> None:
    task = harness.add_paid()
    await harness.work()
    harness.agree()
    (entry,) = server.ledger.values()
    assert entry.body["duration"] == 180, "without it the song has 20 seconds"
    assert entry.body["callBackUrl"] == "https://example.com/callback"
    done = harness.store.get(task.id)
    assert done.balance_before == Decimal("1000.5")
    assert harness.store.spent() == server.charged() == PRICE
    assert [take.facts["id"] for take in done.takes] == [f"{entry.id}-1", f"{entry.id}-2"]


@pytest.mark.parametrize("swapped", [False, True])
async def test_the_first_take_comes_early_and_the_second_is_not_lost(
    harness: PaidHarness, server: SunoApi, swapped: bool
) -> None:
    server.swapped = swapped
    server.states = ("PENDING", *["FIRST_SUCCESS"] * 1000)
    task = harness.add_paid()
    async with harness.at_work():
        early = await harness.until(
            task.id, lambda now: any(take.state is TakeState.DONE for take in now.takes)
        )
        assert early.status is Status.PROCESSING
        assert early.raw_status == "first take is ready"
        server.states = ("SUCCESS",)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    (entry,) = server.ledger.values()
    assert sorted(path.name for path in harness.shelf.glob("*.mp3")) == [
        f"{entry.id}-1.mp3",
        f"{entry.id}-2.mp3",
    ]
    bodies = {path.read_bytes() for path in harness.shelf.glob("*.mp3")}
    assert len(bodies) == 2


async def test_a_renewed_url_is_that_of_the_same_take(
    harness: PaidHarness, server: SunoApi
) -> None:
    """The provider lists the takes in another order when it is asked for a new URL."""
    server.swapped = True
    server.states = ("PENDING", *["FIRST_SUCCESS"] * 1000)
    task = harness.add_paid()
    async with harness.at_work():
        await harness.until(
            task.id, lambda now: any(take.state is TakeState.DONE for take in now.takes)
        )
        server.faults["audio"].append(Fault(404))
        server.states = ("SUCCESS",)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert len({path.read_bytes() for path in harness.shelf.glob("*.mp3")}) == 2


async def test_a_lost_answer_is_settled_by_the_balance(
    harness: PaidHarness, server: SunoApi
) -> None:
    server.faults["create"].append(LATE)
    task = harness.add_paid()
    await harness.work()
    held = harness.store.get(task.id).hold
    assert held is not None and held.code == "id_lost"
    assert len(server.ledger) == 1
    harness.store.settle(task.id, True, task_id=next(iter(server.ledger)))
    await harness.work()
    harness.agree()


async def test_an_answer_that_was_lost_before_it_cost_anything_is_sent_again(
    harness: PaidHarness, server: SunoApi
) -> None:
    server.faults["create"].append(Fault(drop=True))
    harness.add_paid()
    await harness.work()
    harness.agree()
    assert server.charged() == PRICE


async def test_a_task_is_not_missed_just_after_it_was_created(
    harness: PaidHarness, server: SunoApi
) -> None:
    server.unknown_first = 5
    task = harness.add_paid()
    async with harness.at_work():
        await harness.until(task.id, lambda now: now.status is Status.PENDING)
        while server.seen("task") < 3:
            assert harness.store.get(task.id).hold is None
            await asyncio.sleep(0.01)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    harness.agree()


async def test_no_credits_holds_the_queue(harness: PaidHarness, server: SunoApi) -> None:
    server.balance = Decimal("6.4")
    task = harness.add_paid()
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
        assert held.hold is not None and held.hold.code == "insufficient_credits"
        server.balance = Decimal(100)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert server.charged() == PRICE


async def test_too_many_requests_are_sent_later(harness: PaidHarness, server: SunoApi) -> None:
    server.faults["create"].append(refused(429 if server.kie else 405, "too frequent"))
    server.faults["task"].append(refused(429 if server.kie else 430, "too frequent"))
    harness.add_paid()
    await harness.work()
    harness.agree()


@pytest.mark.parametrize(
    "word", ["CREATE_TASK_FAILED", "GENERATE_AUDIO_FAILED", "SENSITIVE_WORD_ERROR"]
)
async def test_a_failed_song_is_refunded(harness: PaidHarness, server: SunoApi, word: str) -> None:
    server.fail_next = [word]
    task = harness.add_paid()
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.status is Status.FAILED and ended.refund is Refund.CAME
    assert harness.store.spent() == server.charged() == 0


async def test_a_callback_that_failed_says_nothing_of_the_music(
    harness: PaidHarness, server: SunoApi
) -> None:
    server.states = ("PENDING", "CALLBACK_EXCEPTION", "SUCCESS")
    harness.add_paid()
    await harness.work()
    harness.agree()


async def test_ended_urls_are_asked_for_anew(harness: PaidHarness, server: SunoApi) -> None:
    server.faults["audio"].append(Fault(441))
    harness.add_paid()
    await harness.work()
    harness.agree()


async def test_a_server_error_settles_with_one_server_only(
    harness: PaidHarness, server: SunoApi
) -> None:
    server.faults["create"].append(refused(500, "Server exception"))
    task = harness.add_paid()
    await harness.work()
    ended = harness.store.get(task.id)
    if server.kie:
        assert ended.error is not None and ended.error.code == "invalid_request"
        assert server.ledger == {}
    else:
        assert ended.status is Status.COMPLETED, "the balance showed that nothing was taken"
        assert server.charged() == PRICE


async def test_other_names_do_too(harness: PaidHarness, server: SunoApi) -> None:
    server.snake = True
    harness.add_paid()
    await harness.work()
    harness.agree()

"""A song's way through the queue where nothing goes wrong."""

from __future__ import annotations

from suno_tui.queue import Status, TakeState
from suno_tui.queue.patience import Outcome
from tests.fake_provider import PRICE, FakeProvider
from tests.queue.house import SONG, House


async def test_a_song_becomes_two_filed_takes(house: House, provider: FakeProvider) -> None:
    queued = house.add()
    assert queued.status is Status.QUEUED

    assert await house.work() is Outcome.DONE

    task = house.store.get(queued.id)
    assert task.status is Status.COMPLETED
    assert [take.state for take in task.takes] == [TakeState.DONE] * 2
    assert task.takes[0].track_id == f"{task.task_id}-1"
    assert task.takes[1].title == "Summer Nights"
    assert task.balance_before == 1000
    assert list(provider.ledger) == [task.task_id]
    assert house.store.spent() == PRICE == provider.charged()
    assert len(list(house.shelf.glob("*.jpg"))) == 2
    assert list((house.folder / "downloads").iterdir()) == []
    house.agree()


async def test_many_songs_each_once(house: House, provider: FakeProvider) -> None:
    ids = [house.add().id for _ in range(12)]

    assert await house.work() is Outcome.DONE

    assert {house.store.get(each).status for each in ids} == {Status.COMPLETED}
    assert len(provider.ledger) == 12
    house.agree()


async def test_a_song_that_is_added_while_the_worker_works(house: House) -> None:
    async with house.at_work():
        first = house.add()
        await house.until(first.id, lambda task: task.status is Status.COMPLETED)
        second = house.add(SONG)
        await house.until(second.id, lambda task: task.status is Status.COMPLETED)
    house.agree()

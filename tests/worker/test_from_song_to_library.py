"""Songs from the queue to the library, without errors."""

from __future__ import annotations

from suno_tui.tasks.models import Status, TakeState
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import PRICE, FakeProvider
from tests.worker.harness import SONG, Harness


async def test_a_song_becomes_two_filed_takes(harness: Harness, provider: FakeProvider) -> None:
    queued = harness.add()
    assert queued.status is Status.QUEUED

    assert await harness.work() is Outcome.DONE

    task = harness.store.get(queued.id)
    assert task.status is Status.COMPLETED
    assert [take.state for take in task.takes] == [TakeState.DONE] * 2
    assert task.takes[0].track_id == f"{task.task_id}-1"
    assert task.takes[1].title == "Summer Nights"
    assert task.balance_before == 1000
    assert list(provider.ledger) == [task.task_id]
    assert harness.store.spent() == PRICE == provider.charged()
    assert len(list(harness.shelf.glob("*.jpg"))) == 2
    assert list((harness.folder / "downloads").iterdir()) == []
    harness.agree()


async def test_many_songs_are_sent_once_each(harness: Harness, provider: FakeProvider) -> None:
    ids = [harness.add().id for _ in range(12)]

    assert await harness.work() is Outcome.DONE

    assert {harness.store.get(each).status for each in ids} == {Status.COMPLETED}
    assert len(provider.ledger) == 12
    harness.agree()


async def test_a_song_that_is_added_later_is_sent(harness: Harness) -> None:
    async with harness.at_work():
        first = harness.add()
        await harness.until(first.id, lambda task: task.status is Status.COMPLETED)
        second = harness.add(SONG)
        await harness.until(second.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()

"""A row of the queue that can't be read is named, and keeps no other task from going on."""

from __future__ import annotations

import pytest

from suno_tui.queue import Status
from suno_tui.queue.rows import DAMAGED
from suno_tui.queue.worker import Outcome
from tests.fake_provider import FakeProvider
from tests.queue.house import House

DAMAGE = {
    "the song is no JSON": "song = '{'",
    "the song is another thing": "song = '[1]'",
    "the song is no text": "song = CAST(X'7B22FF' AS TEXT)",
    "the status is unknown": "status = 'half'",
    "the price is none": "credits = 'many'",
    "a time is none": "created_at = 'once'",
    "a time is none that there is": "submitted_at = 1e300",
    "the rest is no JSON": "extra = 'no'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
async def test_the_others_go_on(house: House, provider: FakeProvider, damage: str) -> None:
    before, bad, after = house.add(), house.add(), house.add()
    with house.store.write() as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")  # damage asks nobody
        connection.execute(f"UPDATE tasks SET {damage} WHERE id = ?", (bad.id,))

    assert await house.work() is Outcome.DONE

    for good in (before, after):
        assert house.store.get(good.id).status is Status.COMPLETED
    assert len(provider.ledger) == provider.seen("create") == 2
    house.agree()
    told = {task.id: task for task in house.store.all()}[bad.id]
    assert told.status is Status.FAILED and told.error is not None
    assert told.error.code == DAMAGED
    assert "damaged" in told.error.message
    assert not house.store.owed()
    assert house.store.live() == []


async def test_a_damaged_song_is_never_sent_by_the_users_word(
    house: House, provider: FakeProvider
) -> None:
    bad = house.add()
    with house.store.write() as connection:
        connection.execute("UPDATE tasks SET song = '{' WHERE id = ?", (bad.id,))
    await house.work()
    house.store.retry(bad.id)
    await house.work()
    assert house.store.get(bad.id).status is Status.FAILED
    assert provider.seen("create") == 0


async def test_paid_audio_of_a_damaged_row_can_be_asked_for(
    house: House, provider: FakeProvider
) -> None:
    task = house.add()
    async with house.at_work():
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    with house.store.write() as connection:
        connection.execute("DELETE FROM takes WHERE task = ?", (task.id,))
        connection.execute("UPDATE tasks SET status = 'half' WHERE id = ?", (task.id,))
    await house.work()
    assert house.store.get(task.id).askable
    house.store.look_again(task.id)
    await house.work()
    assert house.store.get(task.id).status is Status.COMPLETED
    assert provider.seen("create") == 1


async def test_a_refund_that_can_not_be_looked_for_is_not_owed(house: House) -> None:
    bad = house.add()
    with house.store.write() as connection:
        connection.execute(
            "UPDATE tasks SET status = 'failed', refund = 'checking', extra = 'no' WHERE id = ?",
            (bad.id,),
        )
    assert await house.work() is Outcome.DONE
    assert not house.store.owed()

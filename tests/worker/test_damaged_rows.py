"""A row of the queue that can't be read is named, and keeps no other task from going on."""

from __future__ import annotations

import pytest

from suno_tui.tasks.models import Status, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.row_mapping import DAMAGED
from suno_tui.tui.task_sentences import money
from tests.fake_provider import FakeProvider
from tests.worker.harness import Harness

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
async def test_the_others_go_on(harness: Harness, provider: FakeProvider, damage: str) -> None:
    before, bad, after = harness.add(), harness.add(), harness.add()
    with harness.store.write() as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")  # damage asks nobody
        connection.execute(f"UPDATE tasks SET {damage} WHERE id = ?", (bad.id,))

    assert await harness.work() is Outcome.DONE

    for good in (before, after):
        assert harness.store.get(good.id).status is Status.COMPLETED
    assert len(provider.ledger) == provider.seen("create") == 2
    harness.agree()
    told = {task.id: task for task in harness.store.all()}[bad.id]
    assert told.status is Status.FAILED and told.error is not None
    assert told.error.code == DAMAGED
    assert "damaged" in told.error.message
    assert not harness.store.owed()
    assert harness.store.live() == []


async def test_a_damaged_song_is_never_sent_by_the_users_word(
    harness: Harness, provider: FakeProvider
) -> None:
    bad = harness.add()
    with harness.store.write() as connection:
        connection.execute("UPDATE tasks SET song = '{' WHERE id = ?", (bad.id,))
    await harness.work()
    harness.store.retry(bad.id)
    await harness.work()
    assert harness.store.get(bad.id).status is Status.FAILED
    assert provider.seen("create") == 0


async def completed(harness: Harness) -> Task:
    """Have a song made."""
    task = harness.add()
    async with harness.at_work():
        return await harness.until(task.id, lambda task: task.status is Status.COMPLETED)


async def test_a_damaged_row_does_not_say_that_nothing_was_charged(
    harness: Harness, provider: FakeProvider
) -> None:
    task = await completed(harness)
    with harness.store.write() as connection:
        connection.execute("UPDATE tasks SET status = 'half' WHERE id = ?", (task.id,))
    damaged = {task.id: task for task in harness.store.all()}[task.id]
    assert damaged.charged
    assert money(damaged).startswith("Its record is damaged")


async def test_paid_audio_of_a_damaged_row_can_be_asked_for(
    harness: Harness, provider: FakeProvider
) -> None:
    task = await completed(harness)
    with harness.store.write() as connection:
        connection.execute("DELETE FROM takes WHERE task = ?", (task.id,))
        connection.execute("UPDATE tasks SET status = 'half' WHERE id = ?", (task.id,))
    await harness.work()
    assert harness.store.get(task.id).askable
    harness.store.poll_again(task.id)
    await harness.work()
    assert harness.store.get(task.id).status is Status.COMPLETED
    assert provider.seen("create") == 1


async def test_a_refund_that_can_not_be_looked_for_is_not_owed(harness: Harness) -> None:
    bad = harness.add()
    with harness.store.write() as connection:
        connection.execute(
            "UPDATE tasks SET status = 'failed', refund = 'checking', extra = 'no' WHERE id = ?",
            (bad.id,),
        )
    assert await harness.work() is Outcome.DONE
    assert not harness.store.owed()

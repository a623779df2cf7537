"""The user's own spending limits hold for queueing and sending again, also at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from suno_tui.tasks.models import Failure, Hold, Refund, Status, Task
from suno_tui.tasks.row_mapping import now
from suno_tui.tasks.spending import Limit, SpendLimitReached
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from tests.fake_provider import PRICE
from tests.worker.harness import SONG

DAY = Limit("day", 2 * PRICE, datetime.now(UTC) - timedelta(days=1), Path("config.toml"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TaskStore]:
    made = TaskStore(tmp_path / "queue.sqlite")
    yield made
    made.close()


def add(store: TaskStore, count: int = 1) -> list[Task]:
    return store.add_all([SONG] * count, provider="hosted", credits=PRICE, limits=[DAY])


def test_of_many_commands_at_once_only_those_within_the_limit_queue(store: TaskStore) -> None:
    """Each would have been within the limit alone."""
    start = threading.Barrier(8)
    refused = []

    def ask() -> None:
        own = TaskStore(store.path)
        start.wait()
        try:
            add(own)
        except SpendLimitReached as error:
            refused.append(str(error))
        own.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.live()) == 2
    assert (
        refused
        == [
            "Over your limit: [spend] day = 48. This needs 24 credits, and 48 are spent or "
            "queued. Raise it in config.toml to continue."
        ]
        * 6
    )


def test_all_songs_of_a_command_are_queued_or_none(store: TaskStore) -> None:
    with pytest.raises(SpendLimitReached):
        add(store, 3)
    assert store.all() == []
    assert len(add(store, 2)) == 2


def test_a_song_that_is_being_sent_counts_once(store: TaskStore) -> None:
    first, second = add(store, 2)
    journal = Journal(store)
    for step in (
        lambda: journal.write_receipt(first, 1000),
        lambda: journal.mark_uncertain(first.id, Hold("checking", "…")),
        lambda: journal.accepted(first.id, "theirs"),
    ):
        step()
        with pytest.raises(SpendLimitReached):
            add(store)
    store.forget(second.id)
    add(store)
    with pytest.raises(SpendLimitReached):
        store.retry(second.id, limits=[DAY])
    assert store.get(second.id).forgotten


def test_sending_again_obeys_the_limits(store: TaskStore) -> None:
    failed, doubtful = add(store, 2)
    journal = Journal(store)
    for task in (failed, doubtful):
        journal.write_receipt(task, 1000)
    journal.accepted(failed.id, "theirs")
    journal.end(failed.id, Status.FAILED)
    journal.mark_uncertain(doubtful.id, Hold("your_word", "…"))
    for task in (failed, doubtful):
        before = store.get(task.id)
        with pytest.raises(SpendLimitReached):
            store.retry(task.id, limits=[DAY])
        assert store.get(task.id) == before


def test_actions_without_a_price_are_always_allowed(store: TaskStore) -> None:
    held, running = add(store, 2)
    journal = Journal(store)
    journal.hold_each({held.id: Hold("offline", "…")})
    journal.write_receipt(running, 1000)
    journal.accepted(running.id, "theirs")
    store.forget(running.id)
    assert store.retry(held.id, limits=[DAY]).hold is None
    assert not store.retry(running.id, limits=[DAY]).forgotten
    store.add_all([SONG] * 9, provider="local", credits=0, limits=[DAY])


def test_a_song_that_was_refused_before_it_was_charged_moves_no_balance(store: TaskStore) -> None:
    journal = Journal(store)
    sent, refused, failed, last = (
        store.add(SONG, provider="hosted", credits=PRICE) for _ in range(4)
    )
    begun = now()
    assert journal.write_receipt(sent, 1000)
    journal.refused(refused.id, Failure("invalid_request", "No such track."))
    assert not journal.balance_disturbed(store.get(sent.id))
    assert journal.write_receipt(failed, 1000, asked_at=begun)
    journal.accepted(failed.id, "t1")
    journal.end(failed.id, Status.FAILED, Failure("upstream_error", "No."), refund=Refund.CHECKING)
    assert journal.balance_disturbed(store.get(sent.id))
    assert not journal.write_receipt(last, 1000, asked_at=begun)

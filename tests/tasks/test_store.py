"""The queue's records as views use them: changes persist, and impossible ones say why."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from suno_tui.common.errors import DamagedFile, HomeError
from suno_tui.library.track import Origin, Relation
from suno_tui.providers.song import Song
from suno_tui.tasks import spending
from suno_tui.tasks.errors import NotNow, UnknownTask
from suno_tui.tasks.models import Hold, Status, Take, Task
from suno_tui.tasks.row_mapping import DAMAGED
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.tables import VERSION, NewerDatabase
from suno_tui.worker.journal import Journal

SONG = Song(prompt="An upbeat electronic dance track", instrumental=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TaskStore]:
    with closing(TaskStore(tmp_path / "home" / "queue.sqlite")) as opened:
        yield opened


def add(store: TaskStore, **more: object) -> Task:
    return store.add(SONG, provider="hosted", credits=24, **more)  # type: ignore[arg-type]


def planned(store: TaskStore) -> int:
    with store.read() as connection:
        return spending.planned(connection)


def test_a_task_is_read_as_it_was_added(store: TaskStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    task = add(store, callback_url="https://example.com/hook")
    Journal(store).hold_each({task.id: Hold("no_key", "No key.")})
    task = replace(task, hold=Hold("no_key", "No key."))
    store.close()

    with closing(TaskStore(store.path)) as other:
        found = other.get(task.id)

    assert found == task
    assert found.song == SONG
    assert found.hold == Hold("no_key", "No key.")
    assert found.created_at >= before
    assert found.title == "An upbeat electronic dance track"
    assert len(found.nonce) == 32


def test_a_song_is_parsed_once(store: TaskStore) -> None:
    """A hold of the provider changes all of a thousand tasks, and none of their songs."""
    one, two = store.add_all([SONG] * 2, provider="hosted", credits=1)
    before = {task.id: task for task in store.all()}
    with store.write() as connection:
        connection.execute("UPDATE tasks SET hold_code = 'disk', hold_message = 'Full.'")
        connection.execute("UPDATE tasks SET song = '[]' WHERE id = ?", (two.id,))
    after = {task.id: task for task in store.all()}
    assert after[one.id].hold
    assert after[one.id].song is before[one.id].song
    for progress in (0.1, 0.2):
        with store.write() as connection:
            connection.execute("UPDATE tasks SET progress = ?", (progress,))
        damaged = next(task for task in store.all() if task.id == two.id)
        assert damaged.error and damaged.error.code == DAMAGED


def test_only_the_owner_can_read_it(store: TaskStore) -> None:
    add(store)
    for path in store.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_every_text_survives(store: TaskStore) -> None:
    song = Song(prompt="\ud800 \0 [bold] \x1b[31m 🎵 עברית " + "x" * 10_000)
    task = store.add(song, provider="hosted", credits=24)
    assert store.get(task.id).song == song


def test_find_matches_ids_and_prefixes(store: TaskStore) -> None:
    first, second = add(store), add(store)
    assert store.find(first.id[:5].upper()) == first or first.id[:5] == second.id[:5]
    assert store.find(second.id) == second
    with pytest.raises(UnknownTask, match="no task"):
        store.find("nothing")
    with pytest.raises(UnknownTask, match="no task"):
        store.find("")
    Journal(store).write_receipt(first, 100)
    Journal(store).accepted(first.id, "A1B2C3D4-e5f6")
    assert store.find("a1b2").id == first.id


def test_find_asks_for_more_if_two_tasks_match(store: TaskStore) -> None:
    tasks = [add(store) for _ in range(40)]  # more than there are first letters
    starts = [task.id[0] for task in tasks]
    twice = next(start for start in starts if starts.count(start) > 1)
    with pytest.raises(UnknownTask, match="may mean any of"):
        store.find(twice)


def test_order_of_lists(store: TaskStore) -> None:
    tasks = [add(store) for _ in range(3)]
    Journal(store).end(tasks[1].id, Status.COMPLETED)
    assert [task.id for task in store.live()] == [tasks[0].id, tasks[2].id]
    assert [task.id for task in store.all()] == [task.id for task in reversed(tasks)]


def test_the_version_changes_when_anybody_wrote(store: TaskStore) -> None:
    with closing(TaskStore(store.path)) as other:
        seen = store.version(), other.version()
        assert (store.version(), other.version()) == seen
        add(other)
        assert store.version() != seen[0]
        assert other.version() != seen[1]


def test_a_task_is_called_as_its_tracks_unless_the_song_has_a_title(store: TaskStore) -> None:
    told = (Take(number=1), Take(number=2, title="Neon\n Rain"))
    task = add(store)
    assert replace(task, takes=told).title == "Neon Rain"
    own = replace(task.song, custom_mode=True, title="My own")
    assert replace(task, song=own, takes=told).title == "My own"


def test_an_ended_task_comes_back_as_it_was(store: TaskStore) -> None:
    task = add(store)
    with pytest.raises(NotNow, match="retry"):
        store.unforget(task.id)
    Journal(store).end(task.id, Status.COMPLETED)
    ended = store.get(task.id)
    store.forget(task.id)
    assert store.unforget(task.id) == ended
    assert store.all() == [ended]
    assert not store.live()


def test_forgetting_can_be_taken_back(store: TaskStore) -> None:
    task = add(store)
    assert store.forget(task.id).forgotten
    assert store.live() == [] == store.all()
    assert store.all(forgotten=True)[0].id == task.id
    assert planned(store) == 0
    assert not store.retry(task.id).forgotten
    assert store.live()[0].id == task.id
    assert planned(store) == 24


def test_each_queued_task_shows_a_pause(store: TaskStore) -> None:
    task = add(store)
    store.pause()
    with closing(TaskStore(store.path)) as other:
        assert other.paused
    held = store.get(task.id).hold
    assert held and held.code == "paused"
    assert store.owed() == []
    store.resume()
    assert store.get(task.id).hold is None
    assert store.owed() == [None]


def test_retry_of_a_completed_task_is_refused(store: TaskStore) -> None:
    task = add(store)
    Journal(store).end(task.id, Status.COMPLETED)
    with pytest.raises(NotNow):
        store.retry(task.id)
    with pytest.raises(NotNow):
        store.settle(task.id, accepted=True)
    with pytest.raises(NotNow):
        store.poll_again(task.id)


def test_spent_credits_are_those_sent_and_not_refunded(store: TaskStore) -> None:
    journal = Journal(store)
    tasks = [add(store) for _ in range(4)]
    for task in tasks[1:]:
        assert journal.write_receipt(task, 1000)
    journal.accepted(tasks[1].id, "one")
    journal.not_taken(tasks[2].id)
    journal.mark_uncertain(tasks[3].id, Hold("checking", "…"))

    assert store.spent() == 48
    assert store.spent(datetime.now(UTC) + timedelta(hours=1)) == 0
    assert planned(store) == 48
    assert [(charge.task, charge.state) for charge in store.charges()] == [
        (tasks[3].id, "open"),
        (tasks[2].id, "void"),
        (tasks[1].id, "charged"),
    ]


def test_a_receipt_is_written_once(store: TaskStore) -> None:
    journal = Journal(store)
    task = add(store)
    assert journal.write_receipt(task, 1000)
    assert not journal.write_receipt(task, 1000)
    forgotten = add(store)
    store.forget(forgotten.id)
    assert not journal.write_receipt(forgotten, 1000)
    waiting = add(store)
    store.pause()
    assert not journal.write_receipt(waiting, 1000)


def test_many_processes_and_threads_write_at_once(store: TaskStore) -> None:
    def write(own: TaskStore) -> None:
        for _ in range(20):
            add(own)

    with closing(TaskStore(store.path)) as second, closing(TaskStore(store.path)) as third:
        threads = [
            threading.Thread(target=write, args=(each,)) for each in (store, store, second, third)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({task.id for task in store.live()}) == 80


def test_a_task_keeps_all_that_its_song_is_made_with(store: TaskStore) -> None:
    song = Song(
        prompt="p", seed=2**53 - 1, duration=90.5, bpm=120, key="D minor", time_signature="3/4",
        language="de", takes=1,
    )  # fmt: skip
    origin = Origin("4k7m2p9q3r", Relation.REPLAY)
    (task,) = store.add_all([song], provider="local", credits=0, origin=origin)
    assert store.get(task.id).song == song
    assert store.get(task.id).origin == origin
    assert add(store).origin is None


def test_a_newer_database_is_left_alone(store: TaskStore) -> None:
    add(store)
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(NewerDatabase, match="Update suno-tui"):
        TaskStore(store.path)


def test_an_older_database_is_brought_up_to_date(store: TaskStore) -> None:
    task = add(store)
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("DROP TRIGGER retry_ends")
        connection.execute("DROP TABLE balances")
        connection.execute("DROP INDEX tasks_by_request_key")
        connection.execute("ALTER TABLE charges DROP COLUMN requester")
        for column in (
            *("cancel_at", "base_url", "account", "answer", "retry_at", "parent", "relation"),
            *("credit", "url_life", "position", "requester", "request_key", "source_mark"),
        ):
            connection.execute(f"ALTER TABLE tasks DROP COLUMN {column}")
        for column in ("filings", "seed", "facts"):
            connection.execute(f"ALTER TABLE takes DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    newer = TaskStore(store.path)
    assert newer.get(task.id) == task
    assert newer.cancel(task.id).status is Status.FAILED
    newer.close()


def test_a_damaged_database_is_reported_and_left(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    path.write_bytes(b"this is no database, but it may be precious" * 100)
    kept = path.read_bytes()
    with pytest.raises(DamagedFile, match="Move it away"):
        TaskStore(path)
    assert path.read_bytes() == kept


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").mkdir()
    with pytest.raises(HomeError):
        TaskStore(tmp_path / "queue.sqlite")

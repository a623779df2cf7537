"""The worker as a whole: alone, with patience, ended by a signal, and replaced."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sqlite3
import threading

import pytest

from suno_tui.common.locks import Lock
from suno_tui.tasks.events import GaveUp, TakeFiled, TaskEnded, follow
from suno_tui.tasks.holds import Waiting
from suno_tui.tasks.models import Hold, Status, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.tables import NewerDatabase
from suno_tui.worker.journal import Journal
from suno_tui.worker.process import run_until_signal
from tests.fake_provider import PRICE, FakeProvider, Fault, refusal
from tests.worker.harness import SONG, Harness


async def test_it_ends_at_once_if_nothing_is_owed(harness: Harness) -> None:
    assert await harness.work() is Outcome.DONE


async def test_two_workers_do_each_task_once(harness: Harness, provider: FakeProvider) -> None:
    for _ in range(6):
        harness.add()
    other = TaskStore(harness.store.path)
    second = harness.worker()
    second.store = other
    second.journal.store = other

    outcomes = await asyncio.gather(harness.work(), second.run())

    other.close()
    assert set(outcomes) == {Outcome.DONE}
    assert len(provider.ledger) == 6
    harness.agree()


async def test_the_second_worker_takes_over_when_the_first_ends(
    harness: Harness, provider: FakeProvider
) -> None:
    lock = Lock(harness.folder / "worker.lock")
    assert lock.acquire()
    task = harness.add()
    Journal(harness.store).hold_each({task.id: Hold("offline", "No network.")})
    running = asyncio.create_task(harness.worker().run())
    # Refused the lock, the second asks the first to try now.
    await harness.until(task.id, lambda task: task.hold is None)
    assert provider.requests == []
    lock.release()
    assert await running is Outcome.DONE
    assert harness.store.get(task.id).status is Status.COMPLETED


async def test_the_second_worker_loses_patience_with_the_trouble_of_the_first(
    harness: Harness,
) -> None:
    lock = Lock(harness.folder / "worker.lock")
    assert lock.acquire()
    trouble = Hold("offline", "No network.")
    task = harness.add()
    Journal(harness.store).hold_each({task.id: trouble})
    running = asyncio.create_task(harness.work(patience=0.05))
    # The second asks the first to try now, and the first finds the trouble again.
    await harness.until(task.id, lambda task: task.hold is None)
    Journal(harness.store).hold_each({task.id: trouble})
    assert await running is Outcome.OWED
    lock.release()


async def test_the_second_worker_ends_if_nothing_is_owed(harness: Harness) -> None:
    lock = Lock(harness.folder / "worker.lock")
    assert lock.acquire()
    assert await harness.work() is Outcome.DONE
    lock.release()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_and_the_next_goes_on(
    harness: Harness, provider: FakeProvider, number: signal.Signals
) -> None:
    provider.polls = 1000
    task = harness.add()
    running = asyncio.create_task(run_until_signal(harness.worker(), stay=True))
    await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
    os.kill(os.getpid(), number)
    assert await running is Outcome.STOPPED
    assert Lock(harness.folder / "worker.lock").holder() is None

    provider.polls = 1
    assert await harness.work() is Outcome.DONE
    assert len(provider.ledger) == 1
    harness.agree()


async def test_a_song_that_is_being_sent_is_waited_for(
    harness: Harness, provider: FakeProvider
) -> None:
    """SIGTERM in the middle of a POST: the answer's id is kept."""
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    worker = harness.worker()
    task = harness.add()
    running = asyncio.create_task(worker.run())
    await harness.until(task.id, lambda task: task.status is Status.SUBMITTING)
    worker.stop()
    answer.set()
    assert await running is Outcome.STOPPED
    assert harness.store.get(task.id).task_id in provider.ledger
    assert await harness.work() is Outcome.DONE
    harness.agree()


async def test_a_song_that_is_forgotten_while_it_is_sent_keeps_its_id(
    harness: Harness, provider: FakeProvider
) -> None:
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    async with harness.at_work():
        task = harness.add()
        await asyncio.to_thread(provider.wait_for, "create")
        harness.store.forget(task.id)
        # The worker has looked through the queue since, once it asks for a task that came later.
        accepted(harness, harness.add())
        await asyncio.to_thread(provider.wait_for, "task")
        answer.set()
        kept = await harness.until(task.id, lambda task: task.task_id)
        assert kept.forgotten
        assert kept.task_id in provider.ledger
        assert [charge.state for charge in harness.store.charges()] == ["charged"] * 2

        harness.store.retry(task.id)
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert await harness.work() is Outcome.DONE
    assert provider.seen("create") == 1
    harness.agree()


async def test_a_forgotten_task_is_not_polled(harness: Harness, provider: FakeProvider) -> None:
    provider.polls = 1000
    task = harness.add()
    async with harness.at_work() as worker:
        kept = await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        harness.store.forget(task.id)
        while worker.runners_of("hosted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        asked = asked_for(provider, kept)
        # Others are asked for meanwhile, again and again.
        before = provider.seen("task")
        accepted(harness, harness.add())
        await asyncio.to_thread(provider.wait_for, "task", before + 20)
        assert asked_for(provider, kept) == asked

        provider.polls = 1
        harness.store.retry(task.id)
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 2
    assert harness.store.spent() == 2 * PRICE


def accepted(harness: Harness, task: Task) -> None:
    """Let the provider accept a task without the worker."""
    entry = harness.provider.accept({"model": SONG.model, "input": {}}, task.nonce)
    journal = Journal(harness.store)
    journal.write_receipt(task, None)
    journal.accepted(task.id, entry.id)


def asked_for(provider: FakeProvider, task: Task) -> int:
    """Return how often a task was polled."""
    return sum(str(task.task_id) in path for *_, path, _ in list(provider.requests))


async def test_a_paused_queue_sends_nothing_and_downloads_on(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.polls = 1000
    first = harness.add()
    async with harness.at_work():
        await harness.until(first.id, lambda task: task.status is Status.PROCESSING)
        harness.store.pause()
        second = harness.add()
        provider.polls = 1
        await harness.until(first.id, lambda task: task.status is Status.COMPLETED)
        assert len(provider.ledger) == 1
        harness.store.resume()
        await harness.until(second.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_it_ends_if_only_a_paused_queue_is_left(harness: Harness) -> None:
    harness.store.pause()
    harness.add()
    assert await harness.work() is Outcome.OWED


async def test_retry_of_a_held_task_tries_at_once(harness: Harness, provider: FakeProvider) -> None:
    import dataclasses

    from tests.worker.harness import QUICK

    provider.faults["create"].append(refusal(402, "insufficient_credits"))
    task = harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, hold_first=3600, hold_most=3600)):
        await harness.until(task.id, lambda task: task.hold)
        harness.store.retry(task.id)
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)


async def test_a_full_disk_is_waited_for(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id of an accepted task is kept, and written when there is space again."""
    full, refused = False, 0
    usual = harness.store.write

    def write() -> object:
        nonlocal refused
        if full:
            from suno_tui.common.errors import home_error

            refused += 1
            raise home_error(harness.store.path, OSError(errno.ENOSPC, "No space left on device"))
        return usual()

    monkeypatch.setattr(harness.store, "write", write)
    task = harness.add()
    usual_accept = provider.accept

    def accept(body: dict[str, object], nonce: str) -> object:
        nonlocal full
        full = True
        return usual_accept(body, nonce)

    monkeypatch.setattr(provider, "accept", accept)
    async with harness.at_work():
        await harness.until(task.id, lambda _: refused)
        full = False
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 1
    harness.agree()


async def test_a_limit_on_file_sizes_is_waited_for(
    harness: Harness, provider: FakeProvider
) -> None:
    """What a full disk does to a download, done by the kernel."""
    import resource

    provider.size = 3_000_000
    provider.takes = 1
    task = harness.add()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        async with harness.at_work():
            held = await harness.until(task.id, lambda task: task.hold)
            assert held.hold and held.hold.code == "disk"
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, usual)
    harness.agree()


async def test_a_bug_holds_one_task_and_no_other(harness: Harness, provider: FakeProvider) -> None:
    usual = harness.file_take
    bad = harness.add()

    def file_take(task: object, *rest: object) -> str:
        if getattr(task, "id", None) == bad.id:
            raise ZeroDivisionError
        return usual(task, *rest)  # type: ignore[arg-type]

    harness.file_take = file_take  # type: ignore[method-assign,assignment]
    good = harness.add()
    async with harness.at_work():
        await harness.until(good.id, lambda task: task.status is Status.COMPLETED)
        held = await harness.until(bad.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "bug"


async def test_follow_yields_every_outcome(harness: Harness) -> None:
    tasks = [harness.add(), harness.add()]
    async with harness.at_work():
        seen = [event async for event in follow(harness.store, [task.id for task in tasks])]
    filed = [(event.task.id, event.take.number) for event in seen if isinstance(event, TakeFiled)]
    assert sorted(filed) == sorted((task.id, number) for task in tasks for number in (1, 2))
    ended = [event.task.id for event in seen if isinstance(event, TaskEnded)]
    assert sorted(ended) == sorted(task.id for task in tasks)


async def test_follow_gives_up_if_waiting_is_useless(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(401, "invalid_api_key")
    task = harness.add()
    async with harness.at_work():
        events = [event async for event in follow(harness.store, [task.id])]
    last = events[-1]
    assert isinstance(last, GaveUp)
    assert last.why is Waiting.REFUSED


async def test_follow_has_patience_with_trouble(harness: Harness, provider: FakeProvider) -> None:
    provider.always["task"] = Fault(500)
    task = harness.add()
    async with harness.at_work():
        events = [event async for event in follow(harness.store, [task.id], patience=0.2)]
    last = events[-1]
    assert isinstance(last, GaveUp)
    assert last.why is Waiting.TROUBLE


async def test_follow_notices_workers_that_die(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.tasks.events.WAKE", 0.01)
    task = harness.add()
    woken = 0

    def wake() -> bool:
        nonlocal woken
        woken += 1
        return False

    events = [event async for event in follow(harness.store, [task.id], patience=0.1, wake=wake)]
    assert isinstance(events[-1], GaveUp)
    assert woken > 2


async def test_an_older_worker_steps_aside_for_a_newer_program(harness: Harness) -> None:
    worker = harness.worker()
    running = asyncio.create_task(worker.run(stay=True))
    await asyncio.sleep(0)
    with sqlite3.connect(harness.store.path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(NewerDatabase):
        await running
    assert Lock(harness.folder / "worker.lock").holder() is None


async def test_it_ends_when_its_home_is_gone(harness: Harness, provider: FakeProvider) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    task = harness.add()
    running = asyncio.create_task(harness.worker().run(stay=True))
    await harness.until(task.id, lambda task: task.hold)
    harness.store.path.rename(harness.folder / "elsewhere.sqlite")
    assert await running is Outcome.STOPPED


async def test_the_key_is_in_no_record_and_no_log(
    harness: Harness, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "suno_tui")
    provider.faults["create"].extend([Fault(drop=True), refusal(429, "rate_limit_exceeded")])
    provider.faults["task"].extend([Fault(500), refusal(401, "invalid_api_key")])
    harness.add()
    await harness.work()
    harness.store.close()
    with sqlite3.connect(harness.store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    harness.store = TaskStore(harness.store.path)
    assert b"sk-fake" not in harness.store.path.read_bytes()
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "accepted" in text
    for secret in ("sk-fake", "Walking down", "/audio/"):
        assert secret not in text

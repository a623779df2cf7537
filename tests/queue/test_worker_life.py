"""The worker's own life: alone, patient, ended by a signal, and taken over."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sqlite3
import threading

import pytest

from suno_tui.home import Lock
from suno_tui.queue import Hold, Status, Task, TaskStore
from suno_tui.queue.follow import GaveUp, TakeFiled, TaskEnded, follow
from suno_tui.queue.holds import Waiting
from suno_tui.queue.journal import Journal
from suno_tui.queue.patience import Outcome
from suno_tui.queue.process import run_until_signal
from suno_tui.queue.schema import NewerDatabase
from tests.fake_provider import PRICE, FakeProvider, Fault, refusal
from tests.queue.house import SONG, House


async def test_it_ends_at_once_where_nothing_is_owed(house: House) -> None:
    assert await house.work() is Outcome.DONE


async def test_two_workers_do_each_task_once(house: House, provider: FakeProvider) -> None:
    for _ in range(6):
        house.add()
    other = TaskStore(house.store.path)
    second = house.worker()
    second.store = other
    second.journal.store = other

    outcomes = await asyncio.gather(house.work(), second.run())

    other.close()
    assert set(outcomes) == {Outcome.DONE}
    assert len(provider.ledger) == 6
    house.agree()


async def test_the_second_takes_over_when_the_first_ends(
    house: House, provider: FakeProvider
) -> None:
    lock = Lock(house.folder / "worker.lock")
    assert lock.acquire()
    task = house.add()
    Journal(house.store).hold([task.id], Hold("offline", "No network."))
    running = asyncio.create_task(house.worker().run())
    # Refused the lock, the second asks the first to try now.
    await house.until(task.id, lambda task: task.hold is None)
    assert provider.requests == []
    lock.release()
    assert await running is Outcome.DONE
    assert house.store.get(task.id).status is Status.COMPLETED


async def test_the_second_loses_patience_with_the_firsts_trouble(house: House) -> None:
    lock = Lock(house.folder / "worker.lock")
    assert lock.acquire()
    trouble = Hold("offline", "No network.")
    task = house.add()
    Journal(house.store).hold([task.id], trouble)
    running = asyncio.create_task(house.work(patience=0.05))
    # The second asks the first to try now, and the first finds the trouble again.
    await house.until(task.id, lambda task: task.hold is None)
    Journal(house.store).hold([task.id], trouble)
    assert await running is Outcome.OWED
    lock.release()


async def test_the_second_ends_where_nothing_is_owed(house: House) -> None:
    lock = Lock(house.folder / "worker.lock")
    assert lock.acquire()
    assert await house.work() is Outcome.DONE
    lock.release()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_and_the_next_goes_on(
    house: House, provider: FakeProvider, number: signal.Signals
) -> None:
    provider.polls = 1000
    task = house.add()
    running = asyncio.create_task(run_until_signal(house.worker(), stay=True))
    await house.until(task.id, lambda task: task.status is Status.PROCESSING)
    os.kill(os.getpid(), number)
    assert await running is Outcome.STOPPED
    assert Lock(house.folder / "worker.lock").holder() is None

    provider.polls = 1
    assert await house.work() is Outcome.DONE
    assert len(provider.ledger) == 1
    house.agree()


async def test_a_song_that_is_being_sent_is_waited_for(
    house: House, provider: FakeProvider
) -> None:
    """SIGTERM in the middle of a POST: the answer's id is kept."""
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    worker = house.worker()
    task = house.add()
    running = asyncio.create_task(worker.run())
    await house.until(task.id, lambda task: task.status is Status.SUBMITTING)
    worker.stop()
    answer.set()
    assert await running is Outcome.STOPPED
    assert house.store.get(task.id).task_id in provider.ledger
    assert await house.work() is Outcome.DONE
    house.agree()


async def test_a_song_that_is_forgotten_while_it_is_sent_keeps_its_id(
    house: House, provider: FakeProvider
) -> None:
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    async with house.at_work():
        task = house.add()
        await asyncio.to_thread(provider.wait_for, "create")
        house.store.forget(task.id)
        # The worker has looked through the queue since, once it asks for a task that came later.
        accepted(house, house.add())
        await asyncio.to_thread(provider.wait_for, "task")
        answer.set()
        kept = await house.until(task.id, lambda task: task.task_id)
        assert kept.forgotten
        assert kept.task_id in provider.ledger
        assert [charge.state for charge in house.store.charges()] == ["charged"] * 2

        house.store.retry(task.id)
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert await house.work() is Outcome.DONE
    assert provider.seen("create") == 1
    house.agree()


async def test_a_forgotten_task_is_watched_no_longer(house: House, provider: FakeProvider) -> None:
    provider.polls = 1000
    task = house.add()
    async with house.at_work() as worker:
        kept = await house.until(task.id, lambda task: task.status is Status.PROCESSING)
        house.store.forget(task.id)
        while worker.jobs_of("hosted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        asked = asked_for(provider, kept)
        # Others are asked for meanwhile, again and again.
        before = provider.seen("task")
        accepted(house, house.add())
        await asyncio.to_thread(provider.wait_for, "task", before + 20)
        assert asked_for(provider, kept) == asked

        provider.polls = 1
        house.store.retry(task.id)
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 2
    assert house.store.spent() == 2 * PRICE


def accepted(house: House, task: Task) -> None:
    """Have the provider take a task, without the worker."""
    entry = house.provider.accept({"model": SONG.model, "input": {}}, task.nonce)
    journal = Journal(house.store)
    journal.receipt(task, None)
    journal.accepted(task.id, entry.id)


def asked_for(provider: FakeProvider, task: Task) -> int:
    """How often a task was asked for."""
    return sum(str(task.task_id) in path for *_, path, _ in list(provider.requests))


async def test_a_paused_queue_sends_nothing_and_fetches_on(
    house: House, provider: FakeProvider
) -> None:
    provider.polls = 1000
    first = house.add()
    async with house.at_work():
        await house.until(first.id, lambda task: task.status is Status.PROCESSING)
        house.store.pause()
        second = house.add()
        provider.polls = 1
        await house.until(first.id, lambda task: task.status is Status.COMPLETED)
        assert len(provider.ledger) == 1
        house.store.resume()
        await house.until(second.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_it_ends_where_only_a_paused_queue_is_left(house: House) -> None:
    house.store.pause()
    house.add()
    assert await house.work() is Outcome.OWED


async def test_retry_of_a_held_task_tries_at_once(house: House, provider: FakeProvider) -> None:
    import dataclasses

    from tests.queue.house import QUICK

    provider.faults["create"].append(refusal(402, "insufficient_credits"))
    task = house.add()
    async with house.at_work(dataclasses.replace(QUICK, hold_first=3600, hold_most=3600)):
        await house.until(task.id, lambda task: task.hold)
        house.store.retry(task.id)
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)


async def test_a_full_disk_is_waited_for(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id of an accepted task is kept, and written when there is space again."""
    full, refused = False, 0
    usual = house.store.write

    def write() -> object:
        nonlocal refused
        if full:
            from suno_tui.home import home_error

            refused += 1
            raise home_error(house.store.path, OSError(errno.ENOSPC, "No space left on device"))
        return usual()

    monkeypatch.setattr(house.store, "write", write)
    task = house.add()
    usual_accept = provider.accept

    def accept(body: dict[str, object], nonce: str) -> object:
        nonlocal full
        full = True
        return usual_accept(body, nonce)

    monkeypatch.setattr(provider, "accept", accept)
    async with house.at_work():
        await house.until(task.id, lambda _: refused)
        full = False
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 1
    house.agree()


async def test_a_limit_on_file_sizes_is_waited_for(house: House, provider: FakeProvider) -> None:
    """What a full disk does to a download, done by the kernel."""
    import resource

    provider.size = 3_000_000
    provider.takes = 1
    task = house.add()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        async with house.at_work():
            held = await house.until(task.id, lambda task: task.hold)
            assert held.hold and held.hold.code == "disk"
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, usual)
    house.agree()


async def test_a_bug_holds_one_task_and_no_other(house: House, provider: FakeProvider) -> None:
    usual = house.file_take
    bad = house.add()

    def file_take(task: object, *rest: object) -> str:
        if getattr(task, "id", None) == bad.id:
            raise ZeroDivisionError
        return usual(task, *rest)  # type: ignore[arg-type]

    house.file_take = file_take  # type: ignore[method-assign,assignment]
    good = house.add()
    async with house.at_work():
        await house.until(good.id, lambda task: task.status is Status.COMPLETED)
        held = await house.until(bad.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "bug"


async def test_following_tells_every_outcome(house: House) -> None:
    tasks = [house.add(), house.add()]
    async with house.at_work():
        seen = [event async for event in follow(house.store, [task.id for task in tasks])]
    filed = [(event.task.id, event.take.number) for event in seen if isinstance(event, TakeFiled)]
    assert sorted(filed) == sorted((task.id, number) for task in tasks for number in (1, 2))
    ended = [event.task.id for event in seen if isinstance(event, TaskEnded)]
    assert sorted(ended) == sorted(task.id for task in tasks)


async def test_following_gives_up_where_nothing_is_to_be_hoped_for(
    house: House, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(401, "invalid_api_key")
    task = house.add()
    async with house.at_work():
        events = [event async for event in follow(house.store, [task.id])]
    last = events[-1]
    assert isinstance(last, GaveUp)
    assert last.why is Waiting.REFUSED


async def test_following_has_patience_with_trouble(house: House, provider: FakeProvider) -> None:
    provider.always["task"] = Fault(500)
    task = house.add()
    async with house.at_work():
        events = [event async for event in follow(house.store, [task.id], patience=0.2)]
    last = events[-1]
    assert isinstance(last, GaveUp)
    assert last.why is Waiting.TROUBLE


async def test_following_notices_workers_that_die(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.queue.follow.WAKE", 0.01)
    task = house.add()
    woken = 0

    def wake() -> bool:
        nonlocal woken
        woken += 1
        return False

    events = [event async for event in follow(house.store, [task.id], patience=0.1, wake=wake)]
    assert isinstance(events[-1], GaveUp)
    assert woken > 2


async def test_an_older_worker_steps_aside_for_a_newer_program(house: House) -> None:
    worker = house.worker()
    running = asyncio.create_task(worker.run(stay=True))
    await asyncio.sleep(0)
    with sqlite3.connect(house.store.path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(NewerDatabase):
        await running
    assert Lock(house.folder / "worker.lock").holder() is None


async def test_it_ends_when_its_home_is_gone(house: House, provider: FakeProvider) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    task = house.add()
    running = asyncio.create_task(house.worker().run(stay=True))
    await house.until(task.id, lambda task: task.hold)
    house.store.path.rename(house.folder / "elsewhere.sqlite")
    assert await running is Outcome.STOPPED


async def test_the_key_is_in_no_record_and_no_log(
    house: House, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "suno_tui")
    provider.faults["create"].extend([Fault(drop=True), refusal(429, "rate_limit_exceeded")])
    provider.faults["task"].extend([Fault(500), refusal(401, "invalid_api_key")])
    house.add()
    await house.work()
    house.store.close()
    with sqlite3.connect(house.store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    house.store = TaskStore(house.store.path)
    assert b"sk-fake" not in house.store.path.read_bytes()
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "accepted" in text
    for secret in ("sk-fake", "Walking down", "/audio/"):
        assert secret not in text

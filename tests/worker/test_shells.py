"""Songs of several shells in one home: each is sent with its own key and address, and by nobody
else's; workers take turns, and no process is sent a signal."""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator

import pytest

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.models import Status, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.worker_starter import worker_runs
from tests.command import json_lines, suno_tui
from tests.fake_provider import KEY, FakeProvider, Fault, real_jpeg, real_mp3, refusal
from tests.worker.harness import QUICK, Harness
from tests.worker.test_process import until

DEAD = "http://127.0.0.1:9"
MINE, OTHER = Shell({"hosted": "mine"}), Shell({"hosted": "other"})


@pytest.fixture
def real(home: Home) -> Iterator[FakeProvider]:
    home.config_file.write_text("[queue]\npoll_seconds = 0.2\nrequests_per_second = 50\n")
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        yield fake


def env(url: str, **more: str) -> dict[str, str]:
    return {"SUNO_TUI_BASE_URL": url, "SUNO_TUI_API_KEY": KEY, **more}


def queue(where: dict[str, str], *more: str) -> list[str]:
    done = suno_tui("generate", "a song", "--no-wait", "--json", *more, env=where)
    assert done.returncode == 0, done.stderr
    return [task["id"] for task in json_lines(done.stdout)]


def test_one_shells_dead_address_blocks_no_other_shells_songs(
    home: Home, real: FakeProvider
) -> None:
    """A worker of one shell with a dead address, and one of another with a good one."""
    store = TaskStore(home.queue)
    real.always["credits"] = Fault(drop=True)  # A is down
    ours = queue(env(real.url), "-n", "2")
    until(lambda: all(store.get(each).hold for each in ours))
    (theirs,) = queue(env(DEAD))
    until(lambda: _held(store.get(theirs), "offline"), 40)
    assert real.seen("create") == 0

    del real.always["credits"]
    done = suno_tui("work", env=env(real.url))

    assert [store.get(each).status for each in ours] == [Status.COMPLETED] * 2, done.stdout
    assert done.returncode == 3
    assert theirs in done.stdout
    assert real.seen("create") == 2
    store.forget(theirs)
    until(lambda: not worker_runs(home))
    store.close()


def test_a_corrected_proxy_is_used_for_songs_queued_before(home: Home, real: FakeProvider) -> None:
    store = TaskStore(home.queue)
    (first,) = queue(env(real.url, HTTP_PROXY=DEAD))
    until(lambda: _held(store.get(first), "offline"))
    done = suno_tui("generate", "another", env=env(real.url))
    assert done.returncode == 0, done.stderr
    until(lambda: store.get(first).status is Status.COMPLETED)
    until(lambda: not worker_runs(home))
    assert real.seen("create") == 2
    store.close()


def test_a_corrected_key_is_used_for_songs_queued_with_the_wrong_one(
    home: Home, real: FakeProvider
) -> None:
    wrong = env(real.url) | {"SUNO_TUI_API_KEY": "sk-wrong"}
    done = suno_tui("generate", "a song", "--json", env=wrong)
    assert done.returncode == 3
    (task,) = json_lines(done.stdout)
    assert suno_tui("work", env=env(real.url)).returncode == 0
    store = TaskStore(home.queue)
    assert store.get(task["id"]).status is Status.COMPLETED
    until(lambda: not worker_runs(home))
    store.close()
    for file in home.data.rglob("*"):
        assert not file.is_file() or b"sk-wrong" not in file.read_bytes(), file


@pytest.mark.parametrize("number", ["a bystander's", "1"])
def test_no_process_number_from_a_file_gets_a_signal(home: Home, number: str) -> None:
    """With a home on NFS, or in two containers, it may be the number of another process."""
    home.create()
    bystander = subprocess.Popen(["sleep", "60"])
    handle = os.open(home.worker_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        held = bystander.pid if number != "1" else 1
        os.pwrite(handle, f"{held}\nanother.- elsewhere 2026-11-30T00:00:00\n".encode(), 0)
        (task,) = queue(env(DEAD))
        # The worker of this shell asks for the place, and waits for it.
        until(lambda: Lock(home.worker_lock.with_suffix(".next")).holder() or _said(home, task))
        assert bystander.poll() is None
        store = TaskStore(home.queue)
        store.forget(task)
        store.close()
    finally:
        os.close(handle)
        bystander.kill()
        bystander.wait()
    until(lambda: not worker_runs(home))


def _said(home: Home, id: str) -> bool:
    store = TaskStore(home.queue)
    try:
        return store.get(id).hold is not None
    finally:
        store.close()


def _held(task: Task, code: str) -> bool:
    return task.hold is not None and task.hold.code == code


async def test_a_worker_without_its_key_does_not_send_a_song(
    harness: Harness, provider: FakeProvider
) -> None:
    task, own = harness.add(account="other"), harness.add(account="mine")
    assert await harness.worker(shell=MINE).run() is Outcome.REFUSED
    held = harness.store.get(task.id)
    assert held.hold and held.hold.code == "other_shell"
    assert harness.store.get(own.id).status is Status.COMPLETED
    assert provider.seen("create") == 1
    assert await harness.worker(shell=OTHER).run() is Outcome.DONE
    assert harness.store.get(task.id).hold is None
    harness.agree()


async def test_any_worker_downloads_audio(harness: Harness, provider: FakeProvider) -> None:
    """Files need no key, and end after a day."""
    harness.base_url = provider.url
    task = harness.add(account="other")
    provider.always["audio"] = Fault(503)
    worker = harness.worker(shell=OTHER)
    running = asyncio.create_task(worker.run())
    await harness.until(task.id, lambda task: task.status is Status.DOWNLOADING)
    worker.stop()
    await running
    del provider.always["audio"]
    asked = provider.seen("task")
    assert await harness.worker(shell=MINE).run() is Outcome.DONE
    assert provider.seen("task") == asked, "nothing was asked with another's key"
    harness.agree()


async def test_two_workers_with_work_take_turns(harness: Harness, provider: FakeProvider) -> None:
    provider.polls = 10_000
    tasks = [harness.add(account="mine"), harness.add(account="other")]
    workers = [harness.worker(shell=MINE), harness.worker(shell=OTHER)]
    running = [asyncio.create_task(each.run()) for each in workers]
    for task in tasks:
        await harness.until(task.id, lambda task: task.task_id)
    provider.polls = 1
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(*running)
    assert set(outcomes) <= {Outcome.DONE, Outcome.REFUSED}
    assert provider.seen("create") == 2
    harness.agree()


async def test_a_worker_does_not_yield_while_it_sends_a_song(
    harness: Harness, provider: FakeProvider
) -> None:
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    first = harness.add(account="mine")
    hasty = dataclasses.replace(QUICK, grace=0)  # what it left it would break off
    one = asyncio.create_task(harness.worker(shell=MINE, timings=hasty).run())
    await asyncio.to_thread(provider.wait_for, "create")
    second = harness.add(account="other")
    two = asyncio.create_task(harness.worker(shell=OTHER).run())
    # Its turn is over by far, and the other asks.
    asks = Lock(harness.folder / "worker.next")
    async with asyncio.timeout(20):
        while not asks.holder():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    assert harness.store.get(first.id).status is Status.SUBMITTING
    assert not harness.store.get(second.id).task_id
    answer.set()
    async with asyncio.timeout(30):
        await asyncio.gather(one, two)
    assert provider.seen("create") == 2
    harness.agree()


async def test_a_detached_worker_ends_if_it_can_do_nothing(harness: Harness) -> None:
    harness.add(account="other")
    assert await harness.worker(shell=MINE, detached=True).run() is Outcome.REFUSED


async def test_workers_with_refused_keys_do_not_take_songs_from_each_other(
    harness: Harness, provider: FakeProvider
) -> None:
    harness.base_url = provider.url
    provider.always["create"] = refusal(401, "invalid_api_key")
    mine = Shell({"hosted": "mine"}, {"hosted": provider.url})
    task = harness.add(account="other")
    worker = harness.worker(shell=OTHER)
    running = asyncio.create_task(worker.run())
    await harness.until(task.id, lambda task: task.hold)
    worker.stop()
    await running
    assert await harness.worker(shell=mine).run(patience=5) is Outcome.REFUSED
    assert harness.store.get(task.id).account == "mine"


def test_a_retry_takes_a_song_over_if_the_address_is_the_same(harness: Harness) -> None:
    harness.base_url = "http://a"
    task = harness.add(account="other")
    elsewhere = Shell({"hosted": "mine"}, {"hosted": "http://b"})
    assert harness.store.retry(task.id, shell=elsewhere).account == "other"
    here = Shell({"hosted": "mine"}, {"hosted": "http://a"})
    assert harness.store.retry(task.id, shell=here).account == "mine"


def test_a_mark_distinguishes_environments_and_reveals_no_secret() -> None:
    variables = {"hosted": ["SUNO_TUI_API_KEY", "SUNO_TUI_BASE_URL"]}

    def of(**values: str) -> Shell:
        return Shell.of(values, variables, {"hosted": "http://a"})

    assert of().accounts == {}
    assert of(SUNO_TUI_API_KEY="sk-1").accounts != of(SUNO_TUI_API_KEY="sk-2").accounts
    assert of(SUNO_TUI_API_KEY="sk-1").mark == of(SUNO_TUI_API_KEY="sk-1", HOME="/").mark
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE"):
        routed = of(SUNO_TUI_API_KEY="sk-1", **{name: "x"})
        assert routed.mark != of(SUNO_TUI_API_KEY="sk-1").mark
        assert routed.accounts_mark == of(SUNO_TUI_API_KEY="sk-1").accounts_mark
    assert "sk-1" not in of(SUNO_TUI_API_KEY="sk-1").lock_note


async def test_songs_with_and_without_a_mark_are_sent_one_by_one(
    harness: Harness, provider: FakeProvider
) -> None:
    """One balance pays for both and has to show what became of each; they wait together."""
    provider.always["create"] = refusal(402, "insufficient_credits")
    tasks = [harness.add(), harness.add(account="mine")]
    worker = harness.worker(shell=MINE)
    assert worker.link(tasks[0]) is worker.link(tasks[1])
    assert worker.link(harness.add(account="other")) is not worker.link(tasks[1])
    running = asyncio.create_task(worker.run(stay=True))
    for task in tasks:
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "insufficient_credits"
    worker.stop()
    await running

"""Cancelling: at the built-in provider, and at others, which can't cancel."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suno_tui.cli.queue import _back
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.providers.client import Client
from suno_tui.providers.song import Song
from suno_tui.providers.suno.dialect import SunoDialect
from suno_tui.providers.tables.suno import LOCAL
from suno_tui.server.in_process import OwnerTransport
from suno_tui.server.service import Service
from suno_tui.tasks.errors import NotNow
from suno_tui.tasks.models import Status, Task
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.worker import Worker
from tests.command import json_lines, suno_tui
from tests.fake_provider import PRICE, FakeProvider
from tests.server import fakes
from tests.worker.harness import QUICK, SETTINGS, Harness

POP = Song(custom_mode=True, title="Pop", style="pop", instrumental=True)


class Near:
    """A worker with the built-in provider in its process, whose songs end once a file exists."""

    def __init__(self, folder: Path) -> None:
        self.go = folder / "go"
        self.store = TaskStore(folder / "queue.sqlite")
        self.service = Service(folder / "local", make=fakes.MAKE, workers=1, credits_per_task=0)
        transport = OwnerTransport(self.service)
        self.client = Client("http://local", None, SunoDialect(LOCAL), transport=transport)
        self.worker = Worker(
            self.store,
            connect=lambda _: self.client,
            file_take=lambda task, take, audio, cover: f"{task.id}-{take.number}",
            downloads=folder / "downloads",
            settings=SETTINGS,
            lock=Lock(folder / "worker.lock"),
            timings=dataclasses.replace(QUICK, local_poll=0.02),
            around=lambda: self.service,
            cancel={"local": self.service.cancel},
        )

    def add(self) -> Task:
        song = dataclasses.replace(POP, title="wait for it", negative_tags=str(self.go))
        return self.store.add(song, provider="local", credits=0)

    async def until(self, id: str, status: Status) -> Task:
        async with asyncio.timeout(20):
            while (task := self.store.get(id)).status is not status:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return task


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Near]:
    made = Near(tmp_path)
    yield made
    await made.client.aclose()
    made.store.close()


@asynccontextmanager
async def at_work(near: Near) -> AsyncIterator[None]:
    async with asyncio.timeout(40):
        running = asyncio.create_task(near.worker.run(stay=True))
        try:
            yield
        finally:
            near.worker.stop()
            await running


async def test_the_built_in_provider_stops_making_it(near: Near) -> None:
    task, other = near.add(), near.add()
    async with at_work(near):
        running = await near.until(task.id, Status.PROCESSING)
        assert near.store.cancel(task.id).cancelling
        ended = await near.until(task.id, Status.FAILED)
        assert ended.error and ended.error.code == "cancelled"
        assert (ended.cancelling, ended.refund) == (False, None)
        theirs = await near.client.task(running.task_id or "")
        assert (theirs.status, theirs.error and theirs.error[0]) == ("failed", "upstream_error")
        with pytest.raises(NotNow):
            near.store.poll_again(task.id)
        # The only place to make songs is free for the next one.
        await near.until(other.id, Status.PROCESSING)
        near.go.touch()
        await near.until(other.id, Status.COMPLETED)
        # And it can be taken back: that makes it anew.
        near.store.retry(task.id)
        again = await near.until(task.id, Status.COMPLETED)
    assert again.task_id != running.task_id
    with pytest.raises(NotNow):
        near.store.cancel(task.id)


async def test_the_next_worker_does_a_cancel_that_the_last_one_missed(near: Near) -> None:
    task = near.add()
    async with at_work(near):
        await near.until(task.id, Status.PROCESSING)
    near.store.cancel(task.id)
    assert near.store.owed() == [None]
    near.worker.stopping = False
    async with at_work(near):
        await near.until(task.id, Status.FAILED)


async def test_a_task_that_has_ended_at_its_provider_is_not_cancelled(near: Near) -> None:
    task = near.add()
    async with at_work(near):
        await near.until(task.id, Status.PROCESSING)
    task_id = near.store.get(task.id).task_id or ""
    near.go.touch()
    async with asyncio.timeout(20), near.service:
        while (await near.client.task(task_id)).status != "completed":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    near.store.cancel(task.id)
    near.worker.stopping = False
    async with at_work(near):
        done = await near.until(task.id, Status.COMPLETED)
    assert not done.cancelling


async def test_cancelling_at_another_provider_forgets_the_task_until_it_is_retried(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.polls = 10_000
    task = harness.add()
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        cancelled = harness.store.cancel(task.id)
        assert (cancelled.forgotten, cancelled.cancelling) == (True, False)
        assert cancelled.status is Status.PROCESSING
        assert harness.store.spent() == PRICE
        provider.polls = 1
        harness.store.retry(task.id)
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    harness.agree()


async def test_cancelling_an_unsent_song_costs_nothing(
    harness: Harness, provider: FakeProvider
) -> None:
    harness.store.pause()
    task = harness.add()
    cancelled = harness.store.cancel(task.id)
    assert (cancelled.status, cancelled.refund) == (Status.FAILED, None)
    assert cancelled.error and cancelled.error.code == "cancelled"
    harness.store.resume()
    await harness.work()
    assert provider.requests == []
    assert harness.store.spent() == 0


def test_the_command_cancels_a_song_that_is_being_made(home: Home) -> None:
    home.config_file.write_text("[local]\ntarget_seconds = 400\n")
    (task,) = json_lines(suno_tui("generate", "a long symphony", "--no-wait", "--json").stdout)
    done = suno_tui("queue", "cancel", task["id"][:4])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == [task["id"], "cancelled"]
    (ended,) = json_lines(suno_tui("queue", "--all", "--json").stdout)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "cancelled")
    assert suno_tui("queue", "cancel", task["id"]).returncode == 2
    # Nothing is left to do.
    assert suno_tui("work").returncode == 0


@pytest.mark.parametrize(
    ("status", "sent", "does"),
    [
        (Status.PROCESSING, True, "brings it back"),
        (Status.UNCERTAIN, True, "sends it again"),
        (Status.FAILED, True, "sends it again"),
        (Status.FAILED, False, "queues it again"),
        (Status.COMPLETED, True, ""),
    ],
)
def test_the_effect_of_retry_is_described_correctly(status: Status, sent: bool, does: str) -> None:
    """Only what is still tracked comes back without being paid for again."""
    now = datetime.now(UTC)
    task = Task(
        id="abc", provider="hosted", song=POP, credits=PRICE, status=status, created_at=now,
        submitted_at=now if sent else None, forgotten=True,
    )  # fmt: skip
    assert _back(task) == (f"suno-tui queue retry {task.id} {does}." if does else "")


def test_the_command_prints_what_stays_spent(home: Home, provider: FakeProvider) -> None:
    provider.polls = 10_000
    env = {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": "sk-fake"}
    queued = suno_tui("generate", "a song", "--no-wait", "--json", env=env)
    (task,) = json_lines(queued.stdout)
    provider.wait_for("create")
    done = suno_tui("queue", "cancel", task["id"], env=env)
    assert f"its {PRICE} credits stay paid" in done.stdout
    assert f"suno-tui queue retry {task['id']} brings it back" in done.stdout

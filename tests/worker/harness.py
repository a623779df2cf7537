"""A worker with a fake provider and a folder as its library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from suno_tui.common.locks import Lock
from suno_tui.config.tables import QueueSettings
from suno_tui.providers.client import Client
from suno_tui.providers.song import Song
from suno_tui.tasks.models import Take, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.callback_hints import CallbackAddress
from suno_tui.worker.context import FindSource, no_library
from suno_tui.worker.timings import Timings
from suno_tui.worker.worker import Worker
from tests.fake_provider import KEY, PRICE, FakeProvider, sound

QUICK = Timings(
    watch=0.01,
    quiet=0.01,
    trouble_first=0.02,
    trouble_most=0.1,
    hold_first=0.02,
    hold_most=0.1,
    model_again=0.1,
    finishing=0.5,
    missing=0.3,
    missing_tries=3,
    gone=0.2,
    gone_tries=3,
    balance_waits=(0.02, 0.02),
    other_tasks=2,
    refund_waits=(0, 0.05, 0.1, 0.3),
    progress=0.02,
    grace=5,
    explain_after=5,
    rescue_most=0.1,
    turn=0.3,
    turn_most=5,
    turn_again=0.1,
)
# Quicker than the settings allow a user to be.
SETTINGS = QueueSettings(
    requests_per_second=100, poll_seconds=0.02, poll_most_seconds=0.02, downloads=4
)
SONG = Song(
    custom_mode=True,
    title="Summer Nights",
    style="Pop, Indie",
    lyrics="[Verse]\nWalking down the empty street",
)


class Harness:
    """A home with one provider, the fake one, called `hosted`."""

    def __init__(self, folder: Path, provider: FakeProvider) -> None:
        self.folder = folder
        self.provider = provider
        self.shelf = folder / "shelf"
        self.shelf.mkdir(exist_ok=True)
        self.store = TaskStore(folder / "queue.sqlite")
        self.connect: Callable[[str], Client] = self.client
        self.clients: list[Client] = []
        self.filed: list[str] = []
        self.base_url: str | None = None
        self.find_source: FindSource = no_library

    def client(self, name: str) -> Client:
        assert name == "hosted"
        made = Client(self.provider.url, KEY)
        self.clients.append(made)
        return made

    def file_take(self, task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """File a take under its own name, idempotently, as the library does."""
        name = f"{task.task_id}-{take.number}"
        self.filed.append(name)
        audio.replace(self.shelf / f"{name}.mp3")
        if cover:
            cover.replace(self.shelf / f"{name}.jpg")
        return name

    def keep_take(self, task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """File a broken take."""
        return self.file_take(task, take, audio, cover)

    def worker(
        self,
        *,
        timings: Timings = QUICK,
        settings: QueueSettings = SETTINGS,
        callbacks: CallbackAddress | None = None,
        shell: Shell | None = None,
        detached: bool = False,
    ) -> Worker:
        return Worker(
            self.store,
            connect=lambda name: self.connect(name),
            file_take=lambda *given: self.file_take(*given),
            downloads=self.folder / "downloads",
            settings=settings,
            lock=Lock(self.folder / "worker.lock"),
            timings=timings,
            callbacks=callbacks,
            shell=shell,
            detached=detached,
            keep_take=lambda *given: self.keep_take(*given),
            find_source=lambda task: self.find_source(task),
        )

    def add(self, song: Song = SONG, account: str | None = None) -> Task:
        (task,) = self.store.add_all(
            [song], provider="hosted", credits=PRICE, account=account, base_url=self.base_url
        )
        return task

    async def work(self, *, timings: Timings = QUICK, patience: float | None = None) -> Outcome:
        """Run a worker until nothing is owed."""
        async with asyncio.timeout(30):
            return await self.worker(timings=timings).run(patience=patience)

    @asynccontextmanager
    async def at_work(
        self,
        timings: Timings = QUICK,
        *,
        settings: QueueSettings = SETTINGS,
        callbacks: CallbackAddress | None = None,
    ) -> AsyncIterator[Worker]:
        """Run a worker that stays during the test."""
        worker = self.worker(timings=timings, settings=settings, callbacks=callbacks)
        async with asyncio.timeout(30):
            running = asyncio.create_task(worker.run(stay=True))
            try:
                yield worker
            finally:
                worker.stop()
                await running

    async def until(self, id: str, true: Callable[[Task], object]) -> Task:
        """Wait until something is true of the task, and return it."""
        async with asyncio.timeout(20):
            while not true(task := self.store.get(id)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return task

    def agree(self) -> None:
        """Check that every accepted task's takes are in the library once and whole."""
        expected = {
            f"{entry.id}-{number}": sound(entry.id, number, self.provider.size)
            for entry in self.provider.ledger.values()
            if not entry.failed
            for number in range(1, self.provider.takes + 1)
        }
        found = {path.stem: path.read_bytes() for path in self.shelf.glob("*.mp3")}
        assert sorted(found) == sorted(expected)
        assert found == expected

    async def close(self) -> None:
        for made in self.clients:
            await made.aclose()
        self.store.close()

"""A worker on a fake provider, with a library that is a folder: what the queue's tests drive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from suno_tui.api.client import Client
from suno_tui.api.song import Song
from suno_tui.home import Lock
from suno_tui.queue import Take, Task, TaskStore
from suno_tui.queue.listening import Listening
from suno_tui.queue.pace import Pace
from suno_tui.queue.patience import Outcome
from suno_tui.queue.shell import Shell
from suno_tui.queue.worker import Worker
from suno_tui.settings import QueueSettings
from tests.fake_provider import KEY, PRICE, FakeProvider, sound

QUICK = Pace(
    watch=0.01,
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
    looks=(0.02, 0.02),
    siblings=2,
    refund_looks=(0, 0.05, 0.1, 0.3),
    told=0.02,
    grace=5,
    silent=5,
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


class House:
    """A home with one provider, `hosted`, which is the fake one."""

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

    def client(self, name: str) -> Client:
        assert name == "hosted"
        made = Client(self.provider.url, KEY)
        self.clients.append(made)
        return made

    def file_take(self, task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """Idempotent, as the library is: a take's name says what it is."""
        name = f"{task.task_id}-{take.number}"
        self.filed.append(name)
        audio.replace(self.shelf / f"{name}.mp3")
        if cover:
            cover.replace(self.shelf / f"{name}.jpg")
        return name

    def keep_take(self, task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        """Of what is not whole."""
        return self.file_take(task, take, audio, cover)

    def worker(
        self,
        *,
        pace: Pace = QUICK,
        settings: QueueSettings = SETTINGS,
        listening: Listening | None = None,
        shell: Shell | None = None,
        leaves: bool = False,
    ) -> Worker:
        return Worker(
            self.store,
            connect=lambda name: self.connect(name),
            file_take=lambda *given: self.file_take(*given),
            downloads=self.folder / "downloads",
            settings=settings,
            lock=Lock(self.folder / "worker.lock"),
            pace=pace,
            listening=listening,
            shell=shell,
            leaves=leaves,
            keep_take=lambda *given: self.keep_take(*given),
        )

    def add(self, song: Song = SONG, account: str | None = None) -> Task:
        (task,) = self.store.add_all(
            [song], provider="hosted", credits=PRICE, account=account, base_url=self.base_url
        )
        return task

    async def work(self, *, pace: Pace = QUICK, patience: float | None = None) -> Outcome:
        """Let a worker do all that is owed."""
        async with asyncio.timeout(30):
            return await self.worker(pace=pace).run(patience=patience)

    @asynccontextmanager
    async def at_work(
        self,
        pace: Pace = QUICK,
        *,
        settings: QueueSettings = SETTINGS,
        listening: Listening | None = None,
    ) -> AsyncIterator[Worker]:
        """A worker that stays while the test does things."""
        worker = self.worker(pace=pace, settings=settings, listening=listening)
        async with asyncio.timeout(30):
            running = asyncio.create_task(worker.run(stay=True))
            try:
                yield worker
            finally:
                worker.stop()
                await running

    async def until(self, id: str, true: Callable[[Task], object]) -> Task:
        """The task, as soon as something is true of it."""
        async with asyncio.timeout(20):
            while not true(task := self.store.get(id)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return task

    def agree(self) -> None:
        """Ledger and library agree: every accepted task's takes are there once and whole."""
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

"""The worker: the one process of a home that sends, watches and fetches what the queue owes.

It holds no state that matters: everything is in the store before the next thing is done, so it may
be killed at any moment and another goes on. A lock of the kernel keeps it the only one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.errors import HomeError
from suno_tui.home import Lock, make_folder
from suno_tui.queue.holds import Waiting, judge
from suno_tui.queue.job import Job, owed
from suno_tui.queue.journal import Journal
from suno_tui.queue.line import Line
from suno_tui.queue.listening import Listening, follow_hint
from suno_tui.queue.pace import Pace
from suno_tui.queue.records import Status, Take, Task
from suno_tui.queue.reserve import Reserve
from suno_tui.queue.slots import Slots
from suno_tui.queue.store import TaskStore
from suno_tui.settings import QueueSettings

if TYPE_CHECKING:
    from suno_tui.api.client import Client

log = logging.getLogger("suno_tui.queue")

FileTake = Callable[[Task, Take, Path, Path | None], str]
"""Puts a take into the library: audio file and cover go over to it, the track's id comes back.
Called in a thread, maybe twice for one take: it must be idempotent. An error whose code is
`bad_audio` makes the take be fetched again."""

Cancel = Callable[[str], Awaitable[bool]]
"""Given the provider's id: stop the making of that task; False where it has ended already."""


class Outcome(StrEnum):
    """Why a worker ended."""

    DONE = "done"
    """Nothing is owed."""
    REFUSED = "refused"
    """All that is left is held: the provider refuses the account, or the model is gone."""
    OWED = "owed"
    """Something is left: trouble that outlasted the patience, or a task that waits for the user."""
    STOPPED = "stopped"


class Patience:
    """How long nothing but failures is borne, in seconds; None is for ever."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._good_at = time.monotonic()

    def over(self, holds: list[str | None]) -> Outcome | None:
        """Why waiting is over, by the holds of what is owed; None while it is not."""
        if self.seconds is None:
            return None
        waiting = judge(holds)
        if waiting is Waiting.GOING_ON:
            self._good_at = time.monotonic()
        elif waiting is Waiting.REFUSED:
            return Outcome.REFUSED
        elif time.monotonic() - self._good_at >= self.seconds:
            return Outcome.OWED
        return None


class Worker:
    """Drives every task of a store.

    `connect` gives the client of a provider by its name, or raises `SettingsError` (the tasks are
    held with that reason, and it is asked again now and then). `downloads` is the folder where
    files grow. `lock` makes it the only worker of its home. `around` is entered once the lock is
    held, and left before it is given back: what only the one worker may run. With `listening`,
    callbacks are heard too, and songs that name no callback URL carry one that leads here.
    `cancel` has the providers, by name, that can stop a task which they took.
    """

    def __init__(
        self,
        store: TaskStore,
        *,
        connect: Callable[[str], Client],
        file_take: FileTake,
        downloads: Path,
        settings: QueueSettings | None = None,
        lock: Lock | None = None,
        pace: Pace | None = None,
        around: Callable[[], AbstractAsyncContextManager[object]] | None = None,
        listening: Listening | None = None,
        cancel: Mapping[str, Cancel] | None = None,
    ) -> None:
        self.store = store
        self.journal = Journal(store)
        self.connect = connect
        self.file_take = file_take
        self.downloads = downloads
        self.settings = settings or QueueSettings()
        self.pace = pace or Pace()
        self.slots = Slots(self.settings.downloads)
        self.stopping = False
        self.listening = listening
        self.cancel = cancel or {}
        self.heard_at: int | None = None
        """The port on which callbacks are heard, while they are."""
        self.reserve = Reserve(store.path.with_suffix(".reserve"))
        self._lock = lock
        self._around = around or contextlib.nullcontext
        self._lines: dict[tuple[str, str | None], Line] = {}
        self._jobs: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self._seen: int | None = None
        """The queue's version at the last look through it."""

    def stop(self) -> None:
        """End soon: a song that is being sent is waited for, everything else goes on next time."""
        self.stopping = True
        self._wake.set()

    def line(self, provider: str, base_url: str | None) -> Line:
        """The line to a provider at the address that a task was queued for."""
        key = (provider, base_url)
        if key not in self._lines:
            self._lines[key] = Line(provider, base_url, self.connect, self.journal, self.pace)
        return self._lines[key]

    def jobs_of(self, provider: str) -> list[Job]:
        return [job for job, _ in self._jobs.values() if job.line.name == provider]

    def sends(self, id: str) -> bool:
        """Whether the song of that task is on its way at this moment."""
        return id in self._jobs and self._jobs[id][0].sending

    def look_at(self, id: str) -> None:
        """There may be news of a task: ask for it now."""
        if id in self._jobs:
            self._jobs[id][0].look()

    def look_again(self) -> None:
        """Look through the queue soon: something was written that a job must know."""
        self._seen = None
        self._wake.set()

    async def run(self, *, stay: bool = False, patience: float | None = None) -> Outcome:
        """Work until nothing is owed; with `stay`, until it is stopped.

        `patience` in seconds ends it earlier: at once where everything left is refused, and after
        that long with nothing but failures. While another worker holds the lock, this one waits
        and watches, and takes over if the other ends.
        """
        limit = Patience(None if stay else patience)
        while (ended := await self._acquire(stay, limit)) is None:
            try:
                async with self._around(), self._hearing():
                    try:
                        ended = await self._work(stay, limit)
                    finally:
                        await self._put_down()
            finally:
                if self._lock:
                    self._lock.release()
            # A view that added a task while the lock was held has started no worker: look again.
            if ended or not self.store.owed():
                return ended or self._left()
        return ended

    @contextlib.asynccontextmanager
    async def _hearing(self) -> AsyncIterator[None]:
        """Hear callbacks while inside, where that is wanted. Raises `CannotListen`."""
        if self.listening is None:
            yield
            return
        from suno_tui.queue.callback import receiver

        async with receiver(self.listening, partial(follow_hint, self)) as self.heard_at:
            log.info("callbacks are heard on port %d", self.heard_at)
            try:
                yield
            finally:
                self.heard_at = None

    async def _acquire(self, stay: bool, limit: Patience) -> Outcome | None:
        """Become the worker; otherwise why there is nothing to wait for."""
        nudged = False
        while not self.stopping:
            if self._lock is None or self._lock.acquire():
                return None
            if not nudged:
                # Whoever starts a second one wants to know how it stands now, not at the last try.
                self.journal.lift_all()
                nudged = True
            holds = self.store.owed()
            # One that a view started beside another such one is not needed: views keep one at work.
            if not (stay or holds) or self._lock.twin_holds():
                return self._left()
            if ended := limit.over(holds):
                return ended
            await self._pause(self.pace.watch)
        return Outcome.STOPPED

    async def _work(self, stay: bool, limit: Patience) -> Outcome | None:
        """The work itself; None where no job is left."""
        make_folder(self.downloads)
        self.journal.lift_all()
        self._sweep()
        log.info("at work")
        self._seen = None
        while not self.stopping:
            if not self.store.in_place():
                log.warning("the queue's file is gone or another one; this worker ends")
                return Outcome.STOPPED
            with _trouble_with_the_disk():
                if (others := self.store.others()) != self._seen:
                    self._take_up()
                    self._seen = others
                self._tidy()
                if not self._jobs and not stay:
                    return None
                if ended := limit.over(self.store.owed()):
                    return ended if ended is Outcome.REFUSED else self._left()
            await self._pause(self.pace.watch)
        return Outcome.STOPPED

    def _take_up(self) -> None:
        """Begin jobs for new tasks, end those of forgotten ones, try again what the user nudged."""
        self.store.check_format()
        paused = self.store.paused
        tasks = {task.id: task for task in [*self.store.live(), *self.journal.unchecked()]}
        for key, (job, running) in self._jobs.items():
            if key not in tasks:
                if not job.sending:
                    running.cancel()
            elif tasks[key].cancelling:
                job.look()
            elif tasks[key].hold is None and job.held(tasks[key]):
                job.nudge()
        for task in tasks.values():
            if task.id not in self._jobs:
                self._begin(task, paused)

    def _begin(self, task: Task, paused: bool) -> None:
        if owed(task) and not (paused and task.status is Status.QUEUED):
            job = Job(self, task)
            running = asyncio.create_task(job.run(), name=f"task {task.id}")
            running.add_done_callback(lambda _: self._wake.set())
            self._jobs[task.id] = (job, running)

    def _tidy(self) -> None:
        """Drop jobs that have ended; one whose task was taken up again meanwhile begins anew."""
        for key in [key for key, (_, running) in self._jobs.items() if running.done()]:
            del self._jobs[key]
            self._begin(self.store.get(key), self.store.paused)

    def _left(self) -> Outcome:
        """How it stands when no job is left."""
        return Outcome.OWED if self.store.live() else Outcome.DONE

    async def _put_down(self) -> None:
        """End all jobs; one that is sending a song gets the time to hear what became of it."""
        sending = []
        for job, running in self._jobs.values():
            job.leaving = True
            if job.sending:
                sending.append(running)
            else:
                running.cancel()
        if sending:
            await asyncio.wait(sending, timeout=self.pace.grace)
        for _, running in self._jobs.values():
            running.cancel()
        await asyncio.gather(
            *(running for _, running in self._jobs.values()), return_exceptions=True
        )
        for line in self._lines.values():
            await line.aclose()
        self._jobs.clear()

    def _sweep(self) -> None:
        """Remove files of tasks that are no longer fetched."""
        live = {task.id for task in self.store.all(forgotten=True) if task.live}
        for path in self.downloads.iterdir():
            if path.name.split("-")[0] not in live and path.is_file():
                path.unlink(missing_ok=True)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()


@contextlib.contextmanager
def _trouble_with_the_disk() -> Iterator[None]:
    """A disk that is full, or away for a moment, makes the worker wait, not end."""
    try:
        yield
    except HomeError as error:
        log.error("%s", error)

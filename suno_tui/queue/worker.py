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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.errors import HomeError
from suno_tui.home import Lock, make_folder
from suno_tui.queue.job import Job, owed
from suno_tui.queue.journal import Journal
from suno_tui.queue.line import Line
from suno_tui.queue.listening import Listening, follow_hint
from suno_tui.queue.pace import Pace
from suno_tui.queue.patience import Outcome, Patience
from suno_tui.queue.records import Status, Take, Task
from suno_tui.queue.reserve import Reserve
from suno_tui.queue.rows import DAMAGED
from suno_tui.queue.shell import Shell
from suno_tui.queue.slots import Slots
from suno_tui.queue.store import TaskStore
from suno_tui.queue.turns import Place
from suno_tui.settings import QueueSettings

if TYPE_CHECKING:
    from suno_tui.api.client import Client

log = logging.getLogger("suno_tui.queue")
__all__ = ["Cancel", "FileTake", "Outcome", "Worker"]

SLOW_DOWNLOADS = 16

FileTake = Callable[[Task, Take, Path, Path | None], str]
"""Puts a take into the library: audio file and cover go over to it, the track's id comes back.
Called in a thread, maybe twice for one take: it must be idempotent. An error whose code is
`bad_audio` makes the take be fetched again."""

Cancel = Callable[[str], Awaitable[bool]]
"""Given the provider's id: stop the making of that task; False where it has ended already."""


class Worker:
    """Drives every task of a store.

    `connect` gives the client of a provider by its name, or raises `SettingsError` (the tasks are
    held with that reason, and it is asked again now and then). `downloads` is the folder where
    files grow. `lock` makes it the only worker of its home. `around` is entered once the lock is
    held, and left before it is given back: what only the one worker may run. With `listening`,
    callbacks are heard too, and songs that name no callback URL carry one that leads here.
    `cancel` has the providers, by name, that can stop a task which they took. `shell` says which
    songs it may send; `leaves`, that it is not needed beside another of the same environment.
    `keep_take` files what is not whole, or can't be decoded, as it is.
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
        shell: Shell | None = None,
        leaves: bool = False,
        keep_take: FileTake | None = None,
    ) -> None:
        self.store = store
        self.journal = Journal(store)
        self.connect = connect
        self.file_take = file_take
        self.keep_take = keep_take or file_take
        self.downloads = downloads
        self.settings = settings or QueueSettings()
        self.pace = pace or Pace()
        self.slots = Slots(self.settings.downloads)
        self.slow_slots = Slots(SLOW_DOWNLOADS)
        """For files that come so slowly that they would keep all others waiting."""
        self.stopping = False
        self.listening = listening
        self.cancel = cancel or {}
        self.heard_at: int | None = None
        """The port on which callbacks are heard, while they are."""
        self.reserve = Reserve(store.path.with_suffix(".reserve"))
        self.shell = shell or Shell()
        self._place = Place(lock, self.shell, self.pace, leaves=leaves)
        self._adopted = False
        self._yields = False
        """The place goes to a worker of another shell."""
        self._tell_at = 0.0
        self._around = around or contextlib.nullcontext
        self._lines: dict[tuple[str, str | None, str | None], Line] = {}
        self._jobs: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self._seen: int | None = None
        """The queue's version at the last look through it."""

    def stop(self) -> None:
        """End soon: a song that is being sent is waited for, everything else goes on next time."""
        self.stopping = True
        self._wake.set()

    def line(self, task: Task) -> Line:
        """The line to a task's provider, at the address and with the account that it has."""
        own = self.shell.accounts.get(task.provider)
        ours = task.account in (None, own)
        # What needs no account of the environment is sent with the environment's all the same, and
        # one line sends one by one.
        account = own if ours else task.account
        key = (task.provider, task.base_url, account)
        if key not in self._lines:
            self._lines[key] = Line(
                task.provider, task.base_url, self.connect, self.journal, self.pace, account, ours
            )
        return self._lines[key]

    def tell_soon(self) -> None:
        """A reason could not be written down: try again as soon as there is room for it."""
        self._tell_at = 0.0
        self._wake.set()

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
                if self._yields:
                    self._place.give_up()
                else:
                    self._place.leave()
            # A view that added a task while the lock was held has started no worker: look again.
            if ended or not self.store.owed(self.shell):
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
        nudged = taken = False
        try:
            while not self.stopping:
                if taken := self._place.take():
                    return None
                if not nudged:
                    # Whoever starts a second one wants to know how it stands now.
                    self._adopt()
                    self.journal.lift_all(self.shell)
                    nudged = True
                holds = self.store.owed(self.shell)
                if not (stay or holds) or self._place.needless():
                    return self._left()
                if ended := limit.over(holds):
                    return ended
                self._ask(holds)
                await self._pause(self.pace.watch)
        finally:
            if not taken:
                self._place.leave()
        return Outcome.STOPPED

    def _ask(self, holds: list[str | None]) -> None:
        """Ask for the place, if that is of use; and say why our own songs wait."""
        own = bool(self.store.owed(self.shell, own=True))
        if own and self._place.strange() and time.monotonic() >= self._tell_at:
            self._tell_at = time.monotonic() + 1
            with contextlib.suppress(HomeError):
                self.journal.wait_for_turn(self.shell)
        closed = [line for line in self._lines.values() if line.closed]
        ready = not closed or any(line.trying for line in closed)
        self._place.ask(holds, own=own, ready=ready)

    def _adopt(self) -> None:
        """Once: two with wrong keys would take songs from each other for ever."""
        if not self._adopted:
            self._adopted = True
            self.journal.adopt(self.shell)

    async def _work(self, stay: bool, limit: Patience) -> Outcome | None:
        """The work itself; None where no job is left."""
        with _trouble_with_the_disk():
            self._adopt()
            self.journal.lift_all(self.shell)
            make_folder(self.downloads)
            self._sweep()
        log.info("at work")
        self._seen, self._yields = None, False
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
            with _trouble_with_the_disk():
                self._tell()
            with _trouble_with_the_disk():
                if self._give_way():
                    return None
                if ended := limit.over(self.store.owed(self.shell)):
                    return ended if ended is Outcome.REFUSED else self._left()
            await self._pause(self.pace.watch)
        return Outcome.STOPPED

    def _take_up(self) -> None:
        """Begin jobs for new tasks, end those of forgotten ones, try again what the user nudged."""
        self.store.check_format()
        paused = self.store.paused
        tasks = {task.id: task for task in [*self.store.live(), *self.journal.unchecked()]}
        for task in tasks.values():
            if task.error and task.error.code == DAMAGED:
                log.error("%s: %s", task.id, task.error.message)
                self.journal.set_aside(task.id, task.error)
        for key, (job, running) in self._jobs.items():
            if key not in tasks or not self.shell.may_drive(tasks[key]):
                if not job.sending:
                    running.cancel()
            elif tasks[key].cancelling:
                job.look()
            elif tasks[key].hold is None and job.held(tasks[key]):
                job.nudge()
        for task in tasks.values():
            if task.id not in self._jobs:
                self._begin(task, paused)

    def _give_way(self) -> bool:
        """Leave the place to a worker of another shell, if it is that one's turn."""
        if not self._place.wanted() or any(job.sending for job, _ in self._jobs.values()):
            return False
        trying = any(job.line.trying for job, _ in self._jobs.values())
        holds = self.store.owed(self.shell)
        if not self._place.turn_over(holds, trying=trying, busy=self.journal.busy()):
            return False
        log.info("a worker of another shell takes its turn")
        self._yields = True
        return True

    def _tell(self) -> None:
        """Write down the reasons for waiting that a full disk has refused."""
        untold = {job.id: job.hold for job, _ in self._jobs.values() if not job.told}
        if not untold or time.monotonic() < self._tell_at:
            return
        self._tell_at = time.monotonic() + 1
        try:
            self.journal.hold_each(untold)
        except HomeError:
            if any(job.sending for job, _ in self._jobs.values()):
                raise  # the reserve is for its id
            self.reserve.give_up()
            self.journal.hold_each(untold)
        for job, _ in self._jobs.values():
            job.told = job.told or untold.get(job.id) == job.hold

    def _begin(self, task: Task, paused: bool) -> None:
        if not self.shell.may_drive(task):
            if task.hold is None and task.live:
                with contextlib.suppress(HomeError):
                    self.journal.explain(task.id, self.shell.why_not(task))
            return
        if owed(task) and not (paused and task.status is Status.QUEUED):
            job = Job(self, task)
            if task.hold is None and (reason := job.line.reason(task.status)):
                job.explain(reason)
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
        left = self.store.live()
        if left and not any(self.shell.may_drive(task) for task in left):
            return Outcome.REFUSED
        return Outcome.OWED if left else Outcome.DONE

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
        for path in self.downloads.glob("*"):
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

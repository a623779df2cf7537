"""Makes the takes of accepted tasks, and ends the tasks.

Its only lasting state is the ledger: after a crash, unfinished tasks are begun again with the same
seed, and takes that are already stored are not made again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

from suno_tui.providers.song_fields import seed_of_take, take_of_seed
from suno_tui.providers.tables.suno import TAKES
from suno_tui.server import ledger, rehearsal
from suno_tui.server.database import Store
from suno_tui.server.fair_turns import FairTurns
from suno_tui.server.file_keeper import FileKeeper
from suno_tui.server.ledger import TakeRow, TaskRow
from suno_tui.server.render_pool import RenderPool, usual_workers
from suno_tui.server.render_process import (
    MAKE,
    EngineFailed,
    RenderedTake,
    RenderFailed,
    RenderRequest,
    Stopped,
)
from suno_tui.server.storage import Storage, new_name

log = logging.getLogger(__name__)

POLL_SECONDS = 2
"""How often to look for tasks that another process accepted."""
AGAIN_SECONDS = 60
"""How often to retry tasks whose takes could not be saved, such as on a full disk."""


@dataclass(frozen=True, slots=True)
class RenderFigures:
    """Takes in flight, takes that wait for their turn, and the sums since the start.

    `at_once` is how many takes can be made at once.
    """

    in_flight: int
    waiting: int
    at_once: int
    retries: int
    audio_seconds: float
    storage_trouble: str | None
    """The storage's current kind of trouble; see `StorageTrouble`."""
    storage_failures: dict[str, int]


class Pool(Protocol):
    """What makes takes: this machine's processes, or a cluster."""

    turns: int
    """How many takes may be in flight."""
    at_once: int
    """How many takes can be made at once."""
    retries: int
    """How many takes were begun again because a process or machine was lost."""

    async def make(
        self, request: RenderRequest, started: Callable[[Callable[[], float]], Awaitable[None]]
    ) -> RenderedTake:
        """Make a take; see `RenderPool.make`."""

    async def close(self) -> None:
        """Close the pool; takes in flight raise `Stopped`."""


NewPool = Callable[[Callable[[int], None]], Pool]
"""Makes a pool, which calls the given function when its number of turns changes."""


class RenderQueue:
    """Runs every live task of the ledger. One instance per ledger: the caller holds the lock.

    `pool` returns the pool that makes takes. Without it, `workers` processes of this machine make
    them (0: as many as it has processors and memory for).
    """

    def __init__(
        self,
        store: Store,
        storage: Storage,
        *,
        workers: int = 0,
        make: str = MAKE,
        target_seconds: float | None = None,
        pool: NewPool | None = None,
        clock: Callable[[], float],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._workers = workers
        self._make = make
        self._target_seconds = target_seconds
        self._clock = clock
        self._on_end = ended
        self._running: dict[str, asyncio.Task[None]] = {}
        self._progress: dict[str, dict[int, Callable[[], float]]] = {}
        self._takes: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._files = FileKeeper(store, storage, clock=clock, stopping=self._stopping)
        self._new_pool = pool
        self._pool: Pool | None = None
        self._turns = FairTurns(0)
        self._earlier_retries = 0
        self.audio_seconds = 0.0
        """Seconds of audio that were made since the start."""

    @property
    def at_once(self) -> int:
        """How many takes can be made at once at the moment, by this machine or a cluster."""
        if self._new_pool is None:
            return self._here
        return 0 if self._pool is None else self._pool.at_once

    @cached_property
    def _here(self) -> int:
        return self._workers or usual_workers()

    @property
    def figures(self) -> RenderFigures:
        """What is being made now, and how often takes were begun again."""
        pool = self._pool
        return RenderFigures(
            in_flight=self._turns.used,
            waiting=self._turns.waiting,
            at_once=self.at_once,
            retries=self._earlier_retries + (0 if pool is None else pool.retries),
            audio_seconds=self.audio_seconds,
            storage_trouble=self._files.trouble,
            storage_failures=dict(self._files.failures),
        )

    def wake(self) -> None:
        """Look for new tasks now."""
        self._wake.set()

    def drop(self, task_id: str) -> None:
        """Stop making a task that has ended in the ledger."""
        if task_id in self._running:
            self._running[task_id].cancel()

    def progress(self, task_id: str) -> float | None:
        """Return the progress of a task, from 0 to 1; None if it does not run here."""
        takes = self._progress.get(task_id)
        if not takes:
            return None
        return round(min(1.0, sum(read() for read in takes.values()) / self._takes[task_id]), 3)

    async def run(self) -> None:
        """Run tasks until cancelled; unfinished ones stay accepted and go on at the next start."""
        turns = self._turns = FairTurns(0)
        new_pool: NewPool = self._new_pool or (lambda _: RenderPool(self._here))
        pool = self._pool = new_pool(turns.resize)
        turns.resize(pool.turns)
        self._stopping.clear()
        try:
            async with asyncio.TaskGroup() as parts:
                # In parallel with the tasks, since tidying up a remote storage takes long.
                parts.create_task(self._files.keep_tidy())
                parts.create_task(self._keep_starting())
        finally:
            self._stopping.set()
            turns.stop()
            await pool.close()
            self._earlier_retries += pool.retries
            self._pool = None
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _keep_starting(self) -> None:
        started, seen = self._clock(), -1
        while True:
            self._wake.clear()
            version = self._store.read.value("PRAGMA data_version")
            if version != seen or self._clock() - started >= AGAIN_SECONDS:
                started, seen = self._clock(), version
                self._start_tasks()
            # Not `wait_for`: up to Python 3.11 it can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    def _start_tasks(self) -> None:
        for task_id in ledger.live_tasks(self._store.read):
            if task_id not in self._running:
                work = asyncio.create_task(self._run_task(task_id), name=f"task {task_id}")
                self._running[task_id] = work
                work.add_done_callback(partial(self._ended, task_id))

    def _ended(self, task_id: str, _: asyncio.Task[None]) -> None:
        self._running.pop(task_id, None)
        self._progress.pop(task_id, None)
        self._takes.pop(task_id, None)
        self._on_end()

    async def _run_task(self, task_id: str) -> None:
        task = ledger.find_task(self._store.read, task_id)
        assert task is not None
        made = {take.number for take in task.takes}
        self._progress[task_id] = {number: lambda: 1.0 for number in made}
        self._takes[task_id] = count = task.song.takes or TAKES
        try:
            await self._rehearse(task)
            try:
                async with asyncio.TaskGroup() as takes:
                    for number in range(1, count + 1):
                        if number not in made:
                            takes.create_task(self._make_take(task, number))
            except ExceptionGroup as group:
                raise group.exceptions[0] from None
            await self._store.write(lambda db: ledger.complete(db, task_id, self._clock()))
            log.info("task completed", extra={"task": task_id})
        except Stopped:
            log.info("task postponed", extra={"task": task_id})
        except EngineFailed as error:
            log.warning("the engine failed: %s", error, extra={"task": task_id})
            await self._fail(task_id, "Music generation failed")
        except RenderFailed as error:
            await self._fail(task_id, f"Music generation failed: {error}")
        except Exception:
            # An error of this machine, such as a full disk, is not the client's business.
            log.exception("a task could not be stored", extra={"task": task_id})
            await self._fail(task_id, "Music generation failed")

    async def _rehearse(self, task: TaskRow) -> None:
        if task.rehearse == rehearsal.SLOW:
            with suppress(TimeoutError):
                async with asyncio.timeout(rehearsal.SLOW_SECONDS):
                    await self._stopping.wait()
                raise Stopped
        elif task.rehearse == rehearsal.FAIL:
            raise RenderFailed("as it was rehearsed")

    async def _fail(self, task_id: str, message: str) -> None:
        log.warning("task failed and refunded", extra={"task": task_id})
        try:
            await self._store.write(lambda db: ledger.fail(db, task_id, message, self._clock()))
        except Exception:
            # Such as on a full disk: the task is still live in the ledger and will be tried again.
            log.exception("a failure could not be recorded", extra={"task": task_id})

    async def _make_take(self, task: TaskRow, number: int) -> None:
        now = self._clock()
        audio, cover = new_name("audio", ".mp3", now), new_name("covers", ".jpg", now)
        with self._files.holding(audio, cover):
            await self._make_files(task, number, audio, cover)

    async def _make_files(self, task: TaskRow, number: int, audio: str, cover: str) -> None:
        pool = self._pool
        if pool is None:
            raise Stopped

        async def started(read: Callable[[], float]) -> None:
            self._progress[task.id][number] = read
            await self._store.write(lambda db: ledger.mark_processing(db, task.id))

        seed, of_seed = task.seed, number
        if task.song.seed is not None:
            seed, of_seed = take_of_seed(seed_of_take(task.song.seed, number))
        async with self._turns.turn(task.key_id, task.id):
            request = RenderRequest(
                make=self._make,
                song=task.song.to_table(),
                number=of_seed,
                seed=seed,
                target_seconds=self._target_seconds,
                id=str(uuid.uuid4()),
                audio=audio,
                cover=cover,
                storage=self._files.url,
            )
            made = await pool.make(request, started)
            # Within the turn, so that takes don't pile up in memory while the storage is down.
            if not made.stored:
                await self._files.save(audio, made.mp3)
                await self._files.save(cover, made.cover)
        self.audio_seconds += made.duration
        take = TakeRow(
            number=number,
            id=request.id,
            title=made.title,
            tags=made.tags,
            lyrics=made.lyrics,
            duration=round(made.duration, 2),
            audio=audio,
            cover=cover,
        )
        self._progress[task.id][number] = lambda: 1.0
        await self._store.write(lambda db: ledger.add_take(db, task.id, take))

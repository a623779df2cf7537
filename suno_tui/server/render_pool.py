"""The processes that make takes.

Requests are sent as plain data. Progress and cancelling are two small shared arrays without a lock
or a queue, so that no queue has to be polled and a killed process can't leave a lock held.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable, MutableSequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from suno_tui.server.render_process import (
    RenderedTake,
    RenderFailed,
    RenderRequest,
    Stopped,
    render,
    start,
)

TAKE_BYTES = 700 * 2**20
"""Peak memory for making one take, with some reserve."""

IDLE_SECONDS = 60
"""The processes end after this time without work, to free their memory."""

CANCEL_SECONDS = 5
"""How long a cancelled take may go on before its process is killed."""


class RenderPool:
    """Makes at most `workers` takes at once, in order (0: `usual_workers`).

    It belongs to one event loop. The processes start with the first take. `patience` is how many
    seconds a take may last.
    """

    def __init__(self, workers: int = 0, *, patience: float = 900) -> None:
        self.at_once = self.turns = workers or usual_workers()
        self.retries = 0
        self._patience = patience
        self._turn = asyncio.Semaphore(self.at_once)
        self._free = list(range(self.at_once))
        self._executor: ProcessPoolExecutor | None = None
        self._progress: MutableSequence[float] = []
        self._cancel: MutableSequence[int] = []
        self._idle: asyncio.TimerHandle | None = None
        self._closing = False

    async def make(
        self, request: RenderRequest, started: Callable[[Callable[[], float]], Awaitable[None]]
    ) -> RenderedTake:
        """Make a take. When its turn comes, `started` gets a function that returns its progress.

        If its process dies (out of memory, a bug in a library), it is tried once more, since the
        process of another take may have broken the pool. Raises `RenderFailed`, and `Stopped` on
        `close`.
        """
        async with self._turn:
            place = self._free.pop()
            if self._idle is not None:
                self._idle.cancel()
            try:
                await started(lambda: self._progress[place] if self._progress else 0.0)
                for _ in range(2):
                    with suppress(BrokenProcessPool):
                        return await self._once(replace(request, place=place))
                    self.retries += 1
                raise RenderFailed("the process that made it ended unexpectedly")
            finally:
                self._free.append(place)
                if len(self._free) == self.at_once and not self._closing:
                    loop = asyncio.get_running_loop()
                    self._idle = loop.call_later(IDLE_SECONDS, self._end_processes)

    async def _once(self, request: RenderRequest) -> RenderedTake:
        if self._closing:
            raise Stopped
        executor = self._executor or self._start()
        self._progress[request.place], self._cancel[request.place] = 0.0, 0
        try:
            work = asyncio.wrap_future(executor.submit(render, request))
        except BrokenProcessPool:
            self._discard(executor)
            raise
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            done, _ = await asyncio.wait([work], timeout=self._patience)
        except asyncio.CancelledError:
            # The place is free only once its process has stopped using it.
            self._cancel[request.place] = 1
            if not (await asyncio.wait([work], timeout=CANCEL_SECONDS))[0]:
                self._kill(executor)
            raise
        if not done:
            self._kill(executor)
            raise RenderFailed(f"it took more than {self._patience:.0f} s")
        if self._closing and (work.cancelled() or work.exception()):
            raise Stopped
        try:
            return work.result()
        except BrokenProcessPool:
            self._discard(executor)
            raise

    def cancel_all(self) -> None:
        """Make every take stop at its next progress report."""
        for place in range(len(self._cancel)):
            self._cancel[place] = 1

    async def close(self) -> None:
        """End the processes; a take that does not stop in time is killed."""
        self._closing = True
        self.cancel_all()
        if self._idle is not None:
            self._idle.cancel()
        executor, self._executor = self._executor, None
        if executor is None:
            return
        processes = list((executor._processes or {}).values())
        ended = asyncio.create_task(asyncio.to_thread(executor.shutdown, cancel_futures=True))
        done, _ = await asyncio.wait([ended], timeout=CANCEL_SECONDS)
        if not done:
            for process in processes:
                process.kill()
            await ended

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        # A killed process may still use the old arrays, so each executor has its own.
        self._progress = context.RawArray("d", self.at_once)
        self._cancel = context.RawArray("b", self.at_once)
        self._executor = ProcessPoolExecutor(
            self.at_once,
            mp_context=context,
            initializer=start,
            initargs=(self._progress, self._cancel),
        )
        return self._executor

    def _end_processes(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def _discard(self, broken: ProcessPoolExecutor) -> None:
        if self._executor is broken:
            self._end_processes()

    def _kill(self, executor: ProcessPoolExecutor) -> None:
        for process in list((executor._processes or {}).values()):
            process.kill()
        self._discard(executor)


def usual_workers() -> int:
    """Return how many takes this machine makes at once, by its processors and free memory."""
    return workers_for(processors(), free_memory())


def workers_for(processors: int, memory: int) -> int:
    """Return how many takes fit the processors and the memory (bytes); at least 1."""
    return max(1, min(processors, memory // TAKE_BYTES, 8))


def processors() -> int:
    """Return how many processors this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> int:
    """Return the bytes still available to the system and to the control group."""
    found = [4 * TAKE_BYTES]
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        entry = next(line for line in lines if line.startswith("MemAvailable:"))
        found = [int(entry.split()[1]) * 1024]
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text())
        found.append(most - int((group / "memory.current").read_text()))
    return min(found)

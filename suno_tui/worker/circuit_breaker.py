"""Stops all requests of a kind after trouble, and lets one through to try again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from suno_tui.providers.backoff import Backoff
from suno_tui.tasks.models import Hold
from suno_tui.worker.timings import Timings


class CircuitBreaker:
    """Lets requests through, or, once tripped, one try now and then. `hold` is set while tripped.

    `write` is called with the holds before and after each change, and with `wakes_at`.
    """

    def __init__(
        self,
        timings: Timings,
        write: Callable[[Hold | None, Hold | None, float | None], None],
    ) -> None:
        self.hold: Hold | None = None
        self.wakes_at: float | None = None
        """When it lets a request through again, in unix seconds; None if it is not tripped."""
        self._write = write
        self._soft = Backoff(timings.trouble_first, timings.trouble_most)
        self._hard = Backoff(timings.hold_first, timings.hold_most)
        self._retry_at = 0.0
        self._probe = asyncio.Lock()
        self._now = asyncio.Event()

    @property
    def retry_due(self) -> bool:
        """Whether it is tripped, and the time has come to try again."""
        return self.hold is not None and asyncio.get_running_loop().time() >= self._retry_at

    def trip(self, hold: Hold, *, refused: bool, at_least: float | None = None) -> None:
        """Block requests for a growing time; `refused` is for errors that do not pass soon."""
        now = asyncio.get_running_loop().time()
        # Requests that ran at the same time count as one try.
        if self.hold is None or now >= self._retry_at or self._now.is_set():
            wait = (self._hard if refused else self._soft).next(at_least)
            self._retry_at, self.wakes_at = now + wait, time.time() + wait
            self._now.clear()
        # Written each time, as tasks that were added or retried since then wait as well.
        before, self.hold = self.hold, hold
        self._write(before, hold, self.wakes_at)

    def reset(self) -> None:
        """Let requests through again."""
        if self.hold is not None:
            before, self.hold, self.wakes_at = self.hold, None, None
            self._write(before, None, None)
            self._soft.reset()
            self._hard.reset()

    def try_now(self) -> None:
        """Try again at once, as the user asks."""
        self._now.set()

    @contextlib.asynccontextmanager
    async def attempt(self) -> AsyncIterator[bool]:
        """Wait until a request is allowed; yield whether it is a try after trouble."""
        if self.hold is not None:
            async with self._probe:
                await self._time_to_try()
                if self.hold is not None:
                    yield True
                    return
        yield False

    async def _time_to_try(self) -> None:
        loop = asyncio.get_running_loop()
        while self.hold is not None and (left := self._retry_at - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._now.wait()
                    return

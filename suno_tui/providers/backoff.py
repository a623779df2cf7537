"""Limit the rate of requests: growing waits with jitter, and one limit for the whole program."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_RETRY_AFTER = 24 * 3600.0


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds of a `Retry-After` header, in either form; None if it can't be parsed.

    A date in the past is 0; more than a day counts as a day.
    """
    if value is None:
        return None
    value = value.strip()
    try:
        seconds = float(value) if value[:1].isdigit() else float("nan")
    except ValueError:
        seconds = float("nan")
    if seconds != seconds:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        seconds = (when - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), MOST_RETRY_AFTER)


@dataclass
class Backoff:
    """Waits in seconds that grow by `factor` from `first` to `most`, each with jitter.

    The jitter only lengthens a wait, at most by a quarter.
    """

    first: float = 2
    most: float = 60
    factor: float = 2
    tries: int = field(default=0, init=False)

    def next(self, at_least: float | None = None) -> float:
        """Return the next wait: `at_least` if the provider asked for one, but not less than
        `first`, since a provider that keeps asking for 0 seconds would be flooded."""
        # The exponent is bounded, since the float would overflow.
        wait = min(self.first * self.factor ** min(self.tries, 64), self.most)
        self.tries += 1
        if at_least is not None:
            wait = max(at_least, self.first)
        return wait * random.uniform(1, 1.25 if at_least is None else 1.05)

    def reset(self) -> None:
        self.tries = 0


class Limiter:
    """Lets at most `rate` requests through per second, evenly spaced, lower `priority` first.

    The whole program shares one limiter, so the rate does not depend on the number of live tasks.
    """

    def __init__(self, rate: float) -> None:
        self.interval = 1 / rate
        self._free_at = 0.0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, priority: int = 1) -> None:
        """Wait for a turn."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), turn))
        self._schedule(loop)
        await turn

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None and self._waiting:
            self._timer = loop.call_at(max(self._free_at, loop.time()), self._release, loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                self._free_at = loop.time() + self.interval
                break
        self._schedule(loop)

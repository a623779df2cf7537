"""A limited number of slots, shared fairly among owners; within one, the most urgent goes first."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections import Counter
from collections.abc import AsyncIterator

_Waiting = list[tuple[float, int, asyncio.Future[None]]]


class DownloadSlots:
    """Lets at most `count` downloads run at a time.

    A free slot goes to the owner that has the fewest, and there to the lowest `urgency`.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._used: Counter[str] = Counter()
        self._waiting: dict[str, _Waiting] = {}
        self._order = itertools.count()

    @contextlib.asynccontextmanager
    async def slot(self, urgency: float, owner: str = "") -> AsyncIterator[None]:
        """Wait for a slot and hold it inside the block."""
        if self._free:
            self._free -= 1
            self._used[owner] += 1
        else:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting = self._waiting.setdefault(owner, [])
            heapq.heappush(waiting, (urgency, next(self._order), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._pass_on(owner)
                raise
        try:
            yield
        finally:
            self._pass_on(owner)

    def _pass_on(self, owner: str) -> None:
        self._used[owner] -= 1
        while self._waiting:
            next_owner = min(
                self._waiting, key=lambda each: (self._used[each], self._waiting[each][0][:2])
            )
            waiting = self._waiting[next_owner]
            turn = heapq.heappop(waiting)[2]
            if not waiting:
                del self._waiting[next_owner]
            if not turn.done():
                self._used[next_owner] += 1
                turn.set_result(None)
                return
        self._free += 1

"""Fair turns among keys: a key with a thousand waiting takes does not delay the takes of others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from suno_tui.server.render_process import Stopped


@dataclass(slots=True)
class _Line:
    """The waiting takes of a key: for each, its task's number and the future of its turn."""

    waiting: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque)
    tasks: dict[str, int] = field(default_factory=dict)
    last: int = -1

    def forget(self) -> None:
        """Forget tasks that have no waiting takes, once there are many."""
        if len(self.tasks) > 2 * len(self.waiting) + 100:
            first = self.waiting[0][0] if self.waiting else self.last
            self.tasks = {task: number for task, number in self.tasks.items() if number >= first}


class FairTurns:
    """Lets at most `most` takes be made at once (0: none for now); keys take turns, task by task.

    Each task has a number: one higher than that of the key's previous task, but not lower than
    the highest number of a take that has had its turn, minus one. So a key that comes later begins
    just before the others. The lowest number comes first; of equal numbers, the key with fewer
    waiting takes. (This is start-time fair queueing with tasks as units: Goyal et al., 1996.)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._stopped = False
        self._reached = 0
        self._lines: dict[int, _Line] = {}

    @property
    def used(self) -> int:
        """How many takes have their turn."""
        return self._used

    @property
    def waiting(self) -> int:
        """How many takes wait for their turn."""
        return sum(len(line.waiting) for line in self._lines.values())

    def stop(self) -> None:
        """Raise `Stopped` in all takes that wait now or later."""
        self._stopped = True
        for line in self._lines.values():
            for _, future in line.waiting:
                if not future.done():
                    future.set_exception(Stopped())
            line.waiting.clear()

    def resize(self, most: int) -> None:
        """Change how many takes may be made at once; those that have begun go on."""
        self._most = most
        self._give()

    @asynccontextmanager
    async def turn(self, key: int, task: str) -> AsyncIterator[None]:
        """Wait for the turn of a take, and hold it inside the block. Raises `Stopped`."""
        if self._stopped:
            raise Stopped
        line = self._lines.setdefault(key, _Line(last=self._reached - 2))
        if task not in line.tasks:
            line.forget()
            line.last = line.tasks[task] = max(line.last + 1, self._reached - 1)
        entry = (line.tasks[task], asyncio.get_running_loop().create_future())
        line.waiting.append(entry)
        self._give()
        try:
            await entry[1]
        except asyncio.CancelledError:
            if entry in line.waiting:
                line.waiting.remove(entry)
            elif not entry[1].cancelled() and entry[1].exception() is None:
                self._used -= 1
            self._give()
            raise
        try:
            yield
        finally:
            self._used -= 1
            self._give()

    def _give(self) -> None:
        while self._used < self._most:
            lines = [line for line in self._lines.values() if line.waiting]
            if not lines:
                # No take waits, so all keys begin again with the same number.
                self._lines.clear()
                self._reached = 0
                return
            first = min(lines, key=lambda line: (line.waiting[0][0], len(line.waiting)))
            number, future = first.waiting.popleft()
            if future.done():
                continue
            self._reached = max(self._reached, number)
            self._used += 1
            future.set_result(None)

"""Turns between keys: a key with a thousand waiting takes does not delay the one of another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from suno_tui.server.render_process import Stopped


@dataclass(slots=True)
class _Line:
    """The waiting takes of a key: for each the number of its task, and who waits."""

    waiting: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque)
    tasks: dict[str, int] = field(default_factory=dict)
    last: int = -1

    def forget(self) -> None:
        """Forget tasks none of whose takes can be waiting, once they are many."""
        if len(self.tasks) > 2 * len(self.waiting) + 100:
            first = self.waiting[0][0] if self.waiting else self.last
            self.tasks = {task: number for task, number in self.tasks.items() if number >= first}


class FairTurns:
    """Lets `most` takes be made at once (0: none for now), and the keys take turns by the task.

    Each task of a key has a number: one higher than the key's task before it, but at least one
    lower than the number reached, which is the highest of a take that has had its turn. So a key
    that comes later begins just before the others. The lowest number comes first; of equal ones,
    the key with fewer takes waiting. (This is start-time fair queueing with a task as its unit:
    Goyal et al., 1996.)
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
        """Raise `Stopped` for all that wait, from now on."""
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
        """Wait for the turn of a take of a key's task, and hold it. Raises `Stopped`."""
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
                # Nobody waits: all begin anew with the same number.
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

"""The order in which one provider's waiting songs are sent: the queue's order at that moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection

from suno_tui.common.errors import StudioError


class SendingOrder:
    """Lets one song through at a time. `first_of` returns which of some tasks comes first.

    The user may change the order at any moment, so `first_of` is called whenever a turn ends.
    """

    def __init__(self, first_of: Callable[[Collection[str]], str]) -> None:
        self._first_of = first_of
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._taken = False

    @contextlib.asynccontextmanager
    async def turn(self, id: str) -> AsyncIterator[None]:
        """Wait for the task's turn and hold it inside the block."""
        if self._taken:
            await self._wait(id)
        self._taken = True
        try:
            yield
        finally:
            self._end_turn()

    def overtaken(self, id: str) -> bool:
        """Return whether the user moved a waiting task ahead of the one that has the turn."""
        return bool(self._waiting) and self._first({id, *self._waiting}) != id

    async def _wait(self, id: str) -> None:
        turn = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._end_turn()  # the turn came at the moment of the cancellation
            raise
        finally:
            self._waiting.pop(id, None)

    def _end_turn(self) -> None:
        self._taken = False
        waiting = {key for key, turn in self._waiting.items() if not turn.done()}
        if waiting:
            self._taken = True
            self._waiting.pop(self._first(waiting)).set_result(None)

    def _first(self, ids: Collection[str]) -> str:
        try:
            return self._first_of(ids)
        except StudioError:
            # The queue can't be read at the moment: any order is better than none.
            return next(key for key in self._waiting if key in ids)

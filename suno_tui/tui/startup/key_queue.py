"""Keys that come faster than the focus can follow.

Textual hands a key to the widget that has the focus at that moment, and the widget acts later. On
a slow line many keys come in one packet: the title, Enter and the style would all go to the title
field. Here a key waits until the one before has done its work, focus and all; and what is typed
while the studio starts waits until there is a place for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

PATIENCE_SECONDS = 0.5
"""A widget that is busy for longer does not hold the keys up any more."""

SETTLING = 2
"""Rounds of the application's queue that a move of the focus may take after its key."""


_MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


def anything(event: events.Event) -> bool:
    """Everything has its place."""
    return True


def texts(event: events.Event) -> bool:
    """There is a field that takes text."""
    # Alt with a letter carries the letter, and leads to what may not be there yet.
    return isinstance(event, events.Key) and event.is_printable and "+" not in event.key


def moves(event: events.Event) -> bool:
    """There is a list to move in."""
    return isinstance(event, events.Key) and event.key in _MOVES


class KeyQueue:
    """Lets keys and pastes through one by one, in their order."""

    def __init__(self, app: App[Any], *, open: bool = True) -> None:
        self.app = app
        self.lent = False
        """Whether the user's editor has the terminal, or is about to get it."""
        self._lets: Callable[[events.Event], bool] | None = anything if open else None
        self._waiting: deque[events.Event] = deque()
        self._admitted: events.Event | None = None
        self._turn = 0
        self._busy = False

    def holds(self, event: events.Event) -> bool:
        """Whether the event has to wait; it comes again by itself."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            return False
        if event is self._admitted:
            self._admitted = None
        elif not self._takes(event):
            self._waiting.append(event)
            return True
        elif self._busy or self._waiting or self._admitted is not None:
            if not self._waiting:
                self._loop().call_later(PATIENCE_SECONDS, self._look_again, self._turn)
            self._waiting.append(event)
            return True
        self._busy = True
        self._turn += 1
        return False

    def open(self, lets: Callable[[events.Event], bool] = anything) -> None:
        """Let in what waits, as long as there is a place for it, and what comes from now on."""
        self._lets = lets
        self._admit()

    def _takes(self, event: events.Event) -> bool:
        """Whether there is a place for the event yet."""
        return self._lets is not None and self._lets(event)

    def lend(self, edit: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run what gives the terminal to the user's editor, unless one has it already.

        The keys that wait when it ends were not meant for us.
        """
        if not self.lent:
            self.lent = True
            self.app.run_worker(self._lend(edit), group="edit")

    async def _lend(self, edit: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await edit()
        finally:
            self.lent = False
            self._waiting.clear()

    def settle(self) -> None:
        """The event was handed on: let the next one follow when everybody is through with it."""
        turn = self._turn
        # Where nothing has the focus, as in a dialog without fields, the screen gets the key.
        first = self.app.focused or (self.app.screen if self.app.screen_stack else None)
        chain: list[MessagePump] = list(first.ancestors_with_self) if first else []
        chain = [node for node in chain if node is not self.app]
        self._pass_on([*chain, *[self.app] * (1 + SETTLING)], turn)

    def _look_again(self, turn: int) -> None:
        # Where the whole loop stood still, the widget had no chance yet: it gets another one.
        self._loop().call_later(PATIENCE_SECONDS, self._done, turn)

    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def _pass_on(self, chain: list[MessagePump], turn: int) -> None:
        if not chain:
            self._done(turn)
        elif not chain[0].call_later(self._pass_on, chain[1:], turn):
            self._pass_on(chain[1:], turn)

    def _done(self, turn: int) -> None:
        if turn == self._turn and self._busy:
            self._busy = False
            self._admit()

    def _admit(self) -> None:
        if self._waiting and self._takes(self._waiting[0]):
            self._admitted = self._waiting.popleft()
            self.app.post_message(self._admitted)

"""A queue for keys that arrive faster than the focus moves.

Textual sends a key to the widget that has the focus at that moment, and the widget handles it
later. On a slow connection many keys arrive in one packet: the title, Enter and the style would all
go to the title field. Here a key waits until the one before it was handled, including its move of
the focus. Keys typed during the start wait until there is a widget for them.
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
"""Seconds after which a busy widget does not delay the keys any more."""

SETTLING = 2
"""Rounds of the app's message queue that a move of the focus may take after its key."""


_MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


def accept_all(event: events.Event) -> bool:
    """Accept everything."""
    return True


def accept_text(event: events.Event) -> bool:
    """Accept text only: nothing is mounted yet but a field to type into."""
    # Alt with a letter is printable too, but may lead to what is not mounted yet.
    return isinstance(event, events.Key) and event.is_printable and "+" not in event.key


def accept_moves(event: events.Event) -> bool:
    """Accept moves only: nothing is mounted yet but a list to move in."""
    return isinstance(event, events.Key) and event.key in _MOVES


class KeyQueue:
    """Passes keys and pastes on one by one, in order."""

    def __init__(self, app: App[Any], *, open: bool = True) -> None:
        self.app = app
        self.lent = False
        """Whether an external editor has the terminal, or is about to get it."""
        self._accepts: Callable[[events.Event], bool] | None = accept_all if open else None
        self._waiting: deque[events.Event] = deque()
        self._admitted: events.Event | None = None
        self._turn = 0
        self._busy = False

    @property
    def is_empty(self) -> bool:
        """Whether every key that has come was passed on."""
        return not self._waiting and self._admitted is None

    async def idle(self) -> None:
        """Wait until every key that has come was handled."""
        while self._busy or not self.is_empty:  # noqa: ASYNC110 - only the exit waits like this
            await asyncio.sleep(0.005)

    def holds(self, event: events.Event) -> bool:
        """Return whether an event has to wait; if so, it is posted again later."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            return False
        if event is self._admitted:
            self._admitted = None
        elif not self._may_pass(event):
            self._waiting.append(event)
            return True
        elif self._busy or self._waiting or self._admitted is not None:
            if not self._waiting:
                self._loop().call_later(PATIENCE_SECONDS, self._wait_again, self._turn)
            self._waiting.append(event)
            return True
        self._busy = True
        self._turn += 1
        return False

    def open(self, accepts: Callable[[events.Event], bool] = accept_all) -> None:
        """Pass on the events that `accepts` takes, both those that wait and later ones."""
        self._accepts = accepts
        self._admit()

    def _may_pass(self, event: events.Event) -> bool:
        """Return whether the event is accepted at this stage of the start."""
        return self._accepts is not None and self._accepts(event)

    def lend(self, edit: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `edit`, which gives the terminal to an external editor, unless one has it already.

        Keys that wait when it ends are dropped: they were meant for the editor.
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
        """Pass the next event on once every widget has handled the current one."""
        turn = self._turn
        # If nothing has the focus, as in a dialog without fields, the screen gets the key.
        first = self.app.focused or (self.app.screen if self.app.screen_stack else None)
        chain: list[MessagePump] = list(first.ancestors_with_self) if first else []
        chain = [node for node in chain if node is not self.app]
        self._pass_on([*chain, *[self.app] * (1 + SETTLING)], turn)

    def _wait_again(self, turn: int) -> None:
        # If the whole event loop was blocked, the widget had no chance yet: wait once more.
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
        if self._waiting and self._may_pass(self._waiting[0]):
            self._admitted = self._waiting.popleft()
            self.app.post_message(self._admitted)

"""A studio's player at the listener: it outlives the studio's connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from suno_tui.player.player import Player

Switch = Callable[[Callable[[], bool]], None]
"""Does a switch, and gives it up as soon as its argument returns False."""


class Connected(Protocol):
    """A connection, as far as a session needs it."""

    def wake(self) -> None:
        """Look at the player: it may have changed."""


class Session:
    """A player and its connections: usually one, more for commands of the same home."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.connections: set[Connected] = set()
        """Changed under the listener's lock."""
        self.left_at = time.monotonic()
        self.orders = threading.Lock()
        """Held while an order is carried out."""
        self._lock = threading.Lock()
        self._next: Switch | None = None
        self._switching = False

    def wake(self) -> None:
        """Let all connections look at the player, after an order."""
        for connection in [*self.connections]:
            connection.wake()

    def switch(self, switch: Switch) -> None:
        """Do a switch to another take in a thread, since it waits for that take.

        It replaces an earlier one that still waits: there is one thread, however many come.
        """
        with self._lock:
            self._next = switch
            if self._switching:
                return
            self._switching = True
        threading.Thread(target=self._switches, name="switch", daemon=True).start()

    def _switches(self) -> None:
        while True:
            with self._lock:
                switch, self._next = self._next, None
                if switch is None:
                    self._switching = False
                    return
            switch(lambda: self._next is None)

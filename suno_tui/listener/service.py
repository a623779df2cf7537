"""The listener: plays for studios that connect to its socket.

Each studio has a player of its own, known by the studio's id: a studio that lost its connection
finds what plays when it is back. A connection that sends nonsense is ended; the listener stays.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from suno_tui import __version__
from suno_tui.common.text import clean
from suno_tui.listener.about import About
from suno_tui.listener.cache import ArrivingSound, Cache
from suno_tui.listener.protocol import OLDEST, VERSION
from suno_tui.listener.seat import Commanded, Seat
from suno_tui.listener.visit import Visit
from suno_tui.player.output import Output, open_output
from suno_tui.player.player import Player
from suno_tui.player.sound import Sound

MOST_VISITS = 16
"""Connections at the same time; further ones are ended at once."""
MOST_SEATS = 8
"""Studios whose players are kept; the one that was silent longest makes room."""
_SEND_SECONDS = 10
"""A studio that takes nothing for so long has lost its connection."""


class Listener:
    """The service behind a socket. `serve` runs until `close` or until nobody needs it."""

    def __init__(
        self,
        cache: Cache,
        *,
        name: str = "",
        output: Callable[[], Output] = open_output,
        about: Callable[[str], About | None] | None = None,
        volume: int = 80,
        commanded: Commanded | None = None,
    ) -> None:
        """`name` is what studios call this machine; `about` tells what it knows of a file by its
        hash; `volume` is that of a new player. With `commanded`, there are no players: each
        connection commands that."""
        self.cache = cache
        self.name = name or socket.gethostname()
        self.closing = threading.Event()
        self._output = output
        self._about = about
        self._volume = volume
        self._commanded = commanded
        self._listening: socket.socket | None = None
        self._id = secrets.token_hex(32)
        self._seats: dict[str, Seat] = {}
        self._visits: set[Visit] = set()
        self._lock = threading.Lock()
        self._busy_at = time.monotonic()
        cache.used = self._used

    def serve(self, listening: socket.socket, *, linger: float | None = None) -> None:
        """Take connections until `close`; with `linger`, until there was none and nothing played
        for so many seconds."""
        self._listening = listening
        listening.settimeout(0.5 if self._commanded is None else None)
        while not self.closing.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                for seat in [*self._seats.values()]:
                    seat.conduct()
                if linger is not None and self._idle_for() > linger:
                    break
                continue
            except OSError:
                break
            self.welcome(connection)
        listening.close()
        self.close()

    def welcome(self, connection: socket.socket) -> None:
        """Serve a connection with a thread of its own."""
        connection.settimeout(None)
        with contextlib.suppress(OSError):
            timeout = struct.pack("ll", _SEND_SECONDS, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        visit = Visit(connection, self.cache, self.hello(), self._seat_of, self._left)
        with self._lock:
            full = len(self._visits) >= MOST_VISITS or self.closing.is_set()
            if not full:
                self._visits.add(visit)
        if full:
            visit.end("It has too many connections already.")
        else:
            threading.Thread(target=visit.serve, name="visit", daemon=True).start()

    def hello(self) -> dict[str, object]:
        """Return what a listener says about itself."""
        name = clean(self.name)[:100]
        versions = {"protocol": VERSION, "oldest": OLDEST, "program": __version__}
        return {**versions, "name": name, "listener": self._id}

    def _seat_of(self, studio: str) -> Commanded:
        return self._commanded or self.seat(studio)

    def seat(self, studio: str) -> Seat:
        """Return the player of a studio, which is made at its first visit."""
        with self._lock:
            seat = self._seats.get(studio)
            if seat is None:
                player = Player(volume=self._volume, output=self._output, sound=self._sound)
                seat = self._seats[studio] = Seat(player, self.cache, self._about)
            silent = sorted(
                (each for each in self._seats.values() if not each.visits and each is not seat),
                key=lambda each: (each.player.playing, each.left_at),
            )
            spare = silent[: max(0, len(self._seats) - MOST_SEATS)]
            for name in [name for name, each in self._seats.items() if each in spare]:
                del self._seats[name]
        for each in spare:
            each.player.close()
        return seat

    def close(self) -> None:
        """End all connections and close the device."""
        self.closing.set()
        if self._commanded is not None and self._listening is not None:
            with contextlib.suppress(OSError):  # macOS does not let it wake so
                self._listening.shutdown(socket.SHUT_RDWR)
        with self._lock:
            visits, seats = [*self._visits], [*self._seats.values()]
            self._seats.clear()
        for visit in visits:
            visit.end("The listener was closed.")
        for seat in seats:
            seat.player.close()

    @property
    def connections(self) -> int:
        return len(self._visits)

    def _left(self, visit: Visit) -> None:
        with self._lock:
            self._visits.discard(visit)
            self._busy_at = time.monotonic()

    def _idle_for(self) -> float:
        with self._lock:
            playing = any(seat.player.playing for seat in self._seats.values())
            if playing or self._visits:
                self._busy_at = time.monotonic()
            return time.monotonic() - self._busy_at

    def _used(self) -> list[Path]:
        return [path for seat in [*self._seats.values()] for path in seat.player.loaded]

    def _sound(self, path: Path) -> Sound:
        file = self.cache.known.get(path)
        arrives = file is not None and self.cache.path(file) == path
        return ArrivingSound(self.cache, file) if file is not None and arrives else Sound(path)

"""The listener: plays for studios that connect to its socket.

Each studio has a player of its own, known by the studio's id: a studio that lost its connection
finds what plays when it is back. A connection that sends nonsense is ended; the listener stays.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from suno_tui import __version__
from suno_tui.common.text import clean
from suno_tui.listener.cache import ArrivingSound, Cache
from suno_tui.listener.connection import Connection
from suno_tui.listener.protocol import OLDEST, VERSION
from suno_tui.listener.session import Session
from suno_tui.player.output import Output, open_output
from suno_tui.player.player import Player
from suno_tui.player.sound import Sound

MOST_CONNECTIONS = 16
"""Connections at the same time; further ones are ended at once."""
MOST_SESSIONS = 8
"""Studios whose players are kept; the one that was silent longest makes room."""
_CLOSE_SECONDS = 2.0
"""Seconds in which studios can be told that the listener closes."""


class Listener:
    """The service behind a socket. `serve` runs until `close` or until nobody needs it."""

    def __init__(
        self, cache: Cache, *, name: str = "", output: Callable[[], Output] = open_output
    ) -> None:
        """`name` is what studios call this machine."""
        self.cache = cache
        self.name = name or socket.gethostname()
        self.closing = threading.Event()
        self._output = output
        self._id = secrets.token_hex(32)
        self.sessions: dict[str, Session] = {}
        """By the ids of studios."""
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._busy_at = time.monotonic()
        cache.used = self._used

    def serve(self, listening: socket.socket, *, linger: float | None = None) -> None:
        """Take connections until `close`; with `linger`, until there was none and nothing played
        for so many seconds."""
        listening.settimeout(0.5)
        while not self.closing.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                if linger is not None and self._idle_for() > linger:
                    break
                continue
            except OSError:
                break
            self.welcome(connection)
        listening.close()
        self.close()

    def welcome(self, accepted: socket.socket) -> None:
        """Serve a connection with a thread of its own."""
        connection = Connection(accepted, self.cache, self.hello(), self._join, self._leave)
        with self._lock:
            full = len(self._connections) >= MOST_CONNECTIONS or self.closing.is_set()
            if not full:
                self._connections.add(connection)
        if full:
            connection.end("It has too many connections already.")
        else:
            threading.Thread(target=connection.serve, name="connection", daemon=True).start()

    def hello(self) -> dict[str, object]:
        """Return what a listener says about itself."""
        name = clean(self.name)[:100]
        versions = {"protocol": VERSION, "oldest": OLDEST, "program": __version__}
        return {**versions, "name": name, "listener": self._id}

    def _join(self, studio: str, connection: Connection) -> Session | None:
        """Return the session of a studio, which its first connection begins, and add this one."""
        with self._lock:
            if self.closing.is_set():
                return None
            session = self.sessions.get(studio)
            if session is None:
                player = Player(output=self._output, sound=self._sound)
                session = self.sessions[studio] = Session(player)
            # In the same step: another studio must not make room of a session that is joined now.
            session.connections.add(connection)
            silent = [name for name, each in self.sessions.items() if not each.connections]
            silent.sort(key=lambda name: _importance(self.sessions[name]))
            most = max(0, len(self.sessions) - MOST_SESSIONS)
            spare = [self.sessions.pop(name) for name in silent[:most]]
        for each in spare:
            each.player.close()
        return session

    def close(self) -> None:
        """End all connections and close the device."""
        self.closing.set()
        with self._lock:
            connections, sessions = [*self._connections], [*self.sessions.values()]
            self.sessions.clear()
        # Each by itself: one that takes nothing must not keep the others waiting.
        ends = [
            threading.Thread(target=each.end, args=("The listener was closed.",), daemon=True)
            for each in connections
        ]
        for end in ends:
            end.start()
        until = time.monotonic() + _CLOSE_SECONDS
        for end in ends:
            end.join(max(0.0, until - time.monotonic()))
        for session in sessions:
            session.player.close()

    @property
    def connections(self) -> int:
        return len(self._connections)

    def _leave(self, connection: Connection, session: Session | None) -> None:
        with self._lock:
            self._connections.discard(connection)
            if session is not None:
                session.connections.discard(connection)
                session.left_at = time.monotonic()
            self._busy_at = time.monotonic()

    def _idle_for(self) -> float:
        with self._lock:
            playing = any(session.player.playing for session in self.sessions.values())
            if playing or self._connections:
                self._busy_at = time.monotonic()
            return time.monotonic() - self._busy_at

    def _used(self) -> list[Path]:
        return [path for session in [*self.sessions.values()] for path in session.player.loaded]

    def _sound(self, path: Path) -> Sound:
        file = self.cache.known.get(path)
        return Sound(path) if file is None else ArrivingSound(self.cache, file)


def _importance(session: Session) -> tuple[bool, float]:
    return session.player.playing, session.left_at

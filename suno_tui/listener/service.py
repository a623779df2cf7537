"""The listener: plays for studios that connect to its socket.

Each studio has its own player, found by the studio's id, so that a studio that lost its connection
finds what plays when it is back. A connection that breaks the protocol is ended; the listener goes
on.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from suno_tui.common.text import clean
from suno_tui.listener.about import About
from suno_tui.listener.cache import ArrivingSound, Cache
from suno_tui.listener.connection import Connection
from suno_tui.listener.protocol import VERSIONS
from suno_tui.listener.session import Commanded, Keeper, Session
from suno_tui.listener.starting import KEEPER
from suno_tui.player.output import Output, open_output
from suno_tui.player.player import Player
from suno_tui.player.sound import Sound

MOST_CONNECTIONS = 16
"""Most connections at the same time; further ones are ended at once."""
MOST_SESSIONS = 8
"""Most studios whose players are kept; the one that left first makes room."""
JUST_NOW = 3.0
"""Seconds by which a host's connections may end before the command that brought its sound here."""
_CLOSE_SECONDS = 2.0
"""Seconds to tell the studios that the listener closes."""


class Listener:
    """The service behind a socket. `serve` runs until `close` or until it is idle for long."""

    def __init__(
        self,
        cache: Cache | None,
        *,
        name: str = "",
        output: Callable[[], Output] = open_output,
        about: Callable[[str], About | None] | None = None,
        volume: int = 80,
        commanded: Commanded | None = None,
    ) -> None:
        """`name` is this machine's name for studios; `about` returns the facts of a file by its
        hash; `volume` is that of a new player. With `commanded`, there are no players and no cache:
        every connection commands that object."""
        self._cache = cache
        self.name = name or socket.gethostname()
        self.closing = threading.Event()
        self._output = output
        self._about = about
        self._volume = volume
        self._commanded = commanded
        self._listening: socket.socket | None = None
        self.on_change: Callable[[], None] = lambda: None
        """Called by `serve` within half a second after what plays, or how, has changed."""
        self._looked: list[tuple[Path, bool, int]] = []
        self._id = secrets.token_hex(32)
        self._keeper = Keeper(self._pause_orphans)
        self._pausing = 0
        """How many more times `_check_sessions` pauses studios whose connections just ended."""
        self._pausing_from = 0.0
        self.sessions: dict[str, Session] = {}
        """The sessions by the ids of their studios."""
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._company: set[Connection] = set()
        """The connections at the last call of `_idle_for`."""
        self._busy_at = time.monotonic()
        if cache is not None:
            cache.used = self._used

    @property
    def cache(self) -> Cache:
        """The audio that studios have sent."""
        assert self._cache is not None
        return self._cache

    def serve(self, listening: socket.socket, *, linger: float | None = None) -> None:
        """Accept connections until `close`; with `linger`, until that many seconds have passed
        without a connection or music."""
        self._listening = listening
        listening.settimeout(0.5 if self._commanded is None else None)
        while not self.closing.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                self._check_sessions()
                idle = self._idle_for()
                if linger is not None and idle > linger and not self._connections:
                    break
                continue
            except OSError:
                break
            self.welcome(connection)
        listening.close()
        self.close()

    def _check_sessions(self) -> None:
        """Let the sessions continue with what follows, and report changes."""
        players = []
        pausing, self._pausing = self._pausing > 0, max(0, self._pausing - 1)
        for session in [*self.sessions.values()]:
            left = not session.connections and session.left_at >= self._pausing_from
            if pausing and left:
                session.player.pause()
            session.conduct()
            player = session.player
            # A player that has never played has nothing to show on the desktop.
            if (path := player.path) is not None:
                players.append((path, player.playing, player.volume))
        if players != self._looked:
            self._looked = players
            self.on_change()

    def _pause_orphans(self) -> None:
        """Pause what plays for studios whose connections are just ending. Studios whose connections
        were lost earlier play on."""
        self._pausing = 3
        self._pausing_from = time.monotonic() - JUST_NOW

    def foremost(self) -> Session | None:
        """Return the session that plays, else one with a loaded file, else None."""
        sessions = [each for each in [*self.sessions.values()] if each.player.path is not None]
        return max(sessions, key=_importance, default=None)

    def welcome(self, accepted: socket.socket) -> None:
        """Serve a connection in its own thread."""
        connection = Connection(accepted, self._cache, self.hello(), self._join, self._leave)
        with self._lock:
            full = len(self._connections) >= MOST_CONNECTIONS or self.closing.is_set()
            if not full:
                self._connections.add(connection)
        if full:
            connection.end("It has too many connections already.")
        else:
            threading.Thread(target=connection.serve, name="connection", daemon=True).start()

    def hello(self) -> dict[str, object]:
        """Return the fields of the listener's answer to hello."""
        name = clean(self.name)[:100]
        return {**VERSIONS, "name": name, "listener": self._id}

    def _join(self, studio: str, connection: Connection) -> Commanded | None:
        """Add a connection to its studio's session and return that; create it if necessary."""
        with self._lock:
            if self.closing.is_set():
                return None
            commanded = self._keeper if studio == KEEPER else self._commanded
            if commanded is not None:
                commanded.connections.add(connection)
                return commanded
            session = self.sessions.get(studio)
            if session is None:
                player = Player(volume=self._volume, output=self._output, sound=self._sound)
                session = self.sessions[studio] = Session(player, self.cache, self._about)
            # Under the same lock, so that another studio can't evict the session meanwhile.
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
        if self._commanded is not None and self._listening is not None:
            with contextlib.suppress(OSError):  # on macOS, this does not wake `accept`
                self._listening.shutdown(socket.SHUT_RDWR)
        with self._lock:
            connections, sessions = [*self._connections], [*self.sessions.values()]
            self.sessions.clear()
        # Each in its own thread: one that is stuck must not delay the others.
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

    def _leave(self, connection: Connection, session: Commanded | None) -> None:
        with self._lock:
            self._connections.discard(connection)
            if session is not None:
                session.connections.discard(connection)
                session.left_at = time.monotonic()

    def _idle_for(self) -> float:
        """Return the seconds since something played or a connection lasted for two calls of this.

        A status line that connects again and again must not keep a player alive.
        """
        with self._lock:
            playing = any(session.player.playing for session in self.sessions.values())
            stayed = self._company & self._connections
            self._company = {*self._connections}
            if playing or stayed:
                self._busy_at = time.monotonic()
            return time.monotonic() - self._busy_at

    def _used(self) -> list[Path]:
        return [path for session in [*self.sessions.values()] for path in session.player.loaded]

    def _sound(self, path: Path) -> Sound:
        file = self.cache.known.get(path)
        arrives = file is not None and self.cache.path(file) == path
        return ArrivingSound(self.cache, file) if file is not None and arrives else Sound(path)


def _importance(session: Session) -> tuple[bool, float]:
    return session.player.playing, session.left_at

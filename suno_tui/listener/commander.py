"""Commands to what plays: finding it among the sockets of a home, and one connection to it.

Asked for by status lines every few seconds, so it imports little.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from suno_tui import __version__
from suno_tui.common.errors import StudioError
from suno_tui.listener import sockets
from suno_tui.listener.protocol import (
    MOST_NEXT,
    OLDEST,
    TO_STUDIO,
    VERSION,
    Channel,
    File,
    Message,
    ProtocolError,
    disagreement,
)

ANSWER_SECONDS = 6.0
"""What does not answer within this time is passed over."""
Sent = dict[str, Any]


class Commander:
    """A connection to an open studio or a listener. One thread uses it."""

    def __init__(self, connection: socket.socket, home: str) -> None:
        """Say hello as the home of this id. Raises `OSError` and `ProtocolError`; the latter says
        which side has to be updated if it is too old."""
        connection.settimeout(ANSWER_SECONDS)
        self._channel = Channel(connection, TO_STUDIO)
        self._n = 0
        try:
            versions = {"protocol": VERSION, "oldest": OLDEST, "program": __version__}
            self._channel.send("hello", name=socket.gethostname()[:100], studio=home, **versions)
            welcome = self._receive("welcome")
            there = "what plays (close it)"
            if trouble := disagreement(welcome, here="this suno-tui", there=there):
                raise ProtocolError(trouble)
        except BaseException:
            self.close()
            raise

    def now(self) -> Message:
        """Return what plays (`protocol.TO_STUDIO`). Raises `OSError` and `ProtocolError`."""
        self._channel.send("now")
        return self._receive("now")

    def order(self, verb: str, **fields: Any) -> None:
        """Send an order; `now` returns after it was carried out. Raises `OSError`."""
        self._n += 1
        self._channel.send(verb, n=self._n, **fields)

    def play(self, files: Sequence[File]) -> None:
        """Play files one after the other. Raises `OSError`."""
        self.order("load", frame=0, **files[0].fields())
        for at in range(1, len(files), MOST_NEXT):
            self.order("next", files=files[at : at + MOST_NEXT], more=at > 1)
        self.order("play")

    def has(self, file: File) -> bool:
        """Whether a listener has all of a file. Raises `OSError` and `ProtocolError`."""
        self._channel.send("have", **file.fields())
        return bool(self._receive("has")["bytes"] == file.size)

    def close(self) -> None:
        """End the connection; the music goes on."""
        self._channel.close()

    def _receive(self, verb: str) -> Message:
        while True:
            message = self._channel.receive()
            if message is None or isinstance(message, bytes):
                raise ProtocolError("it ended the connection")
            if message["verb"] == "bye":
                raise ProtocolError("it ended the connection")
            if message["verb"] == verb:
                return message


def connect(path: Path, home: str, *, view: bool = False) -> Commander | None:
    """Return a connection to a socket; None if nobody answers there. The socket of a `view` that
    is dead is removed."""
    connection = sockets.connect(path, remove_dead=view)
    if connection is None:
        return None
    try:
        return Commander(connection, home)
    except (OSError, ProtocolError):
        return None


@contextlib.contextmanager
def what_plays(env: Mapping[str, str], home: str) -> Iterator[tuple[Commander, Message] | None]:
    """Connect with what plays for a home, or else has something loaded; None if nothing has.

    Open studios come first, the newest before the others, then the player that outlives them, then
    listeners. It costs no process and no import of the library.
    """
    best: tuple[Commander, Message] | None = None
    try:
        for path, view in _all(env, home):
            commander = connect(path, home, view=view)
            if commander is None:
                continue
            try:
                now = commander.now()
            except (OSError, ProtocolError):
                commander.close()
                continue
            if now["loaded"] and (best is None or now["playing"]):
                if best is not None:
                    best[0].close()
                best = commander, now
            else:
                commander.close()
            if now["playing"]:
                break
        yield best
    finally:
        if best is not None:
            best[0].close()


def _all(env: Mapping[str, str], home: str) -> Iterable[tuple[Path, bool]]:
    """Yield sockets, and whether they are of a studio."""
    try:
        players = sockets.players_folder(env)
        yield from ((path, True) for path in sockets.views_of(players, home))
        if (own := sockets.player_of(players, home)).is_socket():
            yield own, False
        yield from ((path, False) for path in sockets.found(sockets.listeners_folder(env)))
    except StudioError:
        return

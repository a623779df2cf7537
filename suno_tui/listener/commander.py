"""Send commands to whatever plays: find it among the sockets of a home, and connect to it.

Status lines do this every few seconds, so this module imports little.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.listener import sockets
from suno_tui.listener.protocol import (
    MOST_NEXT,
    TO_STUDIO,
    VERSIONS,
    Channel,
    File,
    Message,
    ProtocolError,
    other_age,
    program_of,
)

HELLO_SECONDS = 1.0
"""A process on this machine that takes longer to answer hello is suspended, and is skipped."""
ANSWER_SECONDS = 6.0
"""A process that takes longer to answer anything else has ended."""
Sent = dict[str, Any]


class OtherVersion(StudioError):
    """The player speaks another version of the protocol; the message says what to do."""

    title = "The player has another version"
    code = "other_version"
    exit_code = 4


class Place(NamedTuple):
    """A socket of a process that may play."""

    path: Path
    name: str
    """What kind of process it is, for people."""
    if_old: str
    """What to do if its version is older."""
    seconds: float = HELLO_SECONDS
    """How long it may take to answer hello."""
    once: bool = False
    """Whether the socket's name is used only once, so that a dead socket can be removed."""


class Commander:
    """A connection to an open studio or a listener. One thread uses it."""

    def __init__(self, connection: socket.socket, home: str) -> None:
        """Say hello as the home with this id. Raises `OSError`."""
        self._socket = connection
        connection.settimeout(ANSWER_SECONDS)
        self._channel = Channel(connection, TO_STUDIO)
        self._n = 0
        try:
            self._channel.send("hello", name=socket.gethostname()[:100], studio=home, **VERSIONS)
        except OSError:
            self.close()
            raise

    def welcome(self, seconds: float) -> Message:
        """Return the answer to hello. Raises `OSError` and `ProtocolError`."""
        self._socket.settimeout(max(0.001, seconds))
        welcome = self._receive("welcome")
        self._socket.settimeout(ANSWER_SECONDS)
        return welcome

    def now(self) -> Message:
        """Return what plays (`protocol.TO_STUDIO`). Raises `OSError` and `ProtocolError`."""
        self._channel.send("now")
        return self._receive("now")

    def order(self, verb: str, **fields: Any) -> None:
        """Send an order; a later `now` returns after it was carried out. Raises `OSError`."""
        self._n += 1
        self._channel.send(verb, n=self._n, **fields)

    def play(self, files: Sequence[File]) -> None:
        """Play files one after the other. Raises `OSError`."""
        self.order("load", frame=0, **files[0].fields())
        for at in range(1, len(files), MOST_NEXT):
            self.order("next", files=files[at : at + MOST_NEXT], more=at > 1)
        self.order("play")

    def has(self, file: File) -> bool:
        """Return whether a listener has all of a file. Raises `OSError` and `ProtocolError`."""
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


def commanders(places: Iterable[Place], home: str) -> Generator[Commander]:
    """Connect to all places at once, and yield those that answer, in the given order.

    The caller closes them. Raises `OtherVersion` after the last, if one has another version.
    """
    asked: list[tuple[Place, Commander]] = []
    begun, other = time.monotonic(), ""
    for place in places:
        connection = sockets.connect(place.path, remove_dead=place.once)
        if connection is not None:
            with contextlib.suppress(OSError):
                asked.append((place, Commander(connection, home)))
    try:
        while asked:
            place, commander = asked.pop(0)
            try:
                welcome = commander.welcome(begun + place.seconds - time.monotonic())
            except (OSError, ProtocolError):
                commander.close()
                continue
            if not (age := other_age(welcome)):
                yield commander
                continue
            commander.close()
            program = f"suno-tui {program_of(welcome)}"
            other = other or (
                f"{place.name} is too old for this command ({program} there). {place.if_old}"
                if age < 0
                else f"This command is too old for {place.name} ({program} there): update it here."
            )
    finally:
        for _, commander in asked:
            commander.close()
    if other:
        raise OtherVersion(other[0].upper() + other[1:])


@contextlib.contextmanager
def what_plays(env: Mapping[str, str], home: str) -> Iterator[tuple[Commander, Message] | None]:
    """Connect to whatever plays for a home, else to something with a loaded file; else None.

    Open studios are tried first, the newest before the others, then the player that outlives them,
    then listeners, then what this machine plays for studios elsewhere. Starts no process, and
    doesn't import the library. Raises `OtherVersion` if all that was found has another version.
    """
    best: tuple[Commander, Message] | None = None
    try:
        with contextlib.closing(commanders(_all(env, home), home)) as answering:
            try:
                for commander in answering:
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
            except OtherVersion:
                if best is None:
                    raise
        yield best
    finally:
        if best is not None:
            best[0].close()


def studios(folder: Path, home: str) -> list[Place]:
    """Return the sockets of the open studios of a home, the newest first."""
    name, if_old = "the open studio", "Close it and open it again."
    return [Place(path, name, if_old, once=True) for path in sockets.views_of(folder, home)]


def player(folder: Path, home: str) -> Place:
    """Return the place of the player that outlives the studios of a home."""
    from suno_tui.common.locks import Lock

    path = sockets.player_of(folder, home)
    process = Lock(path.with_suffix(".lock")).holder()
    end = f"End it (kill {process}), and try again." if process else "It ends by itself."
    return Place(path, "the running player", end)


def _all(env: Mapping[str, str], home: str) -> Iterable[Place]:
    try:
        folder = sockets.players_folder(env)
        yield from studios(folder, home)
        if sockets.player_of(folder, home).is_socket():
            yield player(folder, home)
        for path in sockets.found(sockets.listeners_folder(env)):
            update = "Update suno-tui there."
            yield Place(path, "suno-tui on the listener's machine", update, ANSWER_SECONDS)
        yield Place(sockets.own_commands(env), "the listener here", "It ends soon by itself.")
    except StudioError:
        return

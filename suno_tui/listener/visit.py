"""One connection of a studio to the listener: its orders, and what it is told."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from suno_tui.common.text import clean
from suno_tui.listener.cache import Arrival, Cache, CantKeep
from suno_tui.listener.protocol import (
    TO_LISTENER,
    Channel,
    File,
    Message,
    ProtocolError,
    disagreement,
)
from suno_tui.listener.seat import Commanded

HELLO_SECONDS = 10.0
"""Seconds that a connection has for its first message."""
AT_SECONDS = 5.0
"""Seconds between two positions while it plays: less than ten bytes a second. The studio's clock
fills the time between them."""
_LOOK_SECONDS = 0.1


class Visit:
    """A connection. `serve` reads its messages until it ends; a second thread writes states."""

    def __init__(
        self,
        connection: socket.socket,
        cache: Cache,
        hello: dict[str, object],
        seat: Callable[[str], Commanded],
        left: Callable[[Visit], None],
    ) -> None:
        self._socket = connection
        self._channel = Channel(connection, TO_LISTENER)
        self._cache = cache
        self._hello = hello
        self._find_seat = seat
        self._left = left
        self._seat: Commanded | None = None
        self._arrival: Arrival | None = None
        self._ignoring = False
        """Whether pieces of a file that was refused may still come."""
        self._order = 0
        self._woken = threading.Event()
        self._ended = False

    def serve(self) -> None:
        """Read and follow messages until the connection ends."""
        try:
            self._read()
        except ProtocolError as error:
            self.end(f"Ended, since {error}.")
        except OSError:
            pass
        finally:
            self._leave()

    def wake(self) -> None:
        self._woken.set()

    def end(self, why: str) -> None:
        """Say why, if there is something to say, and end the connection."""
        with contextlib.suppress(OSError):
            if why:
                self._channel.send("bye", why=why)
        self._ended = True
        self.wake()
        self._channel.close()

    def _leave(self) -> None:
        self._ended = True
        self.wake()
        self._channel.close()
        if self._arrival is not None:
            self._arrival.stop()
        if self._seat is not None:
            self._seat.visits.discard(self)
            self._seat.left_at = time.monotonic()
        self._left(self)

    def _read(self) -> None:
        self._socket.settimeout(HELLO_SECONDS)
        hello = self._channel.receive()
        self._socket.settimeout(None)
        if hello is None:
            return
        if isinstance(hello, bytes) or hello["verb"] != "hello":
            raise ProtocolError("it did not begin with hello")
        self._channel.send("welcome", **self._hello)
        here, there = "suno-tui on the listener's machine", "suno-tui on the studio's machine"
        if trouble := disagreement(hello, here=here, there=there):
            self.end(trouble)
            return
        self._seat = self._find_seat(hello["studio"])
        self._seat.visits.add(self)
        threading.Thread(target=self._tell, name="states", daemon=True).start()
        while (message := self._channel.receive()) is not None:
            if isinstance(message, bytes):
                self._take_piece(message)
            elif message["verb"] == "bye":
                if message["stop"]:
                    self._seat.stop()
                    self._seat.wake()
                return
            else:
                self._follow(message, self._seat)

    def _follow(self, message: Message, seat: Commanded) -> None:
        if message["verb"] not in seat.verbs:
            raise ProtocolError(f"{message['verb']!r} is not for this one")
        match message["verb"]:
            case "hello":
                raise ProtocolError("it said hello twice")
            case "have":
                self._has(File.of(message))
            case "put":
                self._put(File.of(message), message["start"])
            case "prepare":
                seat.prepare(File.of(message))
            case "switch":
                # It waits for the other take; a pause must not wait behind it.
                threading.Thread(target=self._switch, args=(message, seat), daemon=True).start()
            case "name":
                seat.name(message)
            case "now":
                self._send("now", **seat.now())
            case _:
                with seat.orders:
                    seat.obey(message)
                    self._order = message["n"]
                seat.wake()

    def _switch(self, message: Message, seat: Commanded) -> None:
        if trouble := seat.switch(message):
            self._send("refused", hash=message["hash"], why=clean(trouble)[:400])
        seat.wake()

    def _has(self, file: File) -> None:
        self._send("has", **file.fields(), bytes=self._cache.present(file))

    def _put(self, file: File, start: int) -> None:
        if self._arrival is not None:
            self._arrival.stop()
        try:
            self._arrival, self._ignoring = self._cache.begin(file, start), False
        except CantKeep as error:
            self._refuse(file, error)

    def _take_piece(self, piece: bytes) -> None:
        arrival = self._arrival
        if arrival is None:
            if not self._ignoring:
                raise ProtocolError("it sent bytes of no file")
            return
        try:
            whole = arrival.write(piece)
        except CantKeep as error:
            self._refuse(arrival.file, error)
            return
        self._send("got", bytes=arrival.bytes)
        if whole:
            self._arrival = None
            self._has(arrival.file)

    def _refuse(self, file: File, error: CantKeep) -> None:
        # Pieces that are on their way are ignored until the next `put`.
        self._arrival, self._ignoring = None, True
        self._send("refused", hash=file.hash, why=str(error))

    def _send(self, verb: str, **fields: Any) -> None:
        try:
            self._channel.send(verb, **fields)
        except OSError:
            self.end("")

    def _tell(self) -> None:
        """Tell the studio what plays, whenever that changes, and where, every few seconds."""
        assert self._seat is not None
        seat = self._seat
        before: Message = {}
        said = 0.0
        while not self._ended:
            self._woken.clear()
            seat.conduct()
            # The order is read before the rest: a state must not claim to know one that came later.
            try:
                now = seat.state(self._order)
            except TimeoutError:
                break  # a studio that is busy, or at its end
            if {**now, "frame": 0, "ready": 0} != before:
                before = {**now, "frame": 0, "ready": 0}
                self._send("state", **now)
                said = time.monotonic()
            elif now["playing"] and time.monotonic() - said >= AT_SECONDS:
                self._send("at", frame=now["frame"])
                said = time.monotonic()
            quiet = not now["playing"] and (now["whole"] or now["hash"] is None)
            self._woken.wait(None if quiet else _LOOK_SECONDS)

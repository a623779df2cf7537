"""A studio's connection, at the listener: it receives orders and sends states."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from suno_tui.listener.cache import Arrival, Cache, CantKeep, OutOfStep
from suno_tui.listener.protocol import (
    TO_LISTENER,
    Channel,
    File,
    Message,
    ProtocolError,
    as_text,
    disagreement,
)
from suno_tui.listener.session import Commanded

HELLO_SECONDS = 10.0
"""Seconds that a connection has for its first message."""
AT_SECONDS = 5.0
"""Seconds between two positions that are sent while it plays, which costs less than ten bytes a
second. In between, the studio goes by its own clock."""
_LOOK_SECONDS = 0.1


class Connection:
    """A connection. `serve` reads its messages until it ends; a second thread writes states."""

    def __init__(
        self,
        connection: socket.socket,
        cache: Cache | None,
        hello: dict[str, object],
        join: Callable[[str, Connection], Commanded | None],
        leave: Callable[[Connection, Commanded | None], None],
    ) -> None:
        """`join` returns the session of a studio, or None if the listener is closing; `leave` is
        called at the end. Without a `cache`, the session takes no files."""
        self._socket = connection
        self._channel = Channel(connection, TO_LISTENER)
        self._cache = cache
        self._hello = hello
        self._join = join
        self._leave = leave
        self._session: Commanded | None = None
        self._arrival: Arrival | None = None
        self._ignoring = False
        """Whether pieces of a refused file may still arrive."""
        self._order = 0
        self._woken = threading.Event()
        self._ended = False

    def serve(self) -> None:
        """Read and follow messages until the connection ends."""
        try:
            self._read()
        except ProtocolError as error:
            self.end(f"The listener ended the connection: {error}.")
        except OSError:
            pass
        finally:
            self._finish()

    def wake(self) -> None:
        self._woken.set()

    def end(self, why: str) -> None:
        """End the connection; tell the other side `why`, unless that is empty."""
        with contextlib.suppress(OSError):
            if why:
                self._channel.send("bye", why=why)
        self._ended = True
        self.wake()
        self._channel.close()

    def _finish(self) -> None:
        self._ended = True
        self.wake()
        self._channel.close()
        if self._arrival is not None:
            self._arrival.stop()
        self._leave(self, self._session)

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
        self._session = session = self._join(hello["studio"], self)
        if session is None:
            self.end("The listener was closed.")
            return
        threading.Thread(
            target=self._send_states, args=(session,), name="states", daemon=True
        ).start()
        while (message := self._channel.receive()) is not None:
            if isinstance(message, bytes):
                self._take_piece(message)
            elif message["verb"] == "bye":
                if message["stop"]:
                    session.stop()
                    session.wake()
                return
            else:
                self._handle(message, session)

    def _handle(self, message: Message, session: Commanded) -> None:
        if message["verb"] not in session.verbs:
            raise ProtocolError(f"it sent {message['verb']!r}, which this connection does not take")
        match message["verb"]:
            case "hello":
                raise ProtocolError("it sent hello twice")
            case "have":
                self._has(File.of(message))
            case "put":
                self._put(File.of(message), message["start"])
            case "prepare":
                session.prepare(File.of(message))
            case "switch":
                session.switch(message, lambda why: self._refuse_switch(message, why))
            case "name":
                session.name(message)
            case "now":
                self._send("now", **session.now())
            case _:
                with session.orders:
                    session.carry_out(message)
                    # Never lower: orders that don't change what plays repeat the last number.
                    self._order = max(self._order, message["n"])
                session.wake()

    def _refuse_switch(self, message: Message, why: str) -> None:
        self._send("refused", hash=message["hash"], why=as_text(why))

    def _has(self, file: File) -> None:
        assert self._cache is not None
        self._send("has", **file.fields(), bytes=self._cache.present(file))

    def _put(self, file: File, start: int) -> None:
        if self._arrival is not None:
            self._arrival.stop()
        assert self._cache is not None
        try:
            self._arrival, self._ignoring = self._cache.begin(file, start), False
        except CantKeep as error:
            self._refuse(file, error)

    def _take_piece(self, piece: bytes) -> None:
        arrival = self._arrival
        if arrival is None:
            if not self._ignoring:
                raise ProtocolError("it sent bytes without naming a file")
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
        # Pieces that are under way are ignored until the next `put`.
        self._arrival, self._ignoring = None, True
        if isinstance(error, OutOfStep):
            self._has(file)
        else:
            self._send("refused", hash=file.hash, why=str(error))

    def _send(self, verb: str, **fields: Any) -> None:
        try:
            self._channel.send(verb, **fields)
        except (BrokenPipeError, ConnectionResetError):
            # The other side has gone, but its last messages, perhaps to stop, are still unread.
            self._ended = True
            self.wake()
        except OSError:
            self.end("")

    def _send_states(self, session: Commanded) -> None:
        """Send the state whenever it changes, and the position every few seconds."""
        before: Message = {}
        sent_at = 0.0
        while not self._ended:
            self._woken.clear()
            session.conduct()
            # Read the order number first: a state must not claim to include a later order.
            try:
                now = session.state(self._order)
            except TimeoutError:
                break  # the studio is busy or closing
            if {**now, "frame": 0, "ready": 0} != before:
                before = {**now, "frame": 0, "ready": 0}
                self._send("state", **now)
                sent_at = time.monotonic()
            elif now["playing"] and time.monotonic() - sent_at >= AT_SECONDS:
                self._send("at", frame=now["frame"])
                sent_at = time.monotonic()
            quiet = not now["playing"] and (now["whole"] or now["hash"] is None)
            self._woken.wait(None if quiet else _LOOK_SECONDS)

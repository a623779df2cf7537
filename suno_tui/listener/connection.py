"""One connection of a studio to the listener: orders come in, states go out."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from suno_tui.common.text import clean
from suno_tui.listener.cache import Arrival, Cache, CantKeep, OutOfStep
from suno_tui.listener.protocol import (
    TO_LISTENER,
    Channel,
    File,
    Message,
    ProtocolError,
    disagreement,
)
from suno_tui.listener.session import Session
from suno_tui.player.player import Player
from suno_tui.player.sound import RATE

HELLO_SECONDS = 10.0
"""Seconds that a connection has for its first message."""
AT_SECONDS = 5.0
"""Seconds between two positions while it plays: less than ten bytes a second. The studio's clock
fills the time between them."""
_LOOK_SECONDS = 0.1


class Connection:
    """A connection. `serve` reads its messages until it ends; a second thread writes states."""

    def __init__(
        self,
        connection: socket.socket,
        cache: Cache,
        hello: dict[str, object],
        join: Callable[[str, Connection], Session | None],
        leave: Callable[[Connection, Session | None], None],
    ) -> None:
        """`join` returns the session of a studio, None if there is none any more; `leave` is called
        at the end."""
        self._socket = connection
        self._channel = Channel(connection, TO_LISTENER)
        self._cache = cache
        self._hello = hello
        self._join = join
        self._leave = leave
        self._session: Session | None = None
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
            self._finish()

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
            target=self._send_states, args=(session.player,), name="states", daemon=True
        ).start()
        while (message := self._channel.receive()) is not None:
            if isinstance(message, bytes):
                self._take_piece(message)
            elif message["verb"] == "bye":
                if message["stop"]:
                    session.player.unload()
                    session.wake()
                return
            else:
                self._handle(message, session)

    def _handle(self, message: Message, session: Session) -> None:
        match message["verb"]:
            case "hello":
                raise ProtocolError("hello came twice")
            case "have":
                self._has(File.of(message))
            case "put":
                self._put(File.of(message), message["start"])
            case "prepare":
                session.player.keep(self._cache.path_of(File.of(message)))
            case "switch":
                session.switch(lambda wanted: self._switch(message, session, wanted))
            case _:
                with session.orders:
                    self._carry_out(message, session.player)
                    self._order = message["n"]
                session.wake()

    def _carry_out(self, message: Message, player: Player) -> None:
        match message["verb"]:
            case "load":
                path = self._cache.path_of(File.of(message))
                player.load(path, start=message["frame"] / RATE)
            case "unload":
                player.unload()
            case "play":
                player.play()
            case "pause":
                player.pause()
            case "seek":
                player.seek(message["frame"] / RATE)
            case "volume":
                player.volume = message["percent"]
            case "next":
                known = message["hash"] is not None
                player.follow(self._cache.path_of(File.of(message)) if known else None)

    def _switch(self, message: Message, session: Session, wanted: Callable[[], bool]) -> None:
        path = self._cache.path_of(File.of(message))
        session.player.know(
            path,
            (message["loudness"], message["peak"]),
            (message["now_loudness"], message["now_peak"]),
        )
        trouble = session.player.switch(path, wanted=wanted)
        if trouble:
            self._send("refused", hash=message["hash"], why=clean(trouble)[:400])
        session.wake()

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
        if isinstance(error, OutOfStep):
            self._has(file)
        else:
            self._send("refused", hash=file.hash, why=str(error))

    def _send(self, verb: str, **fields: Any) -> None:
        try:
            self._channel.send(verb, **fields)
        except OSError:
            self.end("")

    def _send_states(self, player: Player) -> None:
        """Send what plays, whenever that changes, and where it is, every few seconds."""
        before: Message = {}
        sent_at = 0.0
        while not self._ended:
            self._woken.clear()
            now = self._state(player)
            if {**now, "frame": 0, "ready": 0} != before:
                before = {**now, "frame": 0, "ready": 0}
                self._send("state", **now)
                sent_at = time.monotonic()
            elif now["playing"] and time.monotonic() - sent_at >= AT_SECONDS:
                self._send("at", frame=now["frame"])
                sent_at = time.monotonic()
            quiet = not now["playing"] and (now["whole"] or now["hash"] is None)
            self._woken.wait(None if quiet else _LOOK_SECONDS)

    def _state(self, player: Player) -> Message:
        # Before the rest: a state must not claim to know an order that came after it was read.
        order = self._order
        path = player.path
        return {
            "n": order,
            "hash": path.stem if path is not None else None,
            "frame": round(player.position * RATE),
            "ready": round(player.duration * RATE),
            "playing": player.playing,
            "ended": player.ended,
            "whole": player.whole,
            "waiting": player.waiting,
            "error": clean(player.error)[:400],
            "output": player.output,
            "why": clean(player.why)[:400],
            "volume": player.volume,
        }

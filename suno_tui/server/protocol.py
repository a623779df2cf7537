"""HTTP/1.1 as uvicorn reads it, with bounds on what a client may take before it shows a key.

httptools keeps a header until it is whole, however long that is, and uvicorn waits for a request
for ever. Here the head of a request has a size, each step of a request has a time, and a full
server ends the connection that has waited longest for its client.
"""

from __future__ import annotations

import asyncio
import logging
import math
import resource
from collections.abc import Iterable
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from suno_tui.server.answers import refusal

log = logging.getLogger(__name__)

MOST_HEAD = 64 * 1024
"""Bytes of a request's URL and headers together, and of the trailers after its body."""
SECONDS = 30.0
"""How long the client may take for a request's head, for its body, for the next request, and for
letting the server go on when it reads an answer slowly."""
GRACE = 5.0
"""More seconds for a body, which the application is to refuse first, and for reading a refusal."""
MOST_WAITING = 32
"""Requests that a client may send on one connection before the first of them is answered."""
MOST_CONNECTIONS = 1000

_PIECE = 16 * 1024
"""The head is measured after each piece of this size."""


def most_connections() -> int:
    """Return how many connections there may be: a third of the file handles that there are.

    Each may need a second one for the file that it is sent, and as many again may be accepted at
    once before the first of them is looked at.
    """
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if handles == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(16, min(MOST_CONNECTIONS, handles // 3 - 16))


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `deadline` is the loop's time until which the server waits for its client."""

    deadline = math.inf
    _head: int | None = None
    """Bytes of the head that is being read; None outside of one."""
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        most = self.limit_concurrency
        if most is not None and len(self.connections) >= most and not self._make_room():
            self._refuse(503, "The server has too many connections. Try again in a moment.")
            self.transport.close()

    def _make_room(self) -> bool:
        """End the connection that has waited longest for its client; False if none waits."""
        others = [each for each in self.connections if isinstance(each, BoundedProtocol)]
        first = min(others, key=lambda each: (each is self, each.deadline))
        if first is self or first.deadline == math.inf:
            return False
        self.connections.discard(first)
        first.transport.abort()
        return True

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._refused or self.transport.is_closing():
                return
            piece = data[start : start + _PIECE]
            super().data_received(piece)
            if self._head is not None:
                self._head += len(piece)
                if self._head > MOST_HEAD:
                    self._refuse(431, f"The request's headers are over {MOST_HEAD // 1024} kB.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._wait()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head = None
        # Trailers come as headers too; they must not become those of this request.
        self.headers = []
        self._wait()
        if len(self.pipeline) > MOST_WAITING:
            raise ValueError("too many requests at once")

    def on_chunk_header(self) -> None:
        self._head = 0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._head = None

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head = None
        self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def end_late(self, now: float) -> None:
        """End the connection if its client has taken too long."""
        if self.transport.is_closing() and self.deadline == math.inf:
            self.deadline = now + SECONDS
        if now < self.deadline:
            return
        if self._head is None or self._refused or self.transport.is_closing():
            self.transport.abort()
        else:
            self._refuse(408, f"The request's headers took more than {SECONDS:.0f} seconds.")

    def _wait(self) -> None:
        """Set the deadline anew: there is none while the application works on a whole request."""
        wait = SECONDS
        if self._answering() and self.cycle.more_body:
            wait += GRACE
        elif self._answering() and not self.flow.write_paused:
            wait = math.inf
        self.deadline = self.loop.time() + wait

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _refuse(self, status: int, message: str) -> None:
        """Answer outside of the application, as it would, and say no more on this connection.

        What the client goes on to send is not kept: closing at once could lose it the answer.
        """
        self._refused = True
        answering = self._answering()
        if answering and (self.pipeline or self.cycle.response_started):
            self.transport.abort()
            return
        code = "upstream_error" if status == 503 else "invalid_request"
        answer = refusal(code, message, status=status)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), b"connection: close"]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        if answering:
            self.transport.close()
        else:
            self.transport.write_eof()
        self.deadline = self.loop.time() + GRACE
        address = self.client[0] if self.client else ""
        log.info("connection refused", extra={"status": status, "address": address})


def end_late(connections: Iterable[object], now: float) -> None:
    """End the connections whose clients have taken too long; `now` is the loop's time."""
    for each in list(connections):
        if isinstance(each, BoundedProtocol):
            each.end_late(now)

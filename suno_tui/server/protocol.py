"""uvicorn's HTTP/1.1 protocol with limits for clients that have not sent a key yet.

httptools stores a header of any length until it is complete, and uvicorn waits for a request for
ever. Here the head of a request has a maximum size, each step of a request has a time limit, and a
full server closes the connection that has waited longest for its client.
"""

from __future__ import annotations

import asyncio
import logging
import math
import resource
from collections.abc import Iterable
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from suno_tui.server.answers import error_response

log = logging.getLogger(__name__)

MAX_HEAD = 64 * 1024
"""Bytes of a request's URL and headers together, and of the trailers after its body."""
CLIENT_SECONDS = 30.0
"""Seconds that the client may take for the head of a request, for its body, until the next request,
and to read a response."""
GRACE_SECONDS = 5.0
"""Extra seconds for a body, so that the application refuses it first; also to read a refusal."""
MAX_PIPELINED = 32
"""Requests that a client may send on one connection before the first of them is answered."""
MAX_CONNECTIONS = 1000

_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_PIECE = 16 * 1024
"""Bytes after which the size of the head is checked."""


def max_connections() -> int:
    """Return the most connections at a time: a third of the process's file handles.

    Each connection may need a second handle for the file that it is sent, and as many new
    connections may be accepted before the first of them is counted.
    """
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if handles == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(16, min(MAX_CONNECTIONS, handles // 3 - 16))


class OnePacket:
    """A transport that sends the head of an answer together with the beginning of its body: sending
    is the most expensive part of a short answer.

    ASGI wants it so: the head of an answer waits for its body, however long that takes. A later
    part of a body that begins like a head waits too, for the next part or the end of the answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.") and data != _GO_ON:
            self._head = data
            return
        self._transport.write(data)

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send a head that has no body."""
        if self._head:
            data, self._head = self._head, b""
            self._transport.write(data)


class BoundedProtocol(HttpToolsProtocol):
    """A connection; `deadline` is the loop time until which it waits for its client."""

    deadline = math.inf
    since = 0.0
    """The loop's time at which it began to wait."""
    _head: int | None = None
    """Bytes read of the current head; None outside of one."""
    _refused = False
    _stepped = False
    """Whether a request has come to its next step since the deadline was set."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._packets = OnePacket(transport)
        super().connection_made(self._packets)  # type: ignore[arg-type]
        self._set_deadline()
        most = self.limit_concurrency
        if most is not None and len(self.connections) >= most and not self._make_room():
            self._refuse(503, "The server has too many connections. Try again in a moment.")
            self.transport.close()

    def _make_room(self) -> bool:
        """Close the connection that has waited longest for its client; False if none waits."""
        waiting = [
            each
            for each in self.connections
            if isinstance(each, BoundedProtocol) and each is not self and each.deadline < math.inf
        ]
        if not waiting:
            return False
        first = min(waiting, key=lambda each: each.since)
        self.connections.discard(first)
        first.transport.abort()
        return True

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._refused or self.transport.is_closing():
                return
            piece = data[start : start + _PIECE]
            super().data_received(piece)
            if self._stepped and not self._refused:
                self._stepped = False
                self._set_deadline()
            if self._head is not None:
                self._head += len(piece)
                if self._head > MAX_HEAD:
                    self._refuse(431, f"The request's headers are over {MAX_HEAD // 1024} kB.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._stepped = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head = None
        # Trailers arrive as headers; they must not become headers of this request.
        self.headers = []
        self._stepped = True
        if len(self.pipeline) > MAX_PIPELINED:
            raise ValueError("too many requests at once")

    def on_chunk_header(self) -> None:
        self._head = 0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._head = None

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head = None
        self._stepped = True

    def on_response_complete(self) -> None:
        """Begin the next request if it is here already.

        If it is not, uvicorn's own would set a timer to close the connection; here the deadline
        does that.
        """
        self._packets.flush()
        if self.pipeline:
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            if self.transport.is_closing():
                return
            self.flow.resume_reading()
        self._set_deadline()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_deadline()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._set_deadline()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def end_late(self, now: float) -> None:
        """Close the connection if its client has taken too long."""
        if self.transport.is_closing() and self.deadline == math.inf:
            self.deadline = now + CLIENT_SECONDS
        if now < self.deadline:
            return
        if self._head is None or self._refused or self.transport.is_closing():
            self.transport.abort()
        else:
            self._refuse(408, f"The request's headers took more than {CLIENT_SECONDS:.0f} seconds.")

    def _set_deadline(self) -> None:
        """Set the deadline; there is none while the application works on a complete request.

        An idle connection ends sooner than others, unless the end of a response is still to be
        sent, which would be lost.
        """
        wait = CLIENT_SECONDS
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            if cycle.more_body:
                wait += GRACE_SECONDS
            elif not self.flow.write_paused:
                wait = math.inf
        elif (
            cycle is not None
            and not cycle.more_body
            and self._head is None
            and not self.transport.get_write_buffer_size()
        ):
            wait = min(wait, self.timeout_keep_alive)
        self.since = self.loop.time()
        self.deadline = self.since + wait

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _refuse(self, status: int, message: str) -> None:
        """Send an error like the application's, and then nothing more on this connection.

        Data that the client still sends is discarded, as closing at once could lose the response.
        """
        self._refused = True
        answering = self._answering()
        if answering and (self.pipeline or self.cycle.response_started):
            self.transport.abort()
            return
        code = "upstream_error" if status == 503 else "invalid_request"
        answer = error_response(code, message, status=status)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), b"connection: close"]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        if answering:
            self.transport.close()
        else:
            self.transport.write_eof()
        self.deadline = self.loop.time() + GRACE_SECONDS
        address = self.client[0] if self.client else ""
        log.info("connection refused", extra={"status": status, "address": address})


def end_late_connections(connections: Iterable[object], now: float) -> None:
    """Close the connections whose clients have taken too long; `now` is the loop's time."""
    for each in list(connections):
        if isinstance(each, BoundedProtocol):
            each.end_late(now)

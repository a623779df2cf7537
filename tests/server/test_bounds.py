"""Limits for clients without a key: header bytes, time, connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.server import app, protocol
from suno_tui.server.protocol import MAX_HEAD, MAX_PIPELINED, BoundedProtocol
from suno_tui.server.serve import UNSENT_BYTES, Server, listen
from suno_tui.server.service import Service
from tests.server import fakes
from tests.server.conftest import SIMPLE, Running, create, until
from tests.server.test_contract import CREATE


def connect(served: Running, receives: int | None = None) -> socket.socket:
    """Connect; the client's system accepts about `receives` bytes that are not read yet."""
    connection = socket.socket()
    connection.settimeout(20)
    if receives is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    connection.connect(("127.0.0.1", int(served.url.rpartition(":")[2])))
    return connection


def stored(served: Running, size: int) -> bytes:
    """Store a file of so many bytes, and return a request for it."""
    served.service.storage.save("audio/big.mp3", b"x" * size)
    with served.admin() as db:
        db.run("PRAGMA foreign_keys = OFF")
        db.run("INSERT INTO files (name, task_id) VALUES ('audio/big.mp3', 'x')")
    return b"GET /files/audio/big.mp3 HTTP/1.1\r\nHost: x\r\n\r\n"


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Read to the end of the connection; return status and error message."""
    got = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "headers": (HEAD, b"X-A: " + b"a" * 1000 + b"\r\n"),
    "one header": (HEAD + b"X-A: ", b"a" * 1000),
    "a header's name": (HEAD, b"a" * 1000),
    "the URL": (b"GET /", b"a" * 1000),
    "trailers": (
        f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\n".encode(),
        b"X-A: " + b"a" * 1000 + b"\r\n",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_head_is_refused_before_it_fills_the_memory(served: Running, name: str) -> None:
    begin, piece = ENDLESS[name]
    with connect(served) as connection:
        connection.sendall(begin)
        if name == "trailers":
            # Without a key the create is refused before its end; the connection goes on.
            got = b""
            while not got.endswith(b"}}"):
                got += connection.recv(65536)
            assert b" 401 " in got
        connection.sendall(piece * (4 * MAX_HEAD // len(piece)))
        status, error = answer(connection)
    assert status == 431
    assert error["code"] == "invalid_request"
    assert "64 kB" in error["message"]


def test_a_head_of_almost_64_kb_is_read(served: Running) -> None:
    headers = {f"X-{number}": "a" * 1000 for number in range(MAX_HEAD // 1100)}
    assert httpx.get(f"{served.url}/healthz", headers=headers).status_code == 200


def test_trailers_do_not_become_headers(served: Running) -> None:
    """Otherwise a client behind a proxy could forward an address with them."""
    body = json.dumps(SIMPLE).encode()
    chunk = b"%x\r\n" % len(body) + body + b"\r\n0\r\nAuthorization: Bearer "
    chunk += served.key().encode() + b"\r\n\r\n"
    with connect(served) as connection:
        connection.sendall(
            f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
            + chunk
        )
        assert answer(connection)[0] == 401


BROKEN = {
    "the head": b"GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n",
    "a body that is waited for": b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_http_is_refused_in_the_documented_shape(served: Running, name: str) -> None:
    with connect(served) as connection:
        if name == "a body that is waited for":
            head = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            connection.sendall(f"{head}Authorization: Bearer {served.key()}\r\n".encode())
            begin, end = BROKEN[name].split(b"nonsense")
            connection.sendall(begin)
            assert connection.recv(100).startswith(b"HTTP/1.1 100")
            connection.sendall(b"nonsense" + end)
        else:
            connection.sendall(BROKEN[name])
        status, error = answer(connection)
    assert (status, error["code"]) == (400, "invalid_request")


def test_a_connection_may_not_send_too_many_requests_ahead(served: Running) -> None:
    with connect(served) as connection:
        connection.sendall(HEAD + b"\r\n" + (HEAD + b"\r\n") * (10 * MAX_PIPELINED))
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                got += piece
    assert got.count(b"HTTP/1.1 200") <= MAX_PIPELINED + 2


def test_requests_that_are_sent_together_are_answered_in_their_order(served: Running) -> None:
    with connect(served) as connection:
        paths = [b"/healthz", b"/nothing"] * (MAX_PIPELINED // 2)
        requests = [b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths]
        last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(b"".join([*requests[1:], last]))
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    statuses = [int(part.split()[0]) for part in got.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [404, 200] * (MAX_PIPELINED // 2)


class Impatient:
    """A server whose clock for late clients can be set forward."""

    def __init__(self, served: Running, server: Server) -> None:
        self.served = served
        self._server = server

    @property
    def connections(self) -> list[BoundedProtocol]:
        found = list(self._server.server_state.connections)
        return [each for each in found if isinstance(each, BoundedProtocol)]

    def later(self, seconds: float) -> None:
        """End late connections as the server will after so many seconds."""

        def observe() -> None:
            protocol.end_late_connections(self.connections, loop.time() + seconds)
            done.set()

        done = threading.Event()
        loop = self.connections[0].loop
        loop.call_soon_threadsafe(observe)
        assert done.wait(20)


@contextlib.contextmanager
def impatient(folder: Path, most: int | None = None) -> Iterator[Impatient]:
    service = Service(folder, workers=1, make=fakes.MAKE)
    listener = listen("127.0.0.1", 0)
    server = Server(service)
    # What uvicorn ends by itself, on a busy machine in the midst of a test, is not the question.
    server.config.timeout_keep_alive = 3600
    if most is not None:
        server.config.limit_concurrency = most
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    served = Running(service, listener.getsockname()[1])
    try:
        until(lambda: server.started)
        yield Impatient(served, server)
    finally:
        served.close()
        server.should_exit = True
        thread.join(30)
        listener.close()
        service.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Impatient]:
    with impatient(tmp_path) as found:
        yield found


POST = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
SLOW: dict[str, tuple[bytes, Callable[[BoundedProtocol], bool], int | None]] = {
    "silent": (b"", lambda _: True, None),
    "empty lines": (b"\r\n\r\n", lambda _: True, None),
    "half a request line": (b"GET /heal", lambda each: each._head is not None, 408),
    "half the headers": (HEAD + b"X-A: ", lambda each: each._head is not None, 408),
    "after an answer": (HEAD + b"\r\n", lambda each: not each._answering(), 200),
    "body that nobody asked for": (POST + b"{", lambda _: True, 401),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_client_that_takes_too_long_is_cut_off(server: Impatient, name: str) -> None:
    sent, reached, status = SLOW[name]
    with connect(server.served) as connection:
        connection.sendall(sent)
        until(lambda: server.connections and reached(server.connections[0]))
        if status in (200, 401):
            assert int(connection.recv(65536).split()[1]) == status
            until(lambda: not server.connections[0]._answering())
        server.later(protocol.CLIENT_SECONDS - 1)
        assert len(server.connections) == 1
        server.later(protocol.CLIENT_SECONDS + protocol.GRACE_SECONDS)
        if status == 408:
            assert answer(connection)[0] == 408
        else:
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass
    until(lambda: not server.connections)


def test_a_byte_now_and_then_does_not_keep_a_connection(server: Impatient) -> None:
    """The time runs from the start of the head, not from its last byte."""
    with connect(server.served) as connection:
        connection.sendall(b"GET /heal")
        until(lambda: server.connections and server.connections[0]._head)
        deadline = server.connections[0].deadline
        connection.sendall(b"thz HTTP/1.1\r\n")
        until(lambda: (server.connections[0]._head or 0) > len(b"GET /heal"))
        assert server.connections[0].deadline == deadline


def test_a_connection_without_a_next_request_is_closed_sooner(server: Impatient) -> None:
    """Sooner than one that has begun a request."""
    server._server.config.timeout_keep_alive = 20
    with connect(server.served) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        until(lambda: not server.connections[0]._answering())
        server.later(20)
        assert connection.recv(65536) == b""


def test_a_connection_is_not_closed_before_the_end_of_an_answer_is_sent(server: Impatient) -> None:
    """Although its answer is complete, and its client asks for nothing more."""
    server._server.config.timeout_keep_alive = 5
    request = stored(server.served, 60_000)
    with connect(server.served, receives=4096) as connection:
        until(lambda: server.connections)
        transport = server.connections[0].transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.sendall(request)
        until(lambda: server._server.server_state.total_requests)
        assert transport.get_write_buffer_size()
        server.later(protocol.CLIENT_SECONDS - 1)
        got = connection.recv(65536)
        while not got.endswith(b"x" * 60_000) and (more := connection.recv(65536)):
            got += more
        assert got.endswith(b"\r\n\r\n" + b"x" * 60_000)


def test_an_answer_that_the_client_does_not_read_is_given_up(server: Impatient) -> None:
    request = stored(server.served, 20_000_000)
    with connect(server.served) as connection:
        connection.sendall(request)
        until(lambda: server.connections and server.connections[0].flow.write_paused)
        server.later(protocol.CLIENT_SECONDS + 1)
        until(lambda: not server.connections)


def test_a_client_that_reads_slowly_has_time(server: Impatient) -> None:
    """The system does not keep so much of an answer that the server can't see the client read."""
    request = stored(server.served, 20_000_000)
    with connect(server.served, receives=16 * 1024) as connection:
        connection.sendall(request)
        until(lambda: server.connections and server.connections[0].flow.write_paused)
        deadline = server.connections[0].deadline
        left = 3 * UNSENT_BYTES
        while left > 0:
            left -= len(connection.recv(left))
        until(lambda: server.connections[0].deadline > deadline)


class Slow:
    """Holds the writes of a service until `go`; `at_work` counts those that have begun."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.at_work = 0
        self._write = service.store.write
        monkeypatch.setattr(service.store, "write", self.write)

    async def write(self, work: Any) -> Any:
        self.at_work += 1
        await asyncio.to_thread(self.go.wait, 20)
        return await self._write(work)


def test_a_request_that_the_server_works_on_has_no_deadline(
    server: Impatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(server.served.service, monkeypatch)
    with ThreadPoolExecutor() as pool:
        made = pool.submit(create, server.served.client())
        until(lambda: slow.at_work)
        server.later(1e6)
        slow.go.set()
        assert made.result()


def test_the_server_looks_for_late_clients_by_itself(
    server: Impatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(server.served) as connection:
        until(lambda: server.connections)
        monkeypatch.setattr(protocol, "CLIENT_SECONDS", 0.0)
        connection.sendall(b"GET /")
        assert answer(connection)[0] == 408


def test_a_body_that_takes_too_long_is_refused(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.05)
    with connect(served) as connection:
        connection.sendall(
            POST.replace(b"Host", f"Authorization: Bearer {served.key()}\r\nHost".encode())
        )
        status, error = answer(connection)
    assert status == 408
    assert "body took more than" in error["message"]


def test_silent_connections_make_room_for_others(tmp_path: Path) -> None:
    with impatient(tmp_path, most=5) as server, contextlib.ExitStack() as silent:
        held = [silent.enter_context(connect(server.served)) for _ in range(20)]
        assert httpx.get(f"{server.served.url}/healthz").status_code == 200
        assert len(server.connections) < 5
        # Those that have waited longest were ended.
        with contextlib.suppress(ConnectionResetError):
            assert held[0].recv(1) == b""


def test_a_body_that_does_not_come_makes_room_for_others(tmp_path: Path) -> None:
    with impatient(tmp_path, most=3) as server, contextlib.ExitStack() as slow:
        key = f"Authorization: Bearer {server.served.key()}\r\nExpect: 100-continue\r\nHost"
        for _ in range(2):
            connection = slow.enter_context(connect(server.served))
            connection.sendall(POST.replace(b"Host", key.encode()))
            # The application has let the key in, and waits for the body.
            assert connection.recv(100).startswith(b"HTTP/1.1 100")
        # It is the application that refuses a slow body, in the API's words.
        server.later(protocol.CLIENT_SECONDS + 1)
        assert len(server.connections) == 2
        assert httpx.get(f"{server.served.url}/healthz").status_code == 200


def test_a_new_connection_is_refused_if_all_others_are_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(tmp_path, most=3) as server, ThreadPoolExecutor() as pool:
        slow = Slow(server.served.service, monkeypatch)
        made = [pool.submit(create, server.served.client()) for _ in range(2)]
        until(lambda: slow.at_work == 2)
        with connect(server.served) as connection:
            status, error = answer(connection)
        slow.go.set()
        assert all(each.result() for each in made)
    assert (status, error["code"]) == (503, "upstream_error")


def test_there_are_enough_file_handles_for_all_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {256: 69, 1024: 325, 10**6: 1000, -1: 1000}
    for handles, most in limits.items():
        monkeypatch.setattr(resource, "getrlimit", lambda _, found=handles: (found, found))
        assert protocol.max_connections() == most
        assert Server(Service(tmp_path)).config.limit_concurrency == most

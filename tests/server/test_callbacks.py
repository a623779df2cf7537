"""Callbacks: their content, their attempts, and the addresses that they may reach."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from suno_tui.server import accounts, admin, callbacks, ledger
from suno_tui.server.addresses import is_open_port, is_own, is_public
from suno_tui.server.callbacks import (
    MAX_AT_ONCE,
    MAX_PER_HOST,
    MAX_PER_KEY,
    Blocked,
    DueCallback,
    due_callbacks,
    resolve,
    url_problem,
)
from suno_tui.server.ledger import Order
from suno_tui.server.service import Rules, Service, open_database
from tests.server import fakes
from tests.server.conftest import Clock, Running, create, ended, running, titled, until


@dataclass
class Receiver:
    """A client's web server, which records requests and answers with `status`."""

    url: str = ""
    status: int = 200
    got: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    noted = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            noted.got.append((self.path, headers, body))
            self.send_response(noted.status)
            self.send_header("Location", f"{noted.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield noted
    server.shutdown()
    thread.join()
    server.server_close()


def service(folder: Path, clock: Clock) -> Service:
    """A service whose callbacks may go to this machine."""
    rules = Rules(private_callbacks=True)
    return Service(folder, workers=1, make=fakes.MAKE, rules=rules, clock=clock)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Running]:
    with running(service(tmp_path_factory.mktemp("trusting"), clock)) as served:
        yield served


@pytest.mark.parametrize(("title", "event"), [("x", "task.completed"), ("fail", "task.failed")])
def test_a_callback_has_the_same_body_as_a_query(
    trusting: Running, clock: Clock, receiver: Receiver, title: str, event: str
) -> None:
    client = trusting.client()
    task_id = create(client, titled(title, callback_url=f"{receiver.url}/hook?a=1"))
    body = ended(client, task_id)
    until(lambda: receiver.got)
    ((path, headers, sent),) = receiver.got
    assert path == "/hook?a=1"
    assert sent == body
    assert headers["x-event"] == event
    assert headers["x-task-id"] == task_id
    assert abs(int(headers["x-timestamp"]) - clock()) < 60
    assert headers["content-type"] == "application/json"
    assert headers["host"] == receiver.url.removeprefix("http://")


def test_three_attempts_that_survive_a_restart(
    tmp_path: Path, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[Executor] = []

    def pool_of(*about: Any, **more: Any) -> Executor:
        pools.append(ThreadPoolExecutor(*about, **more))
        return pools[-1]

    monkeypatch.setattr("suno_tui.server.callbacks.ThreadPoolExecutor", pool_of)
    receiver.status = 500
    with running(service(tmp_path, clock)) as served:
        client = served.client()
        task_id = create(client, titled("x", callback_url=receiver.url))
        ended(client, task_id)
        until(lambda: attempts(served, task_id) == (1, "HTTP 500", 180))
    with running(service(tmp_path, clock)) as served:
        clock.ahead += 181
        until(lambda: attempts(served, task_id) == (2, "HTTP 500", 600))
        assert len(receiver.got) == 2
        clock.ahead += 421
        until(lambda: attempts(served, task_id) == (3, "HTTP 500", None))
    assert len(receiver.got) == 3
    assert len(pools) == 2
    for pool in pools:
        with pytest.raises(RuntimeError):
            pool.submit(print)  # the service took its threads along


def attempts(served: Running, task_id: str) -> tuple[int, str, int | None] | None:
    """Of a callback: attempts, the last outcome, and when the next one is due, in seconds
    after the task's end. None before the first attempt."""
    with served.admin() as db:
        row = db.row(
            "SELECT attempts, outcome, round(next_at - completed_at) AS due FROM callbacks "
            "JOIN tasks ON tasks.id = task_id WHERE attempts > 0 AND task_id = ?",
            task_id,
        )
    return None if row is None else (row["attempts"], row["outcome"], row["due"])


def test_a_redirect_is_a_failed_attempt_and_not_followed(
    trusting: Running, receiver: Receiver
) -> None:
    receiver.status = 307
    task_id = create(trusting.client(), titled("x", callback_url=receiver.url))
    until(lambda: attempts(trusting, task_id) == (1, "HTTP 307", 180))
    assert [path for path, _, _ in receiver.got] == ["/"]


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "rebind.example", "[::ffff:127.0.0.1]"],
)
def test_no_private_address_is_called(
    served: Running, receiver: Receiver, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is written, and whatever a name resolves to."""
    real = socket.getaddrinfo

    def getaddrinfo(name: Any, *args: Any, **others: Any) -> Any:
        return real("127.0.0.1" if name == "rebind.example" else name, *args, **others)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    port = receiver.url.rpartition(":")[2]
    body = titled("x", callback_url=f"http://{host}:{port}/")
    answer = served.client().post("/v1/music/generations", json=body)
    if answer.status_code == 200:
        count, why, _ = until(lambda: attempts(served, answer.json()["data"]["taskId"]))
        assert count == 1
        assert "not a public address" in why
    else:
        assert answer.json()["error"]["code"] == "invalid_request"
    assert receiver.got == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("::7f00:1", False),
        ("2001:0:53aa:64c::1", False),
        ("fec0::1", False),
        ("64:ff9b:1::7f00:1", False),
        ("::ffff:0:7f00:1", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
        ("168.63.129.17", True),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("2002:a9fe:a9fe::", False),
        ("2002:808:808::", True),
        ("2001:20::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("2001:4860:4860::5efe:7f00:1", False),
        ("2001:4860:4860:0:200:5efe:a9fe:a9fe", False),
        ("2001:4860:4860::5efe:808:808", True),
        ("fd00::5efe:808:808", False),
        ("2001:4860:4860::8888", True),
    ],
)
def test_which_addresses_are_public(text: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is expected


async def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def getaddrinfo(*_: object, **__: object) -> Any:
        return [(2, 1, 6, "", (where, 80)) for where in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Blocked):
        await resolve("two.example", 80, private=False)
    assert await resolve("two.example", 80, private=True) == "8.8.8.8"


def test_which_addresses_are_this_machines_own() -> None:
    assert is_own(ipaddress.ip_address("127.0.0.1"))
    # Sent to from 127.0.0.1, as an address elsewhere would be; no test reaches for a real one.
    assert not is_own(ipaddress.ip_address("127.0.0.2"))


async def test_a_callback_does_not_go_to_the_server_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own address may be a public one: then a service that it keeps to itself is behind it."""
    monkeypatch.setattr(callbacks, "is_public", lambda _: True)
    with pytest.raises(Blocked, match="an address of this server"):
        await resolve("127.0.0.1", 8080, private=False)


@pytest.mark.parametrize(
    ("port", "expected"),
    [(80, True), (443, True), (1024, True), (65535, True), (25, False), (22, False), (1023, False)],
)
async def test_which_ports_may_be_called(port: int, expected: bool) -> None:
    assert is_open_port(port) is expected
    assert (url_problem(f"http://8.8.8.8:{port}/") is None) is expected
    if not expected:
        with pytest.raises(Blocked, match=f"port {port} "):
            await resolve("8.8.8.8", port, private=False)
        assert await resolve("127.0.0.1", port, private=True) == "127.0.0.1"


def test_a_name_is_resolved_once(
    trusting: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checked address is connected to, even if a second query would give another."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def getaddrinfo(name: Any, *args: Any, **others: Any) -> Any:
        if name not in ("rebind.example", b"rebind.example"):
            return real(name, *args, **others)
        asked.append(str(name))
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *args, **others)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    port = receiver.url.rpartition(":")[2]
    url = f"http://rebind.example:{port}/hook"
    task_id = create(trusting.client(), titled("x", callback_url=url))
    outcome = until(lambda: attempts(trusting, task_id))
    assert asked == ["rebind.example"]
    assert outcome[:2] == (1, callbacks.DELIVERED)
    ((_, headers, _),) = receiver.got
    assert headers["host"] == f"rebind.example:{port}"


def test_no_key_and_no_host_delays_the_callbacks_of_others(tmp_path: Path) -> None:
    with contextlib.closing(open_database(tmp_path)) as db:

        def ended_tasks(name: str, urls: list[str]) -> int:
            key = accounts.find_key(db, admin.add_key(db, name))
            assert key is not None
            for number, url in enumerate(urls):
                order = Order("suno-v5", {}, 0, number, "", callback_url=url)
                ledger.complete(db, ledger.accept(db, key.id, order, backlog=0), number)
            return key.id

        greedy = ended_tasks("greedy", [f"http://{n}.example/" for n in range(100)])
        stuck = ended_tasks("stuck", ["http://one.example/", "http://ONE.example.:80/"] * 50)
        late = ended_tasks("late", ["http://late.example/"])

        chosen = due_callbacks(db, 1000, {})
        assert Counter(each.key_id for each in chosen) == {
            greedy: MAX_PER_KEY,
            stuck: MAX_PER_HOST,
            late: 1,
        }
        # Those that are under way count; who has none of them is first.
        sending = {f"x{n}": DueCallback(f"x{n}", 90 + n, "x") for n in range(MAX_AT_ONCE - 2)}
        sending["y"] = DueCallback("y", greedy, "y")
        assert [each.key_id for each in due_callbacks(db, 1000, sending)] == [stuck]
        sending["z"] = DueCallback("z", stuck, "one.example:80")
        assert due_callbacks(db, 1000, sending) == []
        # Another port of the same host is not kept waiting by the silent one.
        silent = callbacks._host("http://late.example:8080/")
        sending |= {
            name: DueCallback(name, number, silent) for number, name in enumerate("ab", 200)
        }
        for number in range(3):
            del sending[f"x{number}"]
        assert [each.key_id for each in due_callbacks(db, 1000, sending)] == [late]


def test_silent_hosts_of_one_key_do_not_delay_the_callbacks_of_another(
    trusting: Running, receiver: Receiver
) -> None:
    with contextlib.ExitStack() as holes:
        client = trusting.client()
        for _ in range(2 * MAX_AT_ONCE):
            hole = holes.enter_context(socket.create_server(("127.0.0.1", 0)))
            url = f"http://127.0.0.1:{hole.getsockname()[1]}/"
            create(client, titled("x", callback_url=url))
        until(lambda: len(trusting.service.callbacks._sending) >= MAX_PER_HOST)
        create(trusting.client(), titled("x", callback_url=receiver.url))
        until(lambda: receiver.got, callbacks.TIMEOUT)


def test_attempts_are_at_0_3_and_10_minutes() -> None:
    assert callbacks.DELAYS == (0, 180, 600)

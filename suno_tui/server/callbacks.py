"""Send callbacks: post the end of a task to its client's URL, in up to three attempts.

Attempts are recorded on disk. A server that calls any URL could be used to reach its own network.
Therefore the name is resolved once, all its addresses must be public and none this machine's own,
exactly that address is called, and redirects are not followed. So that a client can't delay the
callbacks of others, each key and each host gets only a part of the senders.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from suno_tui.server import ledger
from suno_tui.server.accounts import parse_address
from suno_tui.server.addresses import is_open_port, is_own, is_public
from suno_tui.server.database import Database, Store

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

DELAYS = (0.0, 180.0, 600.0)
"""Seconds from the task's end to each attempt (`docs/api.md`)."""

TIMEOUT = 10.0
MAX_AT_ONCE = 16
MAX_PER_KEY = 4
MAX_PER_HOST = 2
"""The most callbacks at the same time: in all, of one key, and to one host and port."""
POLL_SECONDS = 2
DELIVERED = "delivered"


class Blocked(Exception):
    """The callback's host may not be called; the text says why."""


def url_problem(url: str) -> str | None:
    """Return why a callback URL is refused; None if it is not. Its name is not resolved here."""
    import httpx

    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        return "is not a URL that can be called."
    literal = parse_address(found.host)
    if found.host.rstrip(".") == "localhost" or (literal is not None and not is_public(literal)):
        return "must not be a private address."
    if not is_open_port(_port(found)):
        return "must go to port 80, 443, or one from 1024 up."
    return None


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


async def resolve(host: str, port: int, *, private: bool, threads: Executor | None = None) -> str:
    """Resolve a host to the address to connect to. Raises `Blocked`; `OSError` if it is unknown.

    `private` allows addresses of this machine and its network, and any port.
    """
    if not (private or is_open_port(port)):
        raise Blocked(f"port {port} is not one that may be called")
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, ask)
    addresses = [parse_address(str(entry[4][0])) for entry in found]
    for each in addresses:
        if each is None or not (private or is_public(each)):
            raise Blocked(f"{host} is at {each}, which is not a public address")
    for each in addresses:
        if each is not None and not private and is_own(each):
            raise Blocked(f"{host} is at {each}, which is an address of this server")
    return str(addresses[0])


@contextmanager
def _threads() -> Iterator[Executor]:
    """Yield threads that only resolve names: a silent name server must not delay writing files."""
    threads = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="callback-name")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


class Callbacks:
    """Sends due callbacks until cancelled. One instance per ledger: the caller holds the lock."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float],
        delays: Sequence[float] = DELAYS,
        private: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._delays = tuple(delays)
        self._private = private
        self._wake = asyncio.Event()
        self._sending: dict[str, DueCallback] = {}

    def wake(self) -> None:
        """Look for due callbacks now, because a task has ended."""
        self._wake.set()

    async def run(self) -> None:
        """Send due callbacks until cancelled."""
        import httpx

        # No proxies from the environment: they would resolve the name again.
        limits = httpx.Limits(max_connections=MAX_AT_ONCE, max_keepalive_connections=0)
        with _threads() as threads:
            async with (
                httpx.AsyncClient(
                    trust_env=False, follow_redirects=False, timeout=TIMEOUT, limits=limits
                ) as client,
                asyncio.TaskGroup() as attempts,
            ):
                while True:
                    self._wake.clear()
                    for each in due_callbacks(self._store.read, self._clock(), self._sending):
                        self._sending[each.task_id] = each
                        attempts.create_task(self._attempt(client, threads, each.task_id))
                    # Not `wait_for`: up to Python 3.11 it can swallow a cancellation.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await self._wake.wait()

    async def _attempt(self, client: httpx.AsyncClient, threads: Executor, task_id: str) -> None:
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                outcome = await self._send(client, threads, task_id)
        except Blocked as error:
            outcome = str(error)
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        log.info("callback: %s", outcome, extra={"task": task_id})
        delays = () if outcome == DELIVERED else self._delays
        try:
            await self._store.write(lambda db: record_attempt(db, task_id, outcome, delays))
        finally:
            self._sending.pop(task_id, None)
            self._wake.set()

    async def _send(self, client: httpx.AsyncClient, threads: Executor, task_id: str) -> str:
        import httpx

        from suno_tui.server.answers import task_body

        task = ledger.find_task(self._store.read, task_id)
        assert task is not None
        assert task.callback_url is not None
        url = httpx.URL(task.callback_url)
        where = await resolve(url.host, _port(url), private=self._private, threads=threads)
        body = task_body(task, base_url=task.base_url)
        request = client.build_request(
            "POST",
            url.copy_with(host=where),
            content=json.dumps(body).encode(),
            headers={
                "Host": url.netloc.decode("ascii"),
                "Content-Type": "application/json",
                "X-Event": f"task.{task.status}",
                "X-Task-Id": task.id,
                "X-Timestamp": str(int(self._clock())),
            },
            extensions={"sni_hostname": url.host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return DELIVERED if answer.is_success else f"HTTP {answer.status_code}"


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback to send, with the key and the host that it counts for."""

    task_id: str
    key_id: int
    host: str


def due_callbacks(
    db: Database, now: float, sending: Mapping[str, DueCallback]
) -> list[DueCallback]:
    """Return the callbacks to send now, in addition to those in `sending`.

    The key with the fewest callbacks under way comes first, with its oldest one.
    """
    if len(sending) >= MAX_AT_ONCE:
        return []
    keys = Counter(each.key_id for each in sending.values())
    hosts = Counter(each.host for each in sending.values())
    rows = db.run(
        "SELECT task_id, key_id, callback_url FROM callbacks JOIN tasks ON tasks.id = task_id "
        "WHERE next_at <= ? ORDER BY next_at",
        now,
    )
    waiting = [DueCallback(row[0], row[1], _host(row[2])) for row in rows if row[0] not in sending]
    chosen: list[DueCallback] = []
    while len(sending) + len(chosen) < MAX_AT_ONCE:
        waiting = [
            each
            for each in waiting
            if keys[each.key_id] < MAX_PER_KEY and hosts[each.host] < MAX_PER_HOST
        ]
        if not waiting:
            break
        first = min(waiting, key=lambda each: keys[each.key_id])
        waiting.remove(first)
        chosen.append(first)
        keys[first.key_id] += 1
        hosts[first.host] += 1
    return chosen


def _host(url: str) -> str:
    # With its port: a silent port must not delay callbacks to another one of the same host.
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
        return f"{(parts.hostname or '').rstrip('.')}:{port}"
    except ValueError:
        return url


def record_attempt(db: Database, task_id: str, outcome: str, delays: Sequence[float]) -> None:
    """Record an attempt, and when to make the next one."""
    row = db.row("SELECT attempts, next_at FROM callbacks WHERE task_id = ?", task_id)
    assert row is not None
    attempts = row["attempts"] + 1
    later = None
    if attempts < len(delays):
        later = row["next_at"] + delays[attempts] - delays[attempts - 1]
    db.run(
        "UPDATE callbacks SET attempts = ?, outcome = ?, next_at = ? WHERE task_id = ?",
        *(attempts, outcome, later, task_id),
    )

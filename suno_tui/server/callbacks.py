"""Callbacks: a task's end, told to the URL that its client named; three attempts, kept on disk.

A server that fetches URLs for strangers is a way into its own network. So the name is resolved
once, every address it has must be a public one and none of this machine's own, that very address
is connected to, and redirects are not followed. Nor may a client keep the others' callbacks
waiting: each key and each host has a part of the senders only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from suno_tui.server import ledger
from suno_tui.server.accounts import address
from suno_tui.server.addresses import open_port, own, public
from suno_tui.server.database import Database, Store

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

DELAYS = (0.0, 180.0, 600.0)
"""Seconds after the task's end at which the attempts are made (`api.md`)."""

TIMEOUT = 10.0
AT_ONCE = 16
FOR_KEY = 4
FOR_HOST = 2
"""Callbacks that are sent at once: in all, of one key, and to one host and port."""
LOOK_SECONDS = 1
DELIVERED = "delivered"


class Blocked(Exception):
    """The callback's host is not one that may be called; the text says why."""


def problem(url: str) -> str | None:
    """Return what is wrong with a callback URL at first sight, if anything.

    Its name is resolved only when it is called.
    """
    import httpx

    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        return "is not a URL that can be called."
    literal = address(found.host)
    if found.host.rstrip(".") == "localhost" or (literal is not None and not public(literal)):
        return "must not be a private address."
    if not open_port(_port(found)):
        return "must go to port 80, 443, or one from 1024 up."
    return None


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


async def resolve(host: str, port: int, *, private: bool, threads: Executor | None = None) -> str:
    """Return the address to connect to. Raises `Blocked`, and `OSError` if the name is not known.

    `private` allows addresses of this machine and its network, and any port.
    """
    if not (private or open_port(port)):
        raise Blocked(f"port {port} is not one that may be called")
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, ask)
    addresses = [address(str(entry[4][0])) for entry in found]
    for each in addresses:
        if each is None or not (private or public(each)):
            raise Blocked(f"{host} is at {each}, which is not a public address")
    for each in addresses:
        if each is not None and not private and own(each):
            raise Blocked(f"{host} is at {each}, which is an address of this server")
    return str(addresses[0])


class Callbacks:
    """Sends what is due, until cancelled. One sender a ledger: the caller holds the lock."""

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
        self._sending: dict[str, Due] = {}
        # Of their own: names whose servers keep silent must not hold up those who write files.
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="callback-name")

    def wake(self) -> None:
        """Say that a task has ended."""
        self._wake.set()

    async def run(self) -> None:
        import httpx

        # No proxies from the environment: they would resolve the name once more.
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(
                trust_env=False, follow_redirects=False, timeout=TIMEOUT, limits=limits
            ) as client,
            asyncio.TaskGroup() as attempts,
        ):
            while True:
                self._wake.clear()
                for each in due(self._store.read, self._clock(), self._sending):
                    self._sending[each.task_id] = each
                    attempts.create_task(self._attempt(client, each.task_id))
                # Not `wait_for`: up to Python 3.11 it can swallow the word to stop.
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._wake.wait()

    async def _attempt(self, client: httpx.AsyncClient, task_id: str) -> None:
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                outcome = await self._send(client, task_id)
        except Blocked as error:
            outcome = str(error)
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        log.info("callback: %s", outcome, extra={"task": task_id})
        delays = () if outcome == DELIVERED else self._delays
        try:
            await self._store.write(lambda db: attempted(db, task_id, outcome, delays))
        finally:
            self._sending.pop(task_id, None)
            self._wake.set()

    async def _send(self, client: httpx.AsyncClient, task_id: str) -> str:
        import httpx

        from suno_tui.server.answers import task_body

        task = ledger.task(self._store.read, task_id)
        assert task is not None
        assert task.callback_url is not None
        url = httpx.URL(task.callback_url)
        where = await resolve(url.host, _port(url), private=self._private, threads=self._threads)
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
class Due:
    """A callback that is to be sent, and whose part of the senders it takes."""

    task_id: str
    key_id: int
    host: str


def due(db: Database, now: float, sending: Mapping[str, Due]) -> list[Due]:
    """Return the callbacks that are to be sent now, besides those that are being sent.

    The key that has the fewest under way is next, with the one of its own that is due longest.
    """
    if len(sending) >= AT_ONCE:
        return []
    keys = Counter(each.key_id for each in sending.values())
    hosts = Counter(each.host for each in sending.values())
    rows = db.run(
        "SELECT task_id, key_id, callback_url FROM callbacks JOIN tasks ON tasks.id = task_id "
        "WHERE next_at <= ? ORDER BY next_at",
        now,
    )
    waiting = [Due(row[0], row[1], _host(row[2])) for row in rows if row[0] not in sending]
    chosen: list[Due] = []
    while len(sending) + len(chosen) < AT_ONCE:
        waiting = [
            each for each in waiting if keys[each.key_id] < FOR_KEY and hosts[each.host] < FOR_HOST
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
    # With its port: a silent one must not keep those waiting who call another on the same host.
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
        return f"{(parts.hostname or '').rstrip('.')}:{port}"
    except ValueError:
        return url


def attempted(db: Database, task_id: str, outcome: str, delays: Sequence[float]) -> None:
    """Write down an attempt; the next one is at the following delay after the task's end."""
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

"""Callbacks: a task's end, told to the URL that its client named; three attempts, kept on disk.

A server that fetches URLs for strangers is a way into its own network. So the name is resolved
once, every address it has must be a public one, that very address is connected to, and redirects
are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.local import ledger
from suno_tui.local.accounts import Address, address
from suno_tui.local.database import Database, Store

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

DELAYS = (0.0, 180.0, 600.0)
"""Seconds after the task's end at which the attempts are made (`api.md`)."""

TIMEOUT = 10.0
AT_ONCE = 8
LOOK_SECONDS = 1
DELIVERED = "delivered"

_EMBEDS_IPV4 = (
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
    (ipaddress.ip_network("::/96"), 0),
)
"""IPv6 networks that lead to an IPv4 address (NAT64, 6to4, the old compatible form), and how far
right in the address it stands, in bits."""

_IPV6_INTERNET = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is handed out for the open internet (RFC 4291, 2.4); `is_global` passes more."""


class Blocked(Exception):
    """The callback's host is not one that may be called; the text says why."""


def public(found: Address) -> bool:
    """Whether an address is on the open internet, also through what it embeds."""
    for network, shift in _EMBEDS_IPV4:
        if found in network:
            return public(ipaddress.IPv4Address((int(found) >> shift) & 0xFFFFFFFF))
    if found.version == 6 and found not in _IPV6_INTERNET:
        return False
    return found.is_global and not found.is_multicast


def problem(url: str) -> str | None:
    """What is wrong with a callback URL at first sight; its name is resolved only when called."""
    import httpx

    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return "is not a URL that can be called."
    literal = address(host)
    if host.rstrip(".") == "localhost" or (literal is not None and not public(literal)):
        return "must not be a private address."
    return None


async def resolve(host: str, port: int, *, private: bool, threads: Executor | None = None) -> str:
    """The address to connect to. Raises `Blocked`, `OSError` where the name is not known."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, ask)
    addresses = [address(str(entry[4][0])) for entry in found]
    for each in addresses:
        if each is None or not (private or public(each)):
            raise Blocked(f"{host} is at {each}, which is not a public address")
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
        self._sending: set[str] = set()
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
                free = AT_ONCE - len(self._sending)
                for task_id in due(self._store.read, self._clock(), self._sending, free):
                    self._sending.add(task_id)
                    attempts.create_task(self._attempt(client, task_id))
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
            self._sending.discard(task_id)
            self._wake.set()

    async def _send(self, client: httpx.AsyncClient, task_id: str) -> str:
        import httpx

        from suno_tui.local.answers import task_body

        task = ledger.task(self._store.read, task_id)
        assert task is not None
        assert task.callback_url is not None
        url = httpx.URL(task.callback_url)
        port = url.port or (443 if url.scheme == "https" else 80)
        where = await resolve(url.host, port, private=self._private, threads=self._threads)
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


def due(db: Database, now: float, sending: Collection[str], most: int) -> list[str]:
    """Tasks whose callback is due and not being sent, the longest due first; at most `most`."""
    rows = db.run(
        "SELECT task_id FROM callbacks WHERE next_at <= ? ORDER BY next_at LIMIT ?",
        *(now, most + len(sending)),
    )
    return [row[0] for row in rows if row[0] not in sending][:most]


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

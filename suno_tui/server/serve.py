"""`suno-tui serve`: the built-in provider over HTTP.

On SIGTERM or SIGINT it accepts no more connections, answers running requests, and stops the render
queue; unfinished tasks stay accepted and go on after the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.file_systems import network_disk
from suno_tui.common.garbage import collect_for_requests
from suno_tui.common.text import clean
from suno_tui.server import accounts, admin, logs, protocol
from suno_tui.server.app import make_app
from suno_tui.server.database import Database
from suno_tui.server.render_process import MAKE
from suno_tui.server.render_queue import NewPool
from suno_tui.server.service import Rules, Service, open_database
from suno_tui.server.storage import Storage, StorageTrouble

if TYPE_CHECKING:
    from suno_tui.server.cluster_address import ClusterAddress

HOST = "127.0.0.1"
PORT = 8765
FIRST_CREDITS = 10_000
UNSENT_BYTES = 256 * 1024
"""How much of a response the system may keep for a connection before it sends it."""
GRACE_SECONDS = 10
"""How long running requests may take after a signal to stop."""


class CannotListen(StudioError):
    """The address is in use, or is not one of this machine's."""

    title = "The server can't listen there"
    code = "listen"


class NetworkDisk(StudioError):
    """The books would be on a network disk, to which other machines can write."""

    title = "The books can't be kept there"
    code = "network_disk"
    exit_code = 4


def run(
    folder: Path,
    *,
    host: str = HOST,
    port: int = PORT,
    keys: Sequence[str] = (),
    credits: int = FIRST_CREDITS,
    workers: int = 0,
    target_seconds: float | None = None,
    rules: Rules | None = None,
    make: str = MAKE,
    cluster: ClusterAddress | None = None,
    storage: Storage | None = None,
    say: Callable[[str], None] | None = None,
) -> None:
    """Serve the folder until SIGTERM or SIGINT. Port 0 is any free port; `say` prints the address.

    New keys among `keys` are added, with `credits` each. If there are no keys at all, one is made
    and printed once. Raises `CannotListen`, and `AdminError` for an invalid key.
    """
    rules = rules or Rules()
    say = say or _print
    if credits < 0:
        raise UsageError("--credits is 0 or more.")
    if disk := network_disk(folder):
        raise NetworkDisk(
            f"{folder} is on a network disk ({disk}), where two machines may write to the books at "
            "once, and SQLite can't prevent it. Set SUNO_TUI_HOME to a folder on a disk of this "
            "machine. One server is enough for a whole cluster: see 'More than one machine' in "
            "docs/serving.md."
        )
    listener = listen(host, port)
    with contextlib.closing(listener), contextlib.closing(open_database(folder)) as db:
        news = add_keys(db, keys, credits)
        shown = f"[{host}]" if ":" in host else host
        say(f"Serving on http://{shown}:{listener.getsockname()[1]}")
        for sentence in news:
            say(sentence)
        if storage is not None:
            try:
                storage.claim(folder)
            except StorageTrouble as error:
                say(f"The storage can't be used: {error}. Songs are accepted, and wait for it.")
        db.close()
        logs.set_up()
        service = Service(
            folder,
            workers=workers,
            target_seconds=target_seconds,
            rules=rules,
            make=make,
            storage=storage,
            pool=None if cluster is None else pool_of(cluster),
        )
        asyncio.run(serve(service, listener))


def pool_of(cluster: ClusterAddress) -> NewPool:
    """Return a function that makes the pool of a cluster."""
    from suno_tui.server.cluster import ClusterPool

    return partial(ClusterPool, cluster)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `CannotListen`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server(
            (host, port), family=family, backlog=protocol.max_connections()
        )
    except OSError as error:
        raise CannotListen(
            f"{host}:{port}: {error.strerror or error}. Choose another --host or --port."
        ) from error
    # Connections inherit these options. asyncio sets the first only on sockets that it made itself;
    # without it, each response of two packets takes 40 ms longer. Without the second, the system
    # takes megabytes ahead, and asks for more only after a third of them was sent: a client on a
    # slow line would look like one that reads nothing.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    return listener


def add_keys(db: Database, keys: Sequence[str], credits: int) -> list[str]:
    """Make sure that there is a key, in one transaction, and return sentences about the keys.

    A deleted key is not added again. Raises `AdminError` for an invalid new key.
    """
    with db.transaction():
        others = admin.list_keys(db)
        if keys:
            return [_add_key(db, key, credits) for key in keys]
        if others:
            names = ", ".join(each.name for each in others)
            return [f"Keys: {names}. `suno-tui admin keys add NAME` adds one."]
        return [f"API key (shown this once): {admin.add_key(db, 'first', credits=credits)}"]


def _add_key(db: Database, key: str, credits: int) -> str:
    if admin.was_deleted(db, key):
        return (
            "API key: the given one was deleted, and stays refused. Remove it from the command, "
            "file or variable that it came from; `suno-tui admin keys add NAME` makes another."
        )
    if not admin.has_secret(db, key):
        names = {each.name for each in admin.list_keys(db)}
        name = next(f"key-{n}" for n in range(1, len(names) + 2) if f"key-{n}" not in names)
        admin.add_key(db, name, secret=key, credits=credits)
    if accounts.find_key(db, key) is None:
        return "API key: the given one, which is disabled or whose user is banned."
    return "API key: the given one."


def _print(text: str) -> None:
    print(clean(text), flush=True)


async def serve(service: Service, listener: socket.socket) -> None:
    """Answer requests on the socket and run the service, until a signal."""
    server = Server(service)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Signals can be handled only in the main thread.
        with contextlib.suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, server.handle_exit, number, None)
    async with service:
        collect_for_requests()
        await server.serve(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn without its own logs, which trusts no proxy headers."""

    def __init__(self, service: Service) -> None:
        metrics = None
        if service.rules.metrics:
            from suno_tui.server.metrics import Metrics

            metrics = Metrics(service.store.read, lambda: service.render_queue.figures)
        most = protocol.max_connections()
        app = logs.RequestLog(
            make_app(service, metrics),
            metrics.count if metrics else None,
            stopping=lambda: self.should_exit,
        )
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=GRACE_SECONDS,
                http=protocol.BoundedProtocol,
                limit_concurrency=most,
                backlog=most,
            )
        )

    async def on_tick(self, counter: int) -> bool:
        """Close connections that are too slow. uvicorn calls this ten times a second."""
        protocol.end_late_connections(
            self.server_state.connections, asyncio.get_running_loop().time()
        )
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`, as uvicorn would raise them again before the service ends."""
        yield

"""The built-in provider put together: ledger, storage, engine and the application before them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from suno_tui.common.locks import Lock
from suno_tui.providers.catalog import MODELS
from suno_tui.server import accounts, ledger
from suno_tui.server.accounts import Network, Rates
from suno_tui.server.callbacks import DELAYS, Callbacks
from suno_tui.server.database import Database, Store
from suno_tui.server.render_process import MAKE
from suno_tui.server.render_queue import RenderQueue
from suno_tui.server.storage import Folder, Storage

if TYPE_CHECKING:
    import httpx
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

    from suno_tui.server.metrics import Metrics

log = logging.getLogger(__name__)

RESTART_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the owner of a service decides."""

    credits_per_task: int | None = None
    """The price of a task; None: what the catalogue says (24)."""
    rate: int | None = 600
    """Requests a minute for a key without a figure of its own; None or 0: no limit."""
    backlog: int = 1000
    """Accepted tasks that may wait or run at once; past it creates are refused (503); 0: no
    limit."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose `X-Forwarded-For` is believed."""
    public_url: str | None = None
    """How clients reach the service; unset: as each request names it."""
    private_callbacks: bool = False
    """Whether callbacks may go to private addresses."""
    rehearse: bool = False
    """Whether clients may ask for documented failures."""
    metrics: bool = False
    """Whether `/metrics` is served, to whoever asks: keep it from strangers at the proxy."""

    def price(self, model: str) -> int:
        if self.credits_per_task is not None:
            return self.credits_per_task
        return next((known.credits for known in MODELS if known.id == model), MODELS[0].credits)


class Service:
    """The API of `reference/suno-api.txt` on a folder.

    `async with service:` runs the engine (one engine a folder: a second one waits its turn);
    credits and queries are answered without it too. `make` names the function that makes a take,
    `clock` tells Unix seconds, `monotonic` those for rates.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 0,
        target_seconds: float | None = None,
        credits_per_task: int | None = None,
        rules: Rules | None = None,
        make: str = MAKE,
        storage: Storage | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        callback_delays: Sequence[float] = DELAYS,
    ) -> None:
        self.folder = folder
        self.rules = rules or Rules()
        if credits_per_task is not None:
            self.rules = replace(self.rules, credits_per_task=credits_per_task)
        self.clock = clock
        self.monotonic = monotonic
        self.store = Store(database_path(folder))
        self.storage: Storage = storage or Folder(folder / "files")
        self.rates = Rates(self.rules.rate)
        self.callbacks = Callbacks(
            self.store, clock=clock, delays=callback_delays, private=self.rules.private_callbacks
        )
        self.engine = RenderQueue(
            self.store,
            self.storage,
            workers=workers,
            make=make,
            target_seconds=target_seconds,
            clock=clock,
            ended=self.callbacks.wake,
        )
        self._lock = Lock(folder / "engine.lock")
        self._work: asyncio.Task[None] | None = None

    @cached_property
    def metrics(self) -> Metrics | None:
        """What is counted for Prometheus; None where that is off."""
        if not self.rules.metrics:
            return None
        from suno_tui.server.metrics import Metrics

        return Metrics(self)

    @cached_property
    def app(self) -> Starlette:
        """The application, for any ASGI server. It does not start the engine."""
        from suno_tui.server.app import make_app

        return make_app(self)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Requests of this process, as the owner: no key needed. Base URL `http://local`."""
        from suno_tui.server.in_process import OwnerTransport

        return OwnerTransport(self)

    async def as_owner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, asked by the owner; never to be served to others."""
        await self.app({**scope, "suno_tui.owner": True}, receive, send)

    async def cancel(self, task_id: str) -> bool:
        """End a live task at once: failed, and refunded. False where it has ended, or never was.

        For the owner in this process; the documented API has nothing like it.
        """
        message = "Music generation failed: cancelled by its owner"
        ended = await self.store.write(
            lambda db: ledger.fail(db, task_id, message, self.clock()),
        )
        self.engine.drop(task_id)
        return ended

    async def owner(self) -> accounts.Key:
        """The owner's key, made with the first use."""
        key = accounts.owner(self.store.read)
        if key is None:
            await self.store.write(lambda db: accounts.make_owner(db, self.clock()))
            key = accounts.owner(self.store.read)
        assert key is not None
        return key

    async def __aenter__(self) -> Service:
        """Raises `HomeError` and `DamagedFile` where the folder can't be used."""
        self.store.read.value("SELECT 1")
        self._work = asyncio.create_task(self._run(), name="local engine")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._work is not None
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work
        self._work = None
        self.close()

    async def _run(self) -> None:
        while not self._lock.acquire():  # noqa: ASYNC110 - the holder is another process
            await asyncio.sleep(0.5)
        try:
            while True:
                try:
                    async with asyncio.TaskGroup() as parts:
                        parts.create_task(self.engine.run())
                        parts.create_task(self.callbacks.run())
                except* Exception:
                    # A full disk, say. What was accepted is on disk and is taken up again.
                    log.exception("the engine stopped, and starts again in %s s", RESTART_SECONDS)
                    await asyncio.sleep(RESTART_SECONDS)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the files, where the engine does not run; the next use opens them again."""
        if self._work is None:
            self.store.close()


def database_path(folder: Path) -> Path:
    return folder / "service.sqlite"


def open_database(folder: Path) -> Database:
    """The books of a service, running or not; close them after use."""
    return Database(database_path(folder))

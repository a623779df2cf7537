"""The built-in provider without the network: ledger, storage, render queue and callbacks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from suno_tui.common.locks import Lock
from suno_tui.providers.tables.suno import MODELS, TAKES
from suno_tui.server import accounts, ledger
from suno_tui.server.accounts import Network, RateLimiter
from suno_tui.server.callbacks import DELAYS, Callbacks
from suno_tui.server.database import Database, Store
from suno_tui.server.render_process import MAKE
from suno_tui.server.render_queue import NewPool, RenderQueue
from suno_tui.server.storage import FolderStorage, Storage

log = logging.getLogger(__name__)

RESTART_SECONDS = 5

_PRICES = {known.id: known.credits for known in MODELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The options of a service that its owner sets."""

    credits_per_task: int | None = None
    """The price of a task; None: the price in the catalogue (24)."""
    rate: int | None = 600
    """Requests per minute for a key that has no rate; None or 0: no limit."""
    backlog: int = 1000
    """How many accepted tasks may wait or run before new ones are refused (503); 0: no limit."""
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies whose `X-Forwarded-…` headers are trusted."""
    public_url: str | None = None
    """The beginning of file URLs in responses; None: the address that the request was sent to."""
    origins: tuple[str, ...] = ()
    """Origins of web pages that may call the API from a browser (CORS), such as
    `https://app.example`, or `*`."""
    private_callbacks: bool = False
    """Whether callbacks may go to private addresses."""
    rehearse: bool = False
    """Whether clients may ask for documented failures."""
    metrics: bool = False
    """Whether `/metrics` is served. It needs no key, so the proxy has to protect it."""

    def price(self, model: str) -> int:
        """Return the price of a task in credits."""
        if self.credits_per_task is not None:
            return self.credits_per_task
        return _PRICES.get(model, MODELS[0].credits)


class Service:
    """The API of `docs/suno-api.txt`, on a folder.

    `async with service:` runs the render queue and the callbacks. Only one process at a time does
    so for a folder; others wait for it to end. Requests are answered without that as well. `make`
    names the function that makes a take; `clock` returns Unix seconds; `monotonic` returns the
    seconds for the rate limit.
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
        pool: NewPool | None = None,
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
        self.storage: Storage = storage or FolderStorage(folder / "files")
        self.rate_limiter = RateLimiter(self.rules.rate)
        self.callbacks = Callbacks(
            self.store, clock=clock, delays=callback_delays, private=self.rules.private_callbacks
        )
        self.render_queue = RenderQueue(
            self.store,
            self.storage,
            workers=workers,
            make=make,
            target_seconds=target_seconds,
            pool=pool,
            clock=clock,
            ended=self.callbacks.wake,
        )
        self._lock = Lock(folder / "engine.lock")
        self._work: asyncio.Task[None] | None = None

    @property
    def tasks_at_once(self) -> int:
        """How many tasks are made at the same time."""
        return -(-self.render_queue.at_once // TAKES)

    async def cancel(self, task_id: str) -> bool:
        """Fail and refund a live task at once; return False if it has ended or is not known.

        Only for the owner in this process, as the documented API can't cancel.
        """
        message = "Music generation failed: cancelled by its owner"
        ended = await self.store.write(
            lambda db: ledger.fail(db, task_id, message, self.clock()),
        )
        self.render_queue.drop(task_id)
        return ended

    async def owner(self) -> accounts.Key:
        """Return the owner's key; the first use creates it."""
        key = accounts.owner_key(self.store.read)
        if key is None:
            await self.store.write(lambda db: accounts.create_owner(db, self.clock()))
            key = accounts.owner_key(self.store.read)
        assert key is not None
        return key

    async def __aenter__(self) -> Service:
        """Start. Raises `HomeError` and `DamagedFile` if the folder can't be used."""
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
                        parts.create_task(self.render_queue.run())
                        parts.create_task(self.callbacks.run())
                except* Exception:
                    # For example, the disk is full. Accepted tasks are on disk, and begin again.
                    log.exception("the engine stopped, and is restarted in %s s", RESTART_SECONDS)
                    await asyncio.sleep(RESTART_SECONDS)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the files, unless the service runs; the next use opens them again."""
        if self._work is None:
            self.store.close()


def database_path(folder: Path) -> Path:
    return folder / "service.sqlite"


def open_database(folder: Path) -> Database:
    """Open the ledger of a service, running or not; the caller closes it."""
    return Database(database_path(folder))

"""Makes takes on a Dask cluster, in place of this machine's own processes (`RenderPool`).

The ledger stays the one truth. The cluster has only the takes that are being made or are next, so
whatever is lost there (a worker, the scheduler, the connection) is submitted again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.cluster_render import (
    TOPIC,
    engine_here,
    engine_of,
    render_remotely,
    resource_of,
)
from suno_tui.server.render_process import (
    EngineFailed,
    RenderedTake,
    RenderFailed,
    RenderRequest,
    Stopped,
)

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

SLOTS_PER_THREAD = 2
"""Takes in flight for each thread of the cluster: one that is made, and one that is next. More
would make cancelling and the turns of keys slow; fewer would leave a thread idle between two."""
LOOK_SECONDS = 1.0
"""How often to look at the workers."""
CONNECT_SECONDS = 5
_PREFIX = "take-"
MAX_DEATHS = 2
"""How often the scheduler may give a take up because its workers died (each time, as often as its
`allowed-failures` says) before the take is taken to be the cause."""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """A worker of the cluster; `engine` is None if it is none of suno-tui's. `cpu` in percent."""

    name: str
    host: str
    engine: str | None
    threads: int
    takes: int
    cpu: float
    memory: int


async def list_workers(client: Client) -> list[WorkerFacts]:
    """Return the workers that the scheduler has, by host and name."""
    found = await client.scheduler.identity(n_workers=-1)
    workers = [
        WorkerFacts(
            name=clean(str(each["name"])),
            host=clean(str(each["host"])),
            engine=engine_of(each["resources"]),
            threads=each["nthreads"],
            takes=int(each["metrics"].get("task_counts", {}).get("executing", 0)),
            cpu=float(each["metrics"].get("cpu", 0.0)),
            memory=int(each["metrics"].get("memory", 0)),
        )
        for each in found["workers"].values()
    ]
    return sorted(workers, key=lambda each: (each.host, each.name))


async def connect(address: ClusterAddress) -> Client:
    """Connect to the scheduler. Raises `OSError`."""
    from distributed import Client

    # Its import has set this up. What it would say of lost connections is said here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    client: Client = await Client(
        address.url,
        security=address.security(),
        asynchronous=True,
        set_as_default=False,
        timeout=CONNECT_SECONDS,
        name="suno-tui-serve",
    )
    return client


class NoScheduler(StudioError):
    """Nothing answers at the scheduler's address, or its certificates do not fit."""

    title = "The cluster does not answer"
    code = "no_scheduler"
    exit_code = 4


def workers_of(address: ClusterAddress) -> list[WorkerFacts]:
    """Return the workers of a cluster. Raises `NoScheduler`."""

    async def ask() -> list[WorkerFacts]:
        client = await connect(address)
        try:
            return await list_workers(client)
        finally:
            await client.close()

    try:
        return asyncio.run(ask())
    except OSError as error:
        raise NoScheduler(
            f"There is no scheduler at {address.url}, or it does not accept the certificates. "
            "Is `dask scheduler` running there?"
        ) from error


class ClusterPool:
    """Makes takes on the workers that have this machine's engine. Belongs to one event loop.

    `resize` gets the number of takes that may be in flight whenever it changes. `patience`: seconds
    without news of a take after which it has failed.
    """

    def __init__(
        self,
        address: ClusterAddress,
        resize: Callable[[int], None],
        *,
        patience: float = 900,
    ) -> None:
        self.slots = 0
        self.retries = 0
        self.workers = 0
        self._address = address
        self._resize = resize
        self._patience = patience
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._progress: dict[str, float] = {}
        self._news: dict[str, float] = {}
        self._refused: set[str] = set()
        self._engine = ""
        self._closing = False
        self._results: set[asyncio.Future[RenderedTake]] = set()
        self._watching = asyncio.create_task(self._watch(), name="cluster")

    async def make(
        self, request: RenderRequest, started: Callable[[Callable[[], float]], Awaitable[None]]
    ) -> RenderedTake:
        """Make a take, and submit it again until the cluster has made it. See `RenderPool.make`."""
        attempt = deaths = 0
        await started(lambda: self._progress.get(request.id, 0.0))
        try:
            while True:
                await self._connected.wait()
                if self._closing:
                    raise Stopped
                try:
                    return await self._once(request, attempt)
                except _Died:
                    deaths += 1
                    if deaths == MAX_DEATHS:
                        raise RenderFailed("the process that made it ended unexpectedly") from None
                except _Lost as why:
                    log.warning("a take is submitted again: %s", why)
                attempt += 1
                self.retries += 1
                # The connection may be gone, and nobody has noticed yet.
                await asyncio.sleep(LOOK_SECONDS / 10)
        finally:
            self._progress.pop(request.id, None)
            self._news.pop(request.id, None)

    async def _once(self, request: RenderRequest, attempt: int) -> RenderedTake:
        from distributed import KilledWorker

        client = self._client
        if client is None:
            raise _Lost("the scheduler is away")
        loop = asyncio.get_running_loop()
        self._news[request.id] = loop.time()
        future: Future[RenderedTake] = client.submit(
            render_remotely,
            request,
            # A take that is submitted again must not meet what is left of its last time. By the
            # part before the id, Dask learns how long takes last, and spreads them evenly.
            key=f"{_PREFIX}{request.id}.{attempt}",
            pure=False,
            resources={resource_of(self._engine): 1},
            fifo_timeout=0,
        )
        result = asyncio.ensure_future(_result(future))
        self._results.add(result)
        try:
            while not (await asyncio.wait([result], timeout=LOOK_SECONDS))[0]:
                if loop.time() - self._news[request.id] > self._patience and self.slots:
                    raise RenderFailed(f"nothing was heard of it for {self._patience:.0f} s")
            if result.cancelled():
                raise Stopped
            return result.result()
        except (RenderFailed, asyncio.CancelledError):
            raise
        except KilledWorker:
            raise _Died from None
        except Stopped:
            if self._closing:
                raise
            raise _Lost("its worker stopped") from None
        except Exception as error:
            if future.status == "error":  # the take itself raised it: it would do so again
                raise EngineFailed(type(error).__name__) from None
            raise _Lost(f"{type(error).__name__} on the cluster") from None
        finally:
            self._results.discard(result)
            result.cancel()
            with suppress(Exception):
                future.release()

    async def close(self) -> None:
        """Give up all takes in flight, which raise `Stopped`, and leave the cluster."""
        self._closing = True
        for result in self._results:
            result.cancel()
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._leave()
        self._connected.set()

    async def _leave(self) -> None:
        client, self._client = self._client, None
        self._connected.clear()
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(LOOK_SECONDS):
                    await client.close(timeout=LOOK_SECONDS)

    async def _watch(self) -> None:
        """Keep the connection, and look at the workers, until cancelled."""
        self._engine = await asyncio.to_thread(engine_here)
        away = False
        while True:
            try:
                if self._client is None:
                    self._client = await connect(self._address)
                    self._client.subscribe_topic(TOPIC, self._hear)
                    log.info("connected to the cluster: %s", self._address.url)
                async with asyncio.timeout(CONNECT_SECONDS):
                    workers = await list_workers(self._client)
                away = False
                self._see(workers)
                self._connected.set()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if not away:
                    log.warning(
                        "the cluster's scheduler at %s is away (%s): tasks wait",
                        *(self._address.url, type(error).__name__),
                    )
                away = True
                self._see([])
                await self._leave()
            await asyncio.sleep(LOOK_SECONDS)

    def _see(self, workers: list[WorkerFacts]) -> None:
        for each in workers:
            if each.engine != self._engine and each.name not in self._refused:
                self._refused.add(each.name)
                has = f"has the engine {each.engine}" if each.engine else "is none of suno-tui's"
                log.warning(
                    "the worker %s on %s is not used: it %s, and this server has %s",
                    *(each.name, each.host, has, self._engine),
                )
        able = sum(each.threads for each in workers if each.engine == self._engine)
        if able != self.workers:
            log.info("%s render workers", able)
            self.workers, self.slots = able, SLOTS_PER_THREAD * able
            self._resize(self.slots)

    def _hear(self, event: tuple[float, Any]) -> None:
        """Note the progress of a take; other servers on the cluster have takes of their own."""
        key, fraction = event[1]
        take = str(key).removeprefix(_PREFIX).partition(".")[0]
        if take in self._news:
            self._progress[take] = max(self._progress.get(take, 0.0), float(fraction))
            self._news[take] = asyncio.get_running_loop().time()


async def _result(future: Future[RenderedTake]) -> RenderedTake:
    made: RenderedTake = await future
    return made


class _Lost(Exception):
    """The take has to be submitted again; the text says why."""


class _Died(Exception):
    """The workers that made the take died, and the scheduler gave it up."""

"""Makes takes on a Dask cluster, instead of in this machine's own processes (`RenderPool`).

The ledger remains the only source of truth. The cluster has only the takes that are being made or
are next; takes that are lost there (with a render worker, the scheduler or the connection) are
submitted again.
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
    place_of,
)

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

TURNS_PER_THREAD = 2
"""Takes in flight per thread of the cluster: one that is made, and one that is next. More would
slow down cancelling and the turns of keys; fewer would leave a thread idle between two takes."""
LOOK_SECONDS = 1.0
"""How often to check the render workers."""
ANSWER_SECONDS = 5.0
"""How long the scheduler may take to answer before the log says that it is slow."""
CONNECT_SECONDS = 5
_PREFIX = "take-"
_NAMELESS = "a render worker"
"""The name of a render worker whose events do not contain its name."""
MAX_DEATHS = 2
"""How often the scheduler may give up a take because its workers died (each time after as many
deaths as its `allowed-failures` says) before the take counts as the cause."""


@dataclass(frozen=True, slots=True)
class RenderWorker:
    """A render worker; `engine` is None if suno-tui did not start it. `cpu` in percent."""

    name: str
    host: str
    engine: str | None
    threads: int
    takes: int
    cpu: float
    memory: int


async def list_render_workers(client: Client) -> list[RenderWorker]:
    """Return the scheduler's render workers, sorted by host and name."""
    found = await client.scheduler.identity(n_workers=-1)
    workers = [
        RenderWorker(
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

    # The import set up loggers. Silence them, as lost connections are logged here.
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
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
    """There is no answer at the scheduler's address, or the certificates don't match."""

    title = "The cluster does not answer"
    code = "no_scheduler"
    exit_code = 4


def render_workers_of(address: ClusterAddress) -> list[RenderWorker]:
    """Return the render workers of a cluster. Raises `NoScheduler`."""

    async def ask() -> list[RenderWorker]:
        client = await connect(address)
        try:
            return await list_render_workers(client)
        finally:
            await client.close()

    try:
        return asyncio.run(ask())
    except OSError as error:
        raise NoScheduler(
            f"There is no scheduler at {address.url}, or it does not accept the certificates. "
            "Is `dask scheduler` running there?"
        ) from error


@dataclass(slots=True)
class _Making:
    """A take in flight: its progress from 0 to 1, and the loop time of its last event.

    `key` is Dask's key for this attempt; `by` is the name of the render worker that makes the take,
    or None while it waits for one.
    """

    key: str = ""
    progress: float = 0.0
    by: str | None = None
    news_at: float = 0.0


class ClusterPool:
    """Makes takes on the render workers that have this machine's engine. Belongs to one event loop.

    `resize` is called with the number of takes that may be in flight whenever it changes. A take
    that is being made fails after `patience` seconds without an event.
    """

    def __init__(
        self,
        address: ClusterAddress,
        resize: Callable[[int], None],
        *,
        patience: float = 900,
    ) -> None:
        self.turns = 0
        self.retries = 0
        self.at_once = 0
        self._address = address
        self._resize = resize
        self._patience = patience
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._makings: dict[str, _Making] = {}
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
        making = self._makings[request.id] = _Making()
        try:
            await started(lambda: making.progress)
            while True:
                await self._connected.wait()
                if self._closing:
                    raise Stopped
                try:
                    return await self._once(request, making, attempt)
                except _Died:
                    deaths += 1
                    if deaths == MAX_DEATHS:
                        raise RenderFailed("the process that made it ended unexpectedly") from None
                except _Lost as why:
                    log.warning("a take is submitted again: %s", why)
                attempt += 1
                self.retries += 1
                await asyncio.sleep(LOOK_SECONDS / 10)
        finally:
            del self._makings[request.id]

    async def _once(self, request: RenderRequest, making: _Making, attempt: int) -> RenderedTake:
        from distributed import CancelledError, KilledWorker

        client = self._client
        if client is None:
            raise _Lost("the scheduler is away")
        loop = asyncio.get_running_loop()
        # A new key for each attempt, as remains of the last one may still exist. From the prefix
        # Dask learns how long takes last, and spreads them evenly.
        making.key, making.by = f"{_PREFIX}{request.id}.{attempt}", None
        future: Future[RenderedTake] = client.submit(
            render_remotely,
            request,
            key=making.key,
            pure=False,
            resources={resource_of(self._engine): 1},
            fifo_timeout=0,
        )
        result = asyncio.ensure_future(_result(future))
        self._results.add(result)
        try:
            while not (await asyncio.wait([result], timeout=LOOK_SECONDS))[0]:
                if making.by is not None and loop.time() - making.news_at > self._patience:
                    raise RenderFailed(f"it made no progress for {self._patience:.0f} s")
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
            raise _Lost("its render worker stopped") from None
        except Exception as error:
            if future.status == "error":  # the take itself raised it, and would do so again
                raise EngineFailed(type(error).__name__) from None
            if isinstance(error, CancelledError | OSError):
                # Submit nothing before the next check, as it would be lost the same way.
                self._connected.clear()
                raise _Lost("the connection to the scheduler broke") from None
            raise _Lost(f"{type(error).__name__} on the cluster") from None
        finally:
            self._results.discard(result)
            result.cancel()
            with suppress(Exception):
                future.release()

    async def close(self) -> None:
        """Give up all takes in flight, which raise `Stopped`, and disconnect from the cluster."""
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
        """Keep the connection and check the render workers, until cancelled."""
        trouble = ""
        while True:
            before, trouble, why = trouble, "", ""
            try:
                await self._check_workers()
            except Exception as error:
                trouble, why = await self._handle_trouble(error), _why(error)
            if trouble and trouble != before:
                log.warning("the cluster at %s: %s (%s)", self._address.url, trouble, why)
            elif before and not trouble:
                log.info("the cluster at %s can be used again", self._address.url)
            await asyncio.sleep(LOOK_SECONDS)

    async def _handle_trouble(self, error: Exception) -> str:
        """Disconnect, unless the scheduler is only slow. Return what is wrong, for the log."""
        # If the connection broke, Dask needs a moment to notice it too.
        await asyncio.sleep(LOOK_SECONDS / 10)
        client = self._client
        if client is not None and client.status == "running" and isinstance(error, OSError):
            # The scheduler still has the takes, but no events can come.
            for making in self._makings.values():
                making.news_at = asyncio.get_running_loop().time()
            return "its scheduler answers late; takes in flight go on"
        self._use([])
        await self._leave()
        if not self._engine:
            return "this machine's engine can't be read; tasks wait"
        if not isinstance(error, OSError):
            return "its answer was not understood; tasks wait"
        return "its scheduler is away; tasks wait"

    async def _check_workers(self) -> None:
        """Connect if necessary, and list the render workers."""
        if not self._engine:
            self._engine = await asyncio.to_thread(engine_here)
        if self._client is None:
            self._client = await connect(self._address)
            log.info("connected to the cluster: %s", self._address.url)
        # Each time, as Dask may have reconnected by itself, which ends the subscription.
        self._client.subscribe_topic(TOPIC, self._receive)
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await list_render_workers(self._client)
        self._use(found)
        self._connected.set()

    def _use(self, found: list[RenderWorker]) -> None:
        """Use those of the render workers that have this machine's engine."""
        for each in found:
            if each.engine != self._engine and each.name not in self._refused:
                self._refused.add(each.name)
                has = f"has the engine {each.engine}" if each.engine else "is not suno-tui's"
                log.warning(
                    "the render worker %s on %s is not used: it %s, and this server has %s",
                    *(each.name, each.host, has, self._engine),
                )
        names = {each.name for each in found}
        for making in self._makings.values():
            if making.by not in (_NAMELESS, *names):  # another render worker will make it
                making.by = None
        able = sum(each.threads for each in found if each.engine == self._engine)
        if able != self.at_once:
            log.info("render workers that can be used: %s", able)
            self.at_once, self.turns = able, TURNS_PER_THREAD * able
            self._resize(self.turns)

    def _receive(self, event: tuple[float, Any]) -> None:
        """Note the progress of a take, if it is one of this server's."""
        key, fraction, *by = event[1]
        take = str(key).removeprefix(_PREFIX).partition(".")[0]
        making = self._makings.get(take)
        if making is not None and making.key == key:
            making.progress = max(making.progress, float(fraction))
            making.by = clean(str(by[0])) if by else _NAMELESS
            making.news_at = asyncio.get_running_loop().time()


def _why(error: Exception) -> str:
    """Return what went wrong; for a bug, with its place in the code."""
    if isinstance(error, OSError | StudioError):
        return type(error).__name__
    return place_of(error)


async def _result(future: Future[RenderedTake]) -> RenderedTake:
    made: RenderedTake = await future
    return made


class _Lost(Exception):
    """The take has to be submitted again; the text says why."""


class _Died(Exception):
    """The render workers that made the take died, and the scheduler gave it up."""

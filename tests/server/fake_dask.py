"""A Dask client that does what a test says, in place of a scheduler."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from suno_tui.server.cluster_render import TOPIC, resource_of

ENGINE = "engine 1"


class FakeFuture:
    """A take on the cluster; the test sets `done`."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.status = "pending"
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __await__(self) -> Generator[Any, None, Any]:
        return self.done.__await__()

    def release(self) -> None:
        self.status = "released"


class FakeDask:
    """Scheduler and client in one.

    While `late` it does not answer; while `unreachable` no new connection can be made. `looks`
    counts how often it was asked.
    """

    def __init__(self) -> None:
        self.status = "running"
        self.late = self.unreachable = False
        self.looks = 0
        self.render_workers = ["one"]
        self.submitted: list[FakeFuture] = []
        self.closed = 0
        self._subscribed: dict[str, Callable[[Any], None]] = {}
        self.scheduler = self

    async def connect(self, _: object) -> FakeDask:
        self.status = "running"
        return self

    async def identity(self, n_workers: int) -> dict[str, Any]:
        self.looks += 1
        if self.unreachable:
            raise OSError("Timed out trying to connect")
        if self.late:
            await asyncio.Event().wait()
        each = {"host": "host", "nthreads": 1, "resources": {resource_of(ENGINE): 1}, "metrics": {}}
        return {"workers": {name: {"name": name, **each} for name in self.render_workers}}

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        self._subscribed[topic] = handler

    def forget_topics(self) -> None:
        """Do as a scheduler to which Dask has connected again by itself."""
        self._subscribed.clear()

    def submit(self, *_: object, key: str, **__: object) -> FakeFuture:
        self.submitted.append(FakeFuture(key))
        return self.submitted[-1]

    def tell(self, future: FakeFuture, fraction: float, name: str = "one") -> None:
        """Send news of a take to whoever is subscribed."""
        if handler := self._subscribed.get(TOPIC):
            handler((0.0, [future.key, fraction, name]))

    async def close(self, **_: object) -> None:
        self.closed += 1
        self.status = "closed"
        for future in self.submitted:
            if not future.done.done():
                future.done.set_exception(OSError())

"""A Starlette app on the loopback, in a thread, with faults (`tests.fake_provider.Fault`)."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import defaultdict, deque
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.fake_provider import KEY, Fault


class Served:
    """A fake server: use it as a context manager; `url` is its base URL.

    `faults[kind]` happen one after the other and `always[kind]` until it is removed; the kinds are
    those of `kind_of`. While `awake` is cleared, connections are accepted and nothing is answered.
    """

    dialect = ""
    port = 0
    """0: any that is free."""

    def __init__(self) -> None:
        self.key: str | None = KEY
        self.faults: dict[str, deque[Fault | None]] = defaultdict(deque)
        self.always: dict[str, Fault] = {}
        self.requests: list[tuple[float, str, str, dict[str, str]]] = []
        self.lock = threading.RLock()
        self.arrived = threading.Condition(self.lock)
        self.awake = threading.Event()
        self.awake.set()

    def routes(self) -> Starlette:
        raise NotImplementedError

    def kind_of(self, method: str, path: str) -> str:
        raise NotImplementedError

    def __enter__(self) -> Self:
        listener = socket.socket()
        listener.bind(("127.0.0.1", self.port))
        listener.listen()  # from now on, who connects waits until the server runs
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            _Faulty(self.routes(), self),
            log_level="critical",
            http="h11",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.awake.set()
        self._server.should_exit = True
        self._thread.join()

    def seen(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        return sum(self.kind_of(method, path) == kind for _, method, path, _ in self.requests)

    def authorized(self, headers: Any) -> bool:
        given = headers.get("authorization", "")
        return self.key is None or given in (f"Bearer {self.key}", self.key)


class _Faulty:
    """Notes each request, and gives the fault in place of the answer."""

    def __init__(self, app: ASGIApp, fake: Served) -> None:
        self.app = app
        self.fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fake = self.fake
        path = scope["path"]
        kind = fake.kind_of(scope["method"], path)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        with fake.arrived:
            fake.requests.append((time.monotonic(), scope["method"], path, headers))
            scripted = fake.faults[kind]
            fault = scripted.popleft() if scripted else fake.always.get(kind)
        while not fake.awake.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        transport = send.__self__.transport  # type: ignore[attr-defined]  # of uvicorn's cycle
        if fault is None or fault.accept or fault.usual or fault.cut is not None:
            await self.app(scope, receive, keep)
        with fake.arrived:
            fake.arrived.notify_all()
        if fault is None or fault.usual:
            while fault and fault.until and not fault.until.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await asyncio.sleep(fault.delay if fault else 0)
            for message in sent:
                await send(message)
        elif fault.drop:
            transport.abort()
        elif fault.cut is not None:
            await send(sent[0])
            body = b"".join(message.get("body", b"") for message in sent[1:])
            await send({"type": "http.response.body", "body": body[: fault.cut], "more_body": True})
            transport.close()
        else:
            raw = fault.body if isinstance(fault.body, bytes) else json.dumps(fault.body).encode()
            answer = Response(raw, fault.status, fault.headers, media_type="application/json")
            await answer(scope, receive, send)

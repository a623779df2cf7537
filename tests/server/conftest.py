"""A service behind a real socket, with an engine that takes no time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.server import admin
from suno_tui.server.database import Database
from suno_tui.server.serve import Server, listen
from suno_tui.server.service import Service, open_database
from tests.server import fakes

SIMPLE: dict[str, Any] = {"model": "suno-v5_5", "input": {"prompt": "A calm piano track"}}
SUMMER: dict[str, Any] = {
    "model": "suno-v5_5",
    "input": {
        "custom_mode": True,
        "instrumental": False,
        "title": "Summer Nights",
        "style": "Pop, Indie",
        "vocal_gender": "f",
        "prompt": "[Verse]\nWalking down the empty street",
    },
}


def titled(title: str, path: Path | None = None, **others: Any) -> dict[str, Any]:
    """Return a custom song; its title, and for some a path, control the fake engine."""
    sent = {"custom_mode": True, "instrumental": True, "title": title, "style": "Pop"}
    if path is not None:
        sent["negative_tags"] = str(path)
    return {"model": "suno-v5", "input": sent, **others}


def waiting_for(path: Path) -> dict[str, Any]:
    """Return a song whose making waits for this file."""
    return titled("wait for it", path)


class Running:
    """A service on a port, with the actions of its owner."""

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        self.url = f"http://127.0.0.1:{port}"
        self.loop: asyncio.AbstractEventLoop | None = None
        self._clients: list[httpx.Client] = []

    def admin(self) -> contextlib.closing[Database]:
        return contextlib.closing(open_database(self.service.folder))

    def key(
        self,
        credits: int = 10_000,
        *,
        name: str | None = None,
        limits: dict[str, Any] | None = None,
    ) -> str:
        with self.admin() as db:
            name = name or f"key {len(admin.list_keys(db))}"
            return admin.add_key(db, name, credits=credits, limits=admin.Limits(**(limits or {})))

    def cancel(self, task_id: str) -> bool:
        """Cancel a task as its owner does, in the service's loop."""
        assert self.loop is not None
        done = asyncio.run_coroutine_threadsafe(self.service.cancel(task_id), self.loop)
        return done.result(20)

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """Return a client with this key, by default a new one."""
        headers = {"Authorization": f"Bearer {key or self.key()}", **headers}
        self._clients.append(httpx.Client(base_url=self.url, headers=headers, trust_env=False))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextlib.contextmanager
def running(service: Service) -> Iterator[Running]:
    """Serve on a free port in a thread, and run the service."""
    listener = listen("127.0.0.1", 0)
    server = Server(service)

    served = Running(service, listener.getsockname()[1])

    async def serve() -> None:
        async with service:
            served.loop = asyncio.get_running_loop()
            await server.serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        until(lambda: server.started)
        yield served
    finally:
        served.close()
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive(), "the service does not stop"


def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """Return the value of `true()` as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not become true in time")


def ended(client: httpx.Client, task_id: str, seconds: float = 20) -> dict[str, Any]:
    """Wait for the end of a task, and return its body."""

    def poll() -> dict[str, Any] | None:
        body: dict[str, Any] = client.get(f"/v1/tasks/{task_id}").json()
        return body if body["status"] in ("completed", "failed") else None

    found: dict[str, Any] = until(poll, seconds)
    return found


def create(client: httpx.Client, body: Any = SIMPLE, **headers: str) -> str:
    """Create a task, and return its id."""
    answer = client.post("/v1/music/generations", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    task_id: str = answer.json()["data"]["taskId"]
    return task_id


class Clock:
    """The service's clock: the real time plus the seconds that a test adds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Running]:
    """One service for all tests of a file; each test has keys of its own."""
    folder: Path = tmp_path_factory.mktemp("service")
    service = Service(folder, workers=2, make=fakes.MAKE, clock=clock, monotonic=clock.monotonic)
    with running(service) as served:
        yield served


@pytest.fixture
def client(served: Running) -> httpx.Client:
    return served.client()

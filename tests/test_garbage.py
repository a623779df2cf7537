"""A process that stays collects garbage more often than one that only starts."""

from __future__ import annotations

import contextlib
import gc
import math
import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest

from suno_tui.common.garbage import collect_seldom
from suno_tui.tasks.patience import Outcome
from suno_tui.worker.process import run_until_signal
from suno_tui.worker.worker import Worker

MOST = 100_000
"""New objects after which all are looked at."""


@pytest.fixture(autouse=True)
def start() -> Iterator[None]:
    before = gc.get_threshold()
    collect_seldom()
    assert math.prod(gc.get_threshold()) > MOST
    yield
    gc.set_threshold(*before)


async def test_the_worker() -> None:
    class Work:
        def stop(self) -> None: ...

        async def run(self, **_: object) -> Outcome:
            assert math.prod(gc.get_threshold()) <= MOST
            return Outcome.DONE

    assert await run_until_signal(cast(Worker, Work())) is Outcome.DONE


async def test_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from suno_tui.server import serve

    class Server:
        def __init__(self, service: object) -> None: ...

        def handle_exit(self, *_: object) -> None: ...

        async def serve(self, **_: object) -> None:
            assert math.prod(gc.get_threshold()) <= MOST

    monkeypatch.setattr(serve, "Server", Server)
    with socket.socket() as listener:
        service: Any = contextlib.nullcontext()
        await serve.serve(service, listener)

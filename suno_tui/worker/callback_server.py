"""The callback receiver: a provider calls when a task has ended (`work --callback-listen`).

A callback is never trusted: a running task is polled sooner, and a song whose answer was lost gets
the callback's id only if the provider, asked with our own key, knows that id. Polling continues in
any case. Imported late, as it needs uvicorn.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import uvicorn

from suno_tui.common.errors import StudioError
from suno_tui.worker.callback_hints import CallbackAddress, Hint

log = logging.getLogger("suno_tui.worker")

MOST_BODY = 256 * 1024
"""Bytes; the examples of the API's documentation have a few kilobytes, including lyrics."""
BODY_SECONDS = 10.0
AT_ONCE = 64
NONCE = re.compile(r"[0-9a-f]{32}")
TASK_ID = re.compile(r"[\w.:-]{1,200}")

FollowHint = Callable[[str, str], Awaitable[Hint]]
"""Takes the nonce of the path and the provider's id of the task; returns the result."""

_STATUS = {Hint.UNKNOWN: 404, Hint.HANDLED: 200, Hint.LATER: 503}


class CannotListen(StudioError):
    """The address is in use, or not one of this machine."""

    title = "Can't listen for callbacks there"
    code = "listen"
    exit_code = 2


@contextlib.asynccontextmanager
async def receiver(address: CallbackAddress, follow: FollowHint) -> AsyncIterator[int]:
    """Listen inside the block; yield the port, which the system chose if it was 0.

    Raises `CannotListen`.
    """
    try:
        listener = _listen(address.host, address.port)
    except OSError as error:
        raise CannotListen(
            f"{address.host}:{address.port}: {error.strerror or error}. Give --callback-listen "
            "another address."
        ) from error
    server = _Server(_application(follow))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="callbacks")
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=AT_ONCE)


class _Server(uvicorn.Server):
    """uvicorn without its log and without its signal handlers, as the worker has its own."""

    def __init__(self, application: Any) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                http="h11",
                limit_concurrency=AT_ONCE,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=1,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _application(follow: FollowHint) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        status = await _answer(scope, receive, follow)
        empty = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": empty})
        await send({"type": "http.response.body", "body": b""})

    return application


async def _answer(scope: Any, receive: Any, follow: FollowHint) -> int:
    """Return the HTTP status; the caller gets nothing else."""
    nonce = scope["path"].rstrip("/").rpartition("/")[2]
    if not NONCE.fullmatch(nonce):
        return 404
    if scope["method"] != "POST":
        return 405
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(receive)
    except TimeoutError:
        return 408
    if body is None:
        return 413
    task_id = _task_id(dict(scope["headers"]), body)
    if task_id is None:
        return 400
    try:
        return _STATUS[await follow(nonce, task_id)]
    except Exception:
        # Polling continues, and the provider calls again.
        log.exception("a callback could not be followed")
        return 503


async def _read(receive: Any) -> bytes | None:
    """Return the body; None if it is too long or its sender went away."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MOST_BODY:
            return None
        if not message.get("more_body"):
            return body


def _task_id(headers: dict[bytes, bytes], body: bytes) -> str | None:
    """Return the provider's id, from the body (as in a poll's answer) or from `X-Task-Id`."""
    found: object = None
    with contextlib.suppress(ValueError, RecursionError):
        table = json.loads(body)
        if isinstance(table, dict):
            inner = table.get("data")
            inner = inner if isinstance(inner, dict) else {}
            found = table.get("id") or inner.get("id") or inner.get("task_id")
    if not isinstance(found, str):
        found = headers.get(b"x-task-id", b"").decode("latin-1")
    return found if TASK_ID.fullmatch(found) else None

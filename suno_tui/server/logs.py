"""The server's log: one JSON object per line, without keys, lyrics and secret file names."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

CountRequest = Callable[[str, str, int, float], None]

_EXTRAS = ("task", "key", "method", "path", "status", "ms", "address")


class JsonLines(logging.Formatter):
    """Formats time, level, message, and the known extras of a record."""

    def format(self, record: logging.LogRecord) -> str:
        extras = {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            extras["trace"] = self.formatException(record.exc_info)
        return _line(record.created, record.levelname.lower(), record.getMessage(), extras)


def _line(created: float, level: str, message: str, extras: dict[str, object]) -> str:
    seconds = int(created)
    at = f"{_second(seconds)}.{int((created - seconds) * 1000):03}+00:00"
    # ASCII only, so that control characters are escaped and a record stays on one line. Written by
    # hand, as setting up an encoder takes longer than encoding a line.
    rest = "".join([f', "{name}": {_json(value)}' for name, value in extras.items()])
    return f'{{"time": "{at}", "level": "{level}", "message": {_quoted(message)}{rest}}}'


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def _json(value: object) -> str:
    kind = type(value)
    if kind is str:
        return _quoted(value)  # type: ignore[arg-type]
    return repr(value) if kind is int or kind is float else json.dumps(value, default=repr)


_quoted = json.encoder.encode_basestring_ascii


KEPT_SECONDS = 0.02
"""How long a line waits for others; a server that is killed loses as much of its log."""


class Batched(logging.StreamHandler[TextIO]):
    """Writes what an event loop logs in `KEPT_SECONDS` together: a write costs more than a line.

    What other threads log is written at once, and so is everything from warnings up.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for a moment, or write it. The handler's lock is held."""
        try:
            self.keep(self.format(record))
            if record.levelno > logging.INFO or asyncio._get_running_loop() is None:
                self.flush()
        except Exception:
            self.handleError(record)

    def keep(self, line: str) -> None:
        """Keep a line; the loop that runs in this thread will write it."""
        self._lines.append(line)
        if len(self._lines) == 1 and (loop := asyncio._get_running_loop()) is not None:
            loop.call_later(KEPT_SECONDS, self.flush)

    def flush(self) -> None:
        """Write the kept lines."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join((*lines, "")))
            super().flush()
        finally:
            self.release()


def set_up(level: int = logging.INFO) -> None:
    """Log to stderr. Call it once, in the server's own process."""
    global _handler
    handler = _handler = Batched(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("suno_tui", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


_handler: Batched | None = None


def info(message: str, **extras: object) -> None:
    """Log a line from the event loop without a log record, which would take five times as long."""
    if _handler is None or not log.isEnabledFor(logging.INFO):
        log.info(message, extra=extras)
        return
    _handler.keep(_line(time.time(), "info", message, extras))


class RequestLog:
    """Logs each request's method, path, status and milliseconds; never a header or a body.

    `count(method, path, status, seconds)` is called for each as well. While `stopping()` is true,
    each response closes its connection; uvicorn does so only for connections that existed when the
    signal to stop came.
    """

    def __init__(
        self,
        app: ASGIApp,
        count: CountRequest | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._count = count
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._stopping():
                    headers = [*message["headers"], (b"connection", b"close")]
                    message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            path, seconds = scope["path"], time.perf_counter() - begun
            if self._count is not None:
                self._count(scope["method"], path, status, seconds)
            info(
                "request",
                method=scope["method"],
                # Only its secret name protects a file.
                path="/files/…" if path.startswith("/files/") else path[:200],
                status=status,
                ms=round(seconds * 1000, 1),
                address=(scope.get("client") or ("",))[0],
            )

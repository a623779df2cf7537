"""The server's log: one JSON object a line, with no key, no lyrics, and no secret file name."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

CountRequest = Callable[[str, str, int, float], None]

_EXTRAS = ("task", "key", "method", "path", "status", "ms", "address")


class JsonLines(logging.Formatter):
    """Formats time, level, message, and the known extras of a record."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        # ASCII only: control characters from outside are escaped, and a record stays one line.
        return json.dumps(entry, default=repr)


def set_up(level: int = logging.INFO) -> None:
    """Log to stderr. Call it once, in the server's own process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("suno_tui", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


class RequestLog:
    """Logs each request's method, path, status and milliseconds; never a header or a body.

    `count(method, path, status, seconds)` is called for each, too.
    """

    def __init__(self, app: ASGIApp, count: CountRequest | None = None) -> None:
        self._app = app
        self._count = count

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
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            path, seconds = scope["path"], time.perf_counter() - begun
            if self._count is not None:
                self._count(scope["method"], path, status, seconds)
            facts = {
                "method": scope["method"],
                # The name is all that protects a file from others.
                "path": "/files/…" if path.startswith("/files/") else path[:200],
                "status": status,
                "ms": round(seconds * 1000, 1),
                "address": (scope.get("client") or ("",))[0],
            }
            log.info("request", extra=facts)

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

Note = Callable[[str, str, int, float], None]

_EXTRAS = ("task", "key", "method", "path", "status", "ms", "address")


class JsonLines(logging.Formatter):
    """Time, level and message, and the facts that were given with it."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        # ASCII only: whatever came from outside is escaped, and a line stays a line.
        return json.dumps(entry, default=repr)


def set_up(level: int = logging.INFO) -> None:
    """Log to stderr. Called once, by the server's own process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("suno_tui", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


class RequestLog:
    """Logs each request's method, path, status and milliseconds; never a header or a body.

    `note(method, path, status, seconds)` counts it, too.
    """

    def __init__(self, app: ASGIApp, note: Note | None = None) -> None:
        self._app = app
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            path, seconds = scope["path"], time.perf_counter() - begun
            if self._note is not None:
                self._note(scope["method"], path, status, seconds)
            facts = {
                "method": scope["method"],
                # A file's name is the only thing that keeps it from others.
                "path": "/files/…" if path.startswith("/files/") else path[:200],
                "status": status,
                "ms": round(seconds * 1000, 1),
                "address": (scope.get("client") or ("",))[0],
            }
            log.info("request", extra=facts)

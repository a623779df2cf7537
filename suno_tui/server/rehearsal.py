"""Documented failures on request, for the authors of clients. Off by default.

A client asks for a failure with the header `X-Rehearse: WORD`, or for a new task also with
`[rehearse: WORD]` in its title. WORD is an error code of the API, with which the request is
refused, or for a new task:

    fail              the task fails and is refunded
    slow              the task begins only after `SLOW_SECONDS`
    lost-answer       the task is accepted and charged, and the connection breaks before the answer
    broken-download   each file breaks off half way, unless a `Range` is requested
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import Response

from suno_tui.providers.suno.wire import ERRORS
from suno_tui.server.answers import json_response
from suno_tui.server.ledger import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

HEADER = "x-rehearse"
FAIL, SLOW, LOST, BROKEN = "fail", "slow", "lost-answer", "broken-download"
TASK_WORDS = (FAIL, SLOW, LOST, BROKEN)
SLOW_SECONDS = 20
RETRY_AFTER = 1

_MARKER = re.compile(r"\[rehearse:\s*([\w-]+)\s*\]", re.IGNORECASE)


def requested(request: Request, title: str = "") -> str | None:
    """Return which of `TASK_WORDS` a request asks for. Raises `Refused` for an error code."""
    marker = _MARKER.search(title)
    word = request.headers.get(HEADER) or (marker[1].lower() if marker else None)
    if word in ERRORS:
        retry = RETRY_AFTER if word in ("rate_limit_exceeded", "upstream_error") else None
        raise Refused(word, retry_after=retry)
    if word is not None and word not in TASK_WORDS:
        known = ", ".join((*ERRORS, *TASK_WORDS))
        raise Refused("invalid_request", f"There is no rehearsal called {word!r}. {known}.")
    return word


class TruncatedResponse(Response):
    """Sends half of `whole`, or only headers, and makes the server close the connection."""

    def __init__(self, whole: Response | None = None) -> None:
        super().__init__()
        self._whole = whole or json_response({"lost": "x" * 100})
        self._kept = 0 if whole is None else 0.5

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = 0

        async def some(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                left = int(int(headers[b"content-length"]) * self._kept)
                await send(message)
                return
            body = message.get("body", b"")[:left]
            left -= len(body)
            await send({**message, "body": body, "more_body": True})
            if left == 0:
                raise _Enough

        with suppress(_Enough):
            await self._whole(scope, receive, some)


class _Enough(Exception):
    pass

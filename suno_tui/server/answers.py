"""The bodies of responses: the documented errors, and a task in its four states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from suno_tui.providers.suno.wire import ERRORS, ErrorAnswer
from suno_tui.server.ledger import Refused, TaskRow

MESSAGES = {
    "invalid_request": "The request is missing a parameter or has an invalid one.",
    "invalid_api_key": "API key is invalid, disabled, or deleted.",
    "insufficient_credits": "Your credit balance is too low. Please top up.",
    "ip_not_allowed": "Request IP is not in the key's allowlist.",
    "model_not_found": "Model does not exist or is inactive.",
    "task_not_found": "Task ID does not exist.",
    "rate_limit_exceeded": "Too many requests, please slow down.",
    "spend_limit_exceeded": "Key spend limit reached.",
    "internal_error": "Unexpected server error.",
    "upstream_error": "Upstream AI provider returned an error.",
}
"""The default texts of errors."""

JSON = "application/json"
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def json_response(
    body: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return what Starlette's `JSONResponse` is, which sets up an encoder for each response."""
    return Response(_encode(body), status, headers, JSON)


def error_response(
    code: str,
    message: str | None = None,
    *,
    status: int | None = None,
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a documented error; `status` replaces its documented HTTP status (such as by 405)."""
    sent = dict(headers or {})
    if retry_after is not None:
        sent["Retry-After"] = str(retry_after)
    if code == "invalid_api_key":
        sent["WWW-Authenticate"] = "Bearer"
    body = ErrorAnswer.of(code, message or MESSAGES[code]).model_dump()
    return json_response(body, status or ERRORS[code][0], sent)


def refusal_response(error: Refused) -> Response:
    """Return the response to a refused request."""
    return error_response(
        error.code,
        error.message,
        status=error.status,
        retry_after=error.retry_after,
        headers={"Connection": "close"} if error.closes else None,
    )


def task_body(task: TaskRow, *, base_url: str, progress: float | None = None) -> dict[str, Any]:
    """Return the body of `GET /v1/tasks/{taskId}` and of callbacks.

    `progress` is from 0 to 1, for a task that is processing.
    """
    body: dict[str, Any] = {
        "id": task.id,
        "status": task.status,
        "model": task.model,
        "created_at": int(task.created_at),
    }
    if task.status == "failed":
        return body | {"error": {"code": task.error_code, "message": task.error_message}}
    if task.status != "completed":
        return body | {"progress": progress}

    def url(name: str) -> str:
        return f"{base_url}/files/{name}"

    return body | {
        "completed_at": int(task.completed_at or task.created_at),
        "output": {
            "urls": [url(take.audio) for take in task.takes],
            "metadata": {
                "tracks": [
                    {
                        "id": take.id,
                        "title": take.title,
                        "tags": take.tags,
                        "duration": take.duration,
                        "image_url": url(take.cover),
                        "prompt": take.lyrics,
                    }
                    for take in task.takes
                ]
            },
        },
    }

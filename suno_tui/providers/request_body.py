"""The body of a request: JSON, or a form with a file."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from suno_tui.providers.dialect import Call
from suno_tui.providers.errors import InvalidRequest
from suno_tui.providers.source import SourceTrouble, Upload

LEAST_SPEED = 16_000
"""Bytes a second that an upload must reach on average; a slower one is given up."""


def content_of(call: Call, closing: contextlib.ExitStack) -> dict[str, Any]:
    """Return the arguments for httpx; `closing` closes the file that is uploaded.

    Raises `InvalidRequest`, and `SourceTrouble` if the file can't be opened.
    """
    if call.body is None:
        return {}
    if call.upload is not None:
        texts = {name: _as_text(value) for name, value in call.body.items()}
        return {"data": texts, "files": _file(call.upload, closing), "headers": call.headers}
    try:
        content = json.dumps(call.body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise InvalidRequest(f"The song can't be written as JSON: {error}") from error
    return {"content": content, "headers": {"Content-Type": "application/json", **call.headers}}


def time_for(call: Call) -> float:
    """Return the extra seconds that uploading a file takes at the lowest speed; 0 without one."""
    return call.upload.source.size / LEAST_SPEED if call.upload else 0.0


def _file(upload: Upload, closing: contextlib.ExitStack) -> dict[str, Any]:
    source = upload.source
    try:
        file = closing.enter_context(source.path.open("rb"))
    except OSError as error:
        raise SourceTrouble(f"{source.path} can't be read: {error.strerror}.") from error
    kind = _TYPES.get(source.path.suffix.lower(), "application/octet-stream")
    return {upload.field: (source.name, file, kind)}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


_TYPES = {
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
}

"""Reading what providers really answer: liberal in what is accepted (`api.md`).

Answers come bare or in an envelope, with times in seconds, milliseconds or ISO 8601, with lists
that are too short and words that are new. What can't be understood becomes a readable error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from suno_tui.api import errors
from suno_tui.api.errors import BadAnswer, ProviderError

_BY_CODE: dict[str, type[ProviderError]] = {
    "invalid_request": errors.InvalidRequest,
    "invalid_api_key": errors.InvalidKey,
    "insufficient_credits": errors.InsufficientCredits,
    "ip_not_allowed": errors.AddressNotAllowed,
    "model_not_found": errors.ModelNotFound,
    "task_not_found": errors.TaskNotFound,
    "rate_limit_exceeded": errors.RateLimited,
    "spend_limit_exceeded": errors.SpendLimitExceeded,
    "internal_error": errors.ProviderDown,
    "upstream_error": errors.UpstreamError,
}
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: errors.InvalidRequest,
    401: errors.InvalidKey,
    402: errors.InsufficientCredits,
    403: errors.AccountRefused,
    404: errors.WrongAddress,
    405: errors.WrongAddress,
    413: errors.InvalidRequest,
    415: errors.InvalidRequest,
    422: errors.InvalidRequest,
    429: errors.RateLimited,
}
_MOST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class RemoteTake:
    """One result as the provider lists it; `url` is empty where there is none (yet)."""

    number: int
    """From 1: the place in the provider's lists."""
    url: str = ""
    title: str = ""
    tags: str = ""
    lyrics: str = ""
    duration: float | None = None
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task as its provider tells it. `status` is one of the document's four words."""

    id: str
    status: str
    raw_status: str
    """The provider's own word, shown as it came."""
    progress: float | None = None
    results: tuple[RemoteTake, ...] = ()
    error: tuple[str, str] | None = None
    """Code and message of a failed task."""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credits:
    """The account, in credits; None is "unknown", never 0."""

    balance: int | None = None
    total_purchased: int | None = None
    total_consumed: int | None = None


def read_json(body: bytes) -> Any:
    """The JSON value of a body. Raises `BadAnswer` with what came instead."""
    try:
        return _load(body)
    except (ValueError, RecursionError):
        raise BadAnswer(f"Not JSON, but {describe(body)}") from None


def _load(body: bytes) -> Any:
    # Half a surrogate pair can neither be stored nor shown, as an escape or as bytes.
    text = body.decode(json.detect_encoding(body), "replace")
    value = json.loads(text)
    if r"\ud" in text.lower():
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def describe(body: bytes) -> str:
    """What a body that is not JSON seems to be, for people."""
    text = body[:20_000].decode("utf-8", "replace").strip()
    if not text:
        return "an empty answer"
    if text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        words = unescape(re.sub(r"<[^>]*>", " ", title.group(1) if title else ""))
        words = " ".join(words.split())
        return f"a web page: {words[:200]}" if words else "a web page"
    return f"the text: {' '.join(text.split())[:300]}"


def refusal(status: int, body: bytes, wait: float | None = None) -> ProviderError:
    """The error of an answer that is a refusal: `error.code` first, then the body's `code`,
    then the HTTP status. `wait` is what `Retry-After` asks for, in seconds."""
    try:
        table = _load(body)
    except (ValueError, RecursionError):
        table = None
    code, message = _error_words(table)
    kind = _BY_CODE.get(code or "")
    if kind is None and isinstance(table, dict):
        inner = table.get("code")
        number = _integer(inner)
        kind = _BY_CODE.get(str(inner)) or (_BY_STATUS.get(number) if number else None)
    if kind is None:
        kind = _BY_STATUS.get(status)
    if kind is None:
        if status >= 500 or status in (408, 409, 425):
            kind = errors.ProviderDown
        else:
            kind = errors.WrongAddress if 300 <= status < 400 else BadAnswer
    if not message:
        message = f"HTTP {status}, {describe(body)}"
    if kind is errors.WrongAddress:
        message += ". Check the provider's base URL."
    return kind(message[:_MOST_TEXT], code=code, http_status=status, retry_after=wait)


def _error_words(table: Any) -> tuple[str | None, str]:
    if not isinstance(table, dict):
        return None, ""
    found = table.get("error")
    code = message = None
    if isinstance(found, dict):
        code, message = found.get("code"), found.get("message")
    elif isinstance(found, str):
        code, message = (found, None) if found in _BY_CODE else (None, found)
    if not isinstance(code, str):
        code = _known_code(table)
    for name in ("msg", "message", "detail"):
        if not message:
            message = table.get(name)
    if message and not isinstance(message, str):
        message = json.dumps(message, ensure_ascii=False)
    return code or None, message or ""


def _known_code(table: Mapping[str, Any]) -> str | None:
    code = table.get("code")
    return code if isinstance(code, str) and code in _BY_CODE else None


def _refused(table: Any) -> bool:
    """Whether a body that came with a 2xx status is a refusal all the same."""
    if not isinstance(table, dict) or "status" in table:
        return False
    if table.get("error") or _known_code(table):
        return True
    number = _integer(table.get("code"))
    return number is not None and number >= 300


def read_created(status: int, body: bytes, wait: float | None = None) -> str:
    """The provider's task id. Raises the refusal, or `BadAnswer` where there is no id."""
    table = read_json(body)
    if _refused(table):
        raise refusal(status, body, wait)
    if isinstance(table, dict):
        inner = table.get("data")
        places = [(inner, ("taskId", "task_id", "id"))] if isinstance(inner, dict) else []
        places.append((table, ("taskId", "task_id", "id")))
        for place, names in places:
            for name in names:
                found = place.get(name)
                if isinstance(found, str) and found.strip():
                    return found.strip()
                if isinstance(found, int) and not isinstance(found, bool):
                    return str(found)
    raise BadAnswer("The song was taken, but the answer holds no task id.")


def read_task(status: int, body: bytes, base_url: str, wait: float | None = None) -> RemoteTask:
    """A query's answer, bare or in an envelope. Raises the refusal or `BadAnswer`."""
    table = read_json(body)
    if _refused(table):
        raise refusal(status, body, wait)
    inner = table.get("data") if isinstance(table, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("status"), str):
        table = inner
    if not isinstance(table, dict) or not isinstance(table.get("status"), str):
        raise BadAnswer("The answer says nothing of the task's status.")
    raw_status: str = table["status"]
    word = raw_status.strip().lower()
    known = ("pending", "processing", "completed", "failed")
    found = table.get("error")
    error = None
    if word == "failed":
        code, message = _error_words({"error": found})
        error = (code or "failed", message or "The provider gives no reason.")
    return RemoteTask(
        id=str(table.get("id") or ""),
        status=word if word in known else "processing",
        raw_status=raw_status.strip()[:100],
        progress=_progress(table.get("progress")),
        results=_results(table.get("output"), base_url),
        error=error,
        created_at=read_time(table.get("created_at")),
        completed_at=read_time(table.get("completed_at")),
        raw=table,
    )


def _results(output: Any, base_url: str) -> tuple[RemoteTake, ...]:
    """`urls[i]` belongs to `tracks[i]`; either list may be shorter."""
    if isinstance(output, list | str):
        output = {"urls": output}
    if not isinstance(output, dict):
        return ()
    urls = output.get("urls")
    urls = urls if isinstance(urls, list) else [urls] if urls else []
    metadata = output.get("metadata")
    tracks = metadata.get("tracks") if isinstance(metadata, dict) else None
    tracks = tracks if isinstance(tracks, list) else []
    found = []
    for index in range(min(max(len(urls), len(tracks)), 100)):
        facts = tracks[index] if index < len(tracks) else None
        facts = facts if isinstance(facts, dict) else {}
        url = urls[index] if index < len(urls) else None
        found.append(
            RemoteTake(
                number=index + 1,
                url=_address(url or facts.get("audio_url"), base_url),
                title=_text(facts.get("title")),
                tags=_text(facts.get("tags")),
                lyrics=_text(facts.get("prompt")),
                duration=_duration(facts.get("duration")),
                image_url=_address(facts.get("image_url"), base_url),
            )
        )
    return tuple(found)


def read_credits(status: int, body: bytes, wait: float | None = None) -> Credits:
    """The account, from an object, an envelope or a bare number. Raises the refusal."""
    table = read_json(body)
    if _refused(table):
        raise refusal(status, body, wait)
    if isinstance(table, dict) and "data" in table:
        table = table["data"]
    if not isinstance(table, dict):
        return Credits(balance=_integer(table))
    balance = table["balance"] if "balance" in table else table.get("credits")
    return Credits(
        balance=_integer(balance),
        total_purchased=_integer(table.get("total_purchased")),
        total_consumed=_integer(table.get("total_consumed")),
    )


def read_time(value: Any) -> datetime | None:
    """A time in unix seconds, milliseconds or ISO 8601, as aware UTC; None where it is none."""
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            try:
                when = datetime.fromisoformat(text)
            except ValueError:
                return None
            return when.replace(tzinfo=UTC) if when.tzinfo is None else _to_utc(when)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = value / 1000 if abs(value) >= 1e11 else float(value)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _to_utc(when: datetime) -> datetime | None:
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return None


def _integer(value: Any) -> int | None:
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    number = _number(value)
    return None if number is None else math.floor(number)


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float | str) else float("nan")
    except (ValueError, OverflowError):
        return None
    return None if isinstance(value, bool) or not math.isfinite(number) else number


def _progress(value: Any) -> float | None:
    number = _number(value)
    if number is None or number < 0:
        return None
    return min(number / 100 if number > 1 else number, 1.0)


def _duration(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number < 24 * 3600 else None


def _text(value: Any) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _address(value: Any, base_url: str) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        address = urljoin(base_url + "/", value.strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""

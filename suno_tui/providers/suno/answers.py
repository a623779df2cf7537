"""Parse the answers of providers, accepting as much as possible (`docs/api.md`).

Answers come bare or in an envelope, with times in seconds, milliseconds or ISO 8601, with lists
that are too short and with unknown statuses. An answer that can't be parsed raises a readable
error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from suno_tui.providers import errors
from suno_tui.providers.errors import BadAnswer, ProviderError
from suno_tui.providers.remote import MOST_TAKES, Credits, RemoteTake, RemoteTask
from suno_tui.providers.suno import statuses
from suno_tui.providers.suno.values import duration, integer, progress, read_time

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
_BY_STATUS = {**errors.BY_STATUS, 402: errors.InsufficientCredits}
_MOST_TEXT = 10_000
_MOST_ID = 256
_MOST_CODE = 100


def read_json(body: bytes) -> Any:
    """Return the JSON value of a body. Raises `BadAnswer`, which describes the body."""
    try:
        return _load(body)
    except (ValueError, RecursionError):
        raise BadAnswer(f"Not JSON, but {describe(body)}") from None


def _load(body: bytes) -> Any:
    # Half a surrogate pair, escaped or not, can be neither stored nor shown.
    text = body.decode(json.detect_encoding(body), "replace")
    value = json.loads(text, parse_int=_whole)
    if r"\ud" in text.lower():
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
        value = json.loads(text, parse_int=_whole)
    return value


def _whole(digits: str) -> int | float:
    # An id may be a long number, but `int` refuses thousands of digits.
    return int(digits) if len(digits) <= 40 else math.inf


def possible_ids(raw: bytes) -> list[str]:
    """Return up to 20 possible task ids in an answer that can't be parsed, the most likely first.

    Values of fields whose names look like an id come first, then UUIDs, then other long tokens with
    a digit. `raw` may be truncated, and need not be JSON.
    """
    text = raw.decode("utf-8", "replace")
    found = [match[1] or match[2] for match in _NAMED_ID.finditer(text)]
    found += (match[0] for match in _UUID.finditer(text))
    found += (match[0] for match in _TOKEN.finditer(text) if re.search(r"\d", match[0]))
    return list(dict.fromkeys(found))[:20]


_NAMED_ID = re.compile(
    r"""(?:\b|_|task|job|song|request|generation)[ ]?id["']?\s*[:=]\s*"""
    r"""(?:["']([\w.:~-]{1,256})["']|([\w.:~-]{4,256}))""",
    re.IGNORECASE,
)
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w./-])[\w-]{12,128}(?![\w-])", re.ASCII)


def describe(body: bytes) -> str:
    """Describe a body that is not JSON, for a message."""
    text = body[:20_000].decode("utf-8", "replace").strip()
    if not text:
        return "an empty answer"
    if text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        shown = unescape(re.sub(r"<[^>]*>", " ", title.group(1) if title else ""))
        shown = " ".join(shown.split())
        return f"a web page: {shown[:200]}" if shown else "a web page"
    return f"the text: {' '.join(text.split())[:300]}"


def refusal(status: int, body: bytes, wait: float | None = None) -> ProviderError:
    """Return the error for a refusal: by `error.code`, else the body's `code`, else the status.

    `wait` is the `Retry-After` in seconds.
    """
    try:
        table = _load(body)
    except (ValueError, RecursionError):
        table = None
    code, message = _code_and_message(table)
    kind = _BY_CODE.get(code or "")
    if kind is None and isinstance(table, dict):
        inner = table.get("code")
        number = integer(inner)
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


def _code_and_message(table: Any) -> tuple[str | None, str]:
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
    return (code or "")[:_MOST_CODE] or None, message or ""


def _known_code(table: Mapping[str, Any]) -> str | None:
    code = table.get("code")
    return code if isinstance(code, str) and code in _BY_CODE else None


def _refused(table: Any) -> bool:
    """Return whether a body is a refusal although its HTTP status is 2xx."""
    if not isinstance(table, dict) or "status" in table:
        return False
    if table.get("error") or _known_code(table):
        return True
    number = integer(table.get("code"))
    return number is not None and number >= 300


def read_created(status: int, body: bytes, wait: float | None = None) -> str:
    """Return the provider's task id. Raises the refusal, or `BadAnswer` if there is no id."""
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
                if isinstance(found, int) and not isinstance(found, bool):
                    return str(found)
                if isinstance(found, str) and _is_id(found.strip()):
                    return found.strip()
    raise BadAnswer("The song was taken, but the answer has no task id.")


def _is_id(text: str) -> bool:
    return 0 < len(text) <= _MOST_ID and text.isprintable()


def read_task(base_url: str, status: int, body: bytes, wait: float | None = None) -> RemoteTask:
    """Parse the answer to a query, bare or in an envelope. Raises the refusal or `BadAnswer`."""
    table = read_json(body)
    if _refused(table):
        raise refusal(status, body, wait)
    inner = table.get("data") if isinstance(table, dict) else None
    if isinstance(inner, dict) and "status" in inner:
        table = inner
    if not isinstance(table, dict) or isinstance(table.get("status"), dict | list | None):
        raise BadAnswer("The answer does not contain the task's status.")
    raw_status = str(table["status"]).strip()
    results, left_out = _results(table.get("output"), base_url)
    completed_at = read_time(table.get("completed_at"))
    error = _task_error(table)
    addresses = any(take.url for take in results)
    ended = completed_at is not None
    known_status = statuses.status(raw_status, addresses, ended, error is not None)
    if known_status == "failed" and error is None:
        error = (_failure_code(raw_status), "The provider gives no reason.")
    return RemoteTask(
        id=str(table.get("id") or "")[:_MOST_ID],
        status=known_status or "processing",
        raw_status=raw_status[:100],
        understood=known_status is not None,
        progress=progress(table.get("progress")),
        results=results,
        left_out=left_out,
        error=error,
        created_at=read_time(table.get("created_at")),
        completed_at=completed_at,
        raw=table,
    )


def _failure_code(raw_status: str) -> str:
    code = statuses.normalised(raw_status)
    return code if code in _BY_CODE or re.fullmatch(r"\w{4,60}", code) else "failed"


def _task_error(table: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return code and message of a task's error; None if there is none."""
    found = table.get("error")
    message = table.get("error_message") or table.get("errorMessage")
    if not found and not message:
        return None
    code, text = _code_and_message({"error": found})
    if not text:
        _, text = _code_and_message({"error": message})
    if not code and not text:
        return None
    code = code or _failure_code(str(table.get("status")))
    return code, text[:_MOST_TEXT] or "The provider gives no reason."


def _results(output: Any, base_url: str) -> tuple[tuple[RemoteTake, ...], int]:
    """Return the takes, and the number of those that were left out. `urls[i]` belongs to
    `tracks[i]`; either list may be shorter."""
    if isinstance(output, list | str):
        output = {"urls": output}
    if not isinstance(output, dict):
        return (), 0
    urls = output.get("urls")
    urls = urls if isinstance(urls, list) else [urls] if urls else []
    metadata = output.get("metadata")
    tracks = metadata.get("tracks") if isinstance(metadata, dict) else None
    tracks = tracks if isinstance(tracks, list) else []
    found = []
    count = max(len(urls), len(tracks))
    for index in range(min(count, MOST_TAKES)):
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
                duration=duration(facts.get("duration")),
                image_url=_address(facts.get("image_url"), base_url),
            )
        )
    return tuple(found), count - len(found)


def read_credits(status: int, body: bytes, wait: float | None = None) -> Credits:
    """Parse the account from an object, an envelope or a bare number. Raises the refusal."""
    table = read_json(body)
    if _refused(table):
        raise refusal(status, body, wait)
    if isinstance(table, dict) and "data" in table:
        table = table["data"]
    if not isinstance(table, dict):
        return Credits(balance=integer(table))
    balance = table["balance"] if "balance" in table else table.get("credits")
    return Credits(
        balance=integer(balance),
        total_purchased=integer(table.get("total_purchased")),
        total_consumed=integer(table.get("total_consumed")),
    )


def _text(value: Any) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _address(value: Any, base_url: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _MOST_TEXT:
        return ""
    try:
        address = urljoin(base_url + "/", value.strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""

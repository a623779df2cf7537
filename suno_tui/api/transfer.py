"""One file over HTTP, to a `.part` that a later attempt can go on with.

Beside the part lies a small `.from` file that says what the bytes are the beginning of: the URL,
its validator and the whole size. Without proof that it is the same file, a download begins anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from suno_tui.api.answers import describe, refusal
from suno_tui.api.backoff import retry_after
from suno_tui.api.errors import BadFile, FileGone, OutcomeUnknown

GONE = (401, 403, 404, 410)
"""What a file host says of a URL that has ended; a fresh one is to be had from the task."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file. `kind` is its usual ending by what it begins with: `mp3`, `jpg` …"""

    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a part is the beginning of."""

    url: str
    validator: str | None
    size: int | None


async def transfer(
    client: httpx.AsyncClient,
    url: str,
    part: Path,
    *,
    most: int,
    on_bytes: Callable[[int, int | None], None] | None = None,
) -> Fetched:
    """Fetch `url` into `part`; see `Client.fetch`."""
    have, origin = _resumable(part, url)
    if origin and origin.size == have:
        return Fetched(have, _kind_of(part, ""))
    headers = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if origin and origin.validator:
            headers["If-Range"] = origin.validator
    async with client.stream("GET", url, headers=headers) as response:
        have, size = await _begin(response, url, part, have, origin)
        if size is not None and size > most:
            raise BadFile(f"It is announced with {size:,} bytes; at most {most:,} are taken.")
        if have != size:
            await _receive(response, part, have, size, most, on_bytes)
    got = _length(part)
    if size is not None and got < size:
        raise OutcomeUnknown(f"The connection broke after {got:,} of {size:,} bytes.")
    if size is not None and got > size:
        discard(part)
        raise BadFile(f"It is {got:,} bytes long, and was announced with {size:,}.")
    return Fetched(got, _kind_of(part, response.headers.get("Content-Type", "")))


async def _begin(
    response: httpx.Response, url: str, part: Path, have: int, origin: _Origin | None
) -> tuple[int, int | None]:
    """Judge the answer's head; how many bytes of the part count, and the whole size if known."""
    status, headers = response.status_code, response.headers
    if status in GONE:
        raise FileGone(f"The file host answers HTTP {status}.", http_status=status)
    if status == 416 and have:
        discard(part)
        raise OutcomeUnknown("The file host no longer has the range that was asked for.")
    if status not in (200, 206):
        body = b"".join([chunk async for chunk in response.aiter_bytes()][:16])
        raise refusal(status, body, retry_after(headers.get("Retry-After")))
    if status == 206:
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", headers.get("Content-Range", "").strip())
        total = int(span[3]) if span and span[3] != "*" else None
        known = origin.size if origin else None
        if span is None or int(span[1]) != have or (known and total and known != total):
            discard(part)
            raise OutcomeUnknown("The file host answered with another range than asked for.")
        return have, total or known
    # Whoever ignores Range sends everything: what we have is written over.
    encoded = headers.get("Content-Encoding", "identity").lower() != "identity"
    length = headers.get("Content-Length", "")
    size = int(length) if length.isdigit() and not encoded else None
    discard(part)
    etag = headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = _Origin(url, None if encoded else validator, size)
    _note(part).write_text(json.dumps(asdict(note)))
    return 0, size


async def _receive(
    response: httpx.Response,
    part: Path,
    have: int,
    size: int | None,
    most: int,
    on_bytes: Callable[[int, int | None], None] | None,
) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | (0 if have else os.O_TRUNC), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.seek(have)
        file.truncate()
        async for chunk in response.aiter_bytes():
            have += len(chunk)
            if have > most:
                raise BadFile(f"It is larger than {most:,} bytes.")
            file.write(chunk)
            if on_bytes:
                on_bytes(have, size)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())


def _resumable(part: Path, url: str) -> tuple[int, _Origin | None]:
    """How many bytes of the part may be gone on with, and what they are the beginning of."""
    try:
        have = part.stat().st_size
        note = json.loads(_note(part).read_text())
        origin = _Origin(str(note["url"]), note["validator"], note["size"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, None
    same_file = origin.validator or (origin.url == url and origin.size)
    return (have, origin) if have and same_file else (0, None)


def discard(part: Path) -> None:
    """Forget what was fetched."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".from")


def _kind_of(part: Path, content_type: str) -> str:
    """The file's kind by its first bytes. Raises `BadFile` for neither sound nor picture."""
    with part.open("rb") as file:
        head = file.read(512)
    kind = _kind(head)
    if kind is None and content_type.lower().startswith("audio/") and not _is_text(head):
        kind = "mp3"
    if kind is None:
        discard(part)
        raise BadFile(f"It is neither sound nor a picture, but {describe(head)[:200]}")
    return kind


def _is_text(head: bytes) -> bool:
    return head.lstrip()[:1] in (b"<", b"{", b"[", b"")


def _kind(head: bytes) -> str | None:
    for start, kind in (
        (b"ID3", "mp3"),
        (b"fLaC", "flac"),
        (b"OggS", "ogg"),
        (b"\xff\xd8\xff", "jpg"),
        (b"\x89PNG", "png"),
        (b"GIF8", "gif"),
    ):
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "avif" if head[8:12] == b"avif" else "m4a"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "mp3"
    return None

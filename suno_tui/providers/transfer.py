"""Download one file to a `.part` file that a later attempt can resume.

A small `.from` file next to the part has the URL, the validator and the complete size. If it is not
certain that the file is still the same, the download starts again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Container
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx

from suno_tui.media.kinds import is_text, named_suffix, sniff
from suno_tui.providers import redirects
from suno_tui.providers.backoff import retry_after
from suno_tui.providers.encoding import BadEncoding, Decoder
from suno_tui.providers.errors import (
    MOST_RAW,
    BadFile,
    FileGone,
    OutcomeUnknown,
    TooLarge,
    TooSlow,
)
from suno_tui.providers.suno.answers import describe, refusal

GONE = frozenset((401, 403, 404, 410))
"""The usual statuses for an expired URL; polling the task gives a new one."""
WINDOW = 30.0
"""Seconds over which a host's speed is measured."""
HEAD_TIME = 60.0
"""Seconds, including redirects, within which the file must begin to arrive."""
REFUSAL_TIME = 30.0
"""Seconds that reading the text of an error may take."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete file.

    `kind` is the usual suffix for its first bytes: `mp3`, `jpg` … If they are unknown, it comes
    from the media type or the URL, if that is of a sound, picture or archive; else it is `bin`.
    """

    size: int
    kind: str
    validator: str | None = None
    """The host's ETag or date."""


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that was downloaded and rejected before: its size in bytes, validator and SHA-256."""

    size: int = -1
    validator: str | None = None
    digest: str = ""

    def with_digest(self, digest: str) -> RejectedFile:
        return replace(self, digest=digest)


@dataclass(frozen=True, slots=True)
class _Origin:
    """The file that a part is the beginning of."""

    url: str
    validator: str | None
    size: int | None
    content_type: str = ""


async def transfer(
    client: httpx.AsyncClient,
    url: str,
    part: Path,
    *,
    most: int,
    least: float = 0,
    rejected: RejectedFile | None = None,
    on_bytes: Callable[[int, int | None], None] | None = None,
    resolve: bool = True,
    gone: Container[int] = GONE,
    follow: bool = True,
) -> Fetched:
    """Download `url` to `part`; see `Client.download`. With `resolve`, the hosts of redirects are
    resolved; without `follow`, a redirect is an error."""
    have, origin = _resumable(part, url)
    if origin and origin.size == have:
        return Fetched(have, _kind_of(part, origin.content_type, url), origin.validator)
    headers = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if origin and origin.validator:
            headers["If-Range"] = origin.validator
    async with _opened(client, url, headers, resolve, follow) as response:
        have, size = await _begin(response, url, part, have, origin, gone)
        if size is not None and size > most:
            raise TooLarge(f"It should have {size:,} bytes; the limit is {most:,}.")
        validator = _validator(response)
        if rejected and validator and (size, validator) == (rejected.size, rejected.validator):
            discard(part)
            raise BadFile("It is the same file as before.")
        if have != size:
            await _receive(response, part, have, size, most, least, on_bytes)
    got = _length(part)
    if size is not None and got < size:
        raise OutcomeUnknown(f"The connection broke after {got:,} of {size:,} bytes.")
    if size is not None and got > size:
        discard(part)
        raise BadFile(f"It has {got:,} bytes, but should have {size:,}.")
    return Fetched(got, _kind_of(part, response.headers.get("Content-Type", ""), url), validator)


def _validator(response: httpx.Response) -> str | None:
    """Return the identity of this version of a file: its ETag or date."""
    etag: str = response.headers.get("ETag", "")
    dated: str = response.headers.get("Last-Modified", "")
    found = etag if etag and not etag.startswith("W/") else dated
    # Any other value can't be sent back in a header.
    return found if found and found.isascii() and found.isprintable() else None


@contextlib.asynccontextmanager
async def _opened(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], resolve: bool, follow: bool
) -> AsyncIterator[httpx.Response]:
    """Open the answer after all redirects. Raises `BadFile` if one may not be followed."""
    response: httpx.Response | None = None
    try:
        try:
            async with asyncio.timeout(HEAD_TIME):
                for _ in range(redirects.MOST + 1):
                    request = client.build_request("GET", url, headers=headers)
                    response = await client.send(request, stream=True)
                    location = redirects.location(response)
                    if location is None:
                        break
                    if not follow:
                        raise BadFile("Its address redirects elsewhere; the key is not sent there.")
                    url = await redirects.follow(url, location, resolve=resolve)
                    await response.aclose()
                else:
                    raise BadFile(f"Its address redirects more than {redirects.MOST} times.")
        except TimeoutError:
            raise TooSlow(f"The file did not begin to arrive in {HEAD_TIME:.0f} seconds.") from None
        assert response is not None
        yield response
    finally:
        if response is not None:
            await response.aclose()


async def _begin(
    response: httpx.Response,
    url: str,
    part: Path,
    have: int,
    origin: _Origin | None,
    gone: Container[int],
) -> tuple[int, int | None]:
    """Check the response's head. Return how many bytes of the part are valid, and the complete size
    (None if it is not known)."""
    status, headers = response.status_code, response.headers
    if status in gone:
        raise FileGone(f"The file host answers HTTP {status}.", http_status=status)
    if status == 416 and have:
        discard(part)
        raise OutcomeUnknown("The file host no longer has the requested range.")
    if status not in (200, 206):
        body = await _refusal_text(response)
        error = refusal(status, body, retry_after(headers.get("Retry-After")))
        error.raw = body
        raise error
    encoded = headers.get("Content-Encoding", "identity").strip().lower() != "identity"
    if status == 206:
        span = _SPAN.fullmatch(headers.get("Content-Range", "").strip())
        total = int(span[3]) if span and span[3] != "*" else None
        known = origin.size if origin else None
        wrong = span is None or int(span[1]) != have or (known and total and known != total)
        if wrong or encoded:
            discard(part)
            raise OutcomeUnknown("The file host did not answer with the requested range.")
        return have, total or known
    # A host that ignores Range sends the whole file, so the part is overwritten.
    length = headers.get("Content-Length", "").strip()
    size = int(length) if _LENGTH.fullmatch(length) and not encoded else None
    discard(part)
    validator = _validator(response)
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = _Origin(url, None if encoded else validator, size, headers.get("Content-Type", "")[:100])
    _note(part).write_text(json.dumps(asdict(note)))
    return 0, size


_SPAN = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_LENGTH = re.compile(r"[0-9]{1,18}")


async def _refusal_text(response: httpx.Response) -> bytes:
    """Return the beginning of an error's body, at most `MOST_RAW` bytes."""
    body = bytearray()
    with contextlib.suppress(TimeoutError, BadEncoding, httpx.HTTPError):
        async with asyncio.timeout(REFUSAL_TIME):
            async for chunk in decoded(response):
                body += chunk[: MOST_RAW - len(body)]
                if len(body) >= MOST_RAW:
                    break
    return bytes(body)


async def decoded(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the decoded body in pieces of bounded size. Raises `BadEncoding`."""
    decoder = Decoder(response.headers.get("Content-Encoding"))
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        for piece in decoder.pieces(chunk):
            yield piece
    if not decoder.whole:
        raise OutcomeUnknown("The connection broke: the answer is incomplete.")


async def _receive(
    response: httpx.Response,
    part: Path,
    have: int,
    size: int | None,
    most: int,
    least: float,
    on_bytes: Callable[[int, int | None], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    since, before = loop.time(), have
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | (0 if have else os.O_TRUNC), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.seek(have)
        file.truncate()
        try:
            async for chunk in decoded(response):
                have += len(chunk)
                if have > most:
                    raise TooLarge(f"It is larger than {most:,} bytes.")
                if on_bytes:  # before the write, so that refused bytes are not kept for a resume
                    on_bytes(have, size)
                file.write(chunk)
                if (passed := loop.time() - since) >= WINDOW:
                    if have - before < least * passed and have != size:
                        raise TooSlow(f"It sent {have - before:,} bytes in {passed:.0f} seconds.")
                    since, before = loop.time(), have
        except BadEncoding as error:
            raise BadFile(f"It can't be decoded: {error}.") from None
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())


def _resumable(part: Path, url: str) -> tuple[int, _Origin | None]:
    """Return how many bytes of the part can be resumed, and the file that they belong to."""
    try:
        have = part.stat().st_size
        note = json.loads(_note(part).read_text())
        origin = _Origin(**note)
    except (OSError, ValueError, KeyError, TypeError):
        return 0, None
    same_file = origin.validator or (origin.url == url and origin.size)
    return (have, origin) if have and same_file else (0, None)


def discard(part: Path) -> None:
    """Delete the part and its note."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".from")


def _kind_of(part: Path, content_type: str, url: str) -> str:
    """Return the file's kind. Raises `BadFile` for a web page, JSON or other text, which was sent
    instead of the file."""
    with part.open("rb") as file:
        head = file.read(512)
    suffix = sniff(head)
    if suffix is None and is_text(head):
        with part.open("rb") as file:
            raw = file.read(MOST_RAW)
        discard(part)
        error = BadFile(f"It is neither sound nor a picture, but {describe(raw)[:200]}")
        error.raw = raw
        raise error
    return (suffix or named_suffix(content_type, url))[1:]

"""Storage of files in S3-compatible object storage: AWS, MinIO, Garage, Ceph … (extra `s3`).

Endpoint, region and credentials come from the usual variables (`AWS_ENDPOINT_URL`, `AWS_REGION`,
`AWS_ACCESS_KEY_ID`, …) and files (`~/.aws/config`, `~/.aws/credentials`, `AWS_PROFILE`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
from collections.abc import AsyncIterator, Collection, Iterator
from configparser import ConfigParser
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import expand_home
from suno_tui.server.storage import MEDIA_TYPES, NotOurs, StorageTrouble, Stored

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

TIMEOUT = timedelta(seconds=20)
"""The limit for the whole response to a call."""
PUT_TIMEOUT = timedelta(seconds=120)
"""The limit for storing a file, which takes long over a slow connection."""
RETRIES = 4
RETRY_SECONDS = 10
"""How often and for how long a call is retried before it fails."""
RESUMES = 3
"""How often in a row requesting the rest of a file may bring nothing before it fails. A response
that brought something may end early if the client reads slowly, as `TIMEOUT` is for all of it."""
CHUNK = 256 * 1024
_OURS = re.compile(r"(audio|covers)/\d{4}/\d\d/\d\d/[\w-]{32}\.(mp3|jpg)")
_MARK = "suno-tui-server"


class NoObjectStorage(StudioError):
    """The package of the extra `s3` is not installed."""

    title = "S3 is not installed"
    code = "no_s3"
    exit_code = 2


class NameTaken(Exception):
    """There is a different file with this name."""


class ObjectStorage:
    """A storage in a bucket, for any thread. Names must come from the ledger.

    With `redirect`, clients are redirected to the storage, by an address that expires when the
    file does.
    """

    settle_seconds = 3600.0
    """Younger files are not deleted, as a render worker may just have stored them."""

    def __init__(self, url: str, *, redirect: bool = False) -> None:
        """Raises `UsageError` for an invalid address, and `NoObjectStorage`."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise UsageError(f"--storage is an address such as s3://bucket/folder, not {url!r}.")
        if find_spec("obstore") is None:
            raise NoObjectStorage("--storage s3:// needs a package: pip install 'suno-tui[s3]'")
        from obstore.store import S3Store

        self.url: str | None = url
        self._redirect = redirect
        config = settings(dict(os.environ))
        http = config.get("endpoint", "").startswith("http://")

        def store(timeout: timedelta) -> S3Store:
            return S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                client_options={"timeout": timeout, "allow_http": http},
                retry_config={
                    "max_retries": RETRIES,
                    "retry_timeout": timedelta(seconds=RETRY_SECONDS),
                },
                **config,
            )

        self._store, self._puts = store(TIMEOUT), store(PUT_TIMEOUT)

    def save(self, name: str, data: bytes) -> None:
        """Store a file, never over another one. Raises `StorageTrouble`, `NameTaken`."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        kind = {"Content-Type": MEDIA_TYPES.get(PurePosixPath(name).suffix, "text/plain")}
        try:
            obstore.put(self._puts, name, data, mode="create", attributes=kind, use_multipart=False)
        except AlreadyExistsError:
            # It may be the same: stored by a put whose answer was lost, or whose worker died then.
            if self._read(name) != data:
                raise NameTaken from None
        except Exception as error:
            raise trouble(error) from None

    def _read(self, name: str) -> bytes:
        import obstore

        try:
            return bytes(obstore.get(self._store, name).bytes())
        except Exception as error:
            raise trouble(error) from None

    async def answer(
        self, name: str, *, method: str, ranges: str | None, seconds_left: float
    ) -> Response | None:
        """See `Storage.answer`."""
        import obstore

        if self._redirect:
            life = timedelta(seconds=max(1, int(seconds_left)))
            try:
                where = await obstore.sign_async(self._store, method, name, life)
            except Exception as error:
                raise trouble(error) from None
            return RedirectResponse(where, 302)
        try:
            meta = await obstore.head_async(self._store, name)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise trouble(error) from None
        headers = {"Accept-Ranges": "bytes", "ETag": meta["e_tag"] or _etag(name)}
        size = meta["size"]
        part = requested(ranges, size) if ranges else None
        if part is not None and part[0] >= part[1]:
            headers["Content-Range"] = f"bytes */{size}"
            return Response(status_code=416, headers=headers)
        start, end = part or (0, size)
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - start)
        chunks = self._chunks(name, start, end)
        # Get the first bytes before the response begins, while it can still become a 503.
        first = b"" if method == "HEAD" or start == end else await anext(chunks)
        return _Streamed(
            first, chunks, headers, 206 if part else 200, MEDIA_TYPES[PurePosixPath(name).suffix]
        )

    async def _chunks(self, name: str, at: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `at` to `end`. Raises `StorageTrouble`."""
        import obstore

        failures = 0
        while at < end:
            try:
                found = await obstore.get_async(self._store, name, options={"range": (at, end)})
                async for chunk in found.stream(min_chunk_size=CHUNK):
                    at += len(chunk)
                    failures = 0
                    yield bytes(chunk)
            except Exception as error:
                failures += 1
                if failures > RESUMES:
                    raise trouble(error) from None

    def delete(self, names: Collection[str]) -> None:
        """Delete files if they exist, a thousand per call. Raises `StorageTrouble`."""
        import obstore

        try:
            obstore.delete(self._store, list(names))
        except Exception as error:
            raise trouble(error) from None

    def stored(self) -> Iterator[Stored]:
        """Yield the files of takes. Raises `StorageTrouble`."""
        import obstore

        try:
            for batch in obstore.list(self._store):
                for each in batch:
                    if _OURS.fullmatch(each["path"]):
                        yield Stored(each["path"], each["last_modified"].timestamp())
        except Exception as error:
            raise trouble(error) from None

    def claim(self, folder: Path) -> None:
        """Mark the storage as that of the server in `folder`. Raises `NotOurs`, `StorageTrouble`.

        Otherwise a second server would delete the files of the first one as lost.
        """
        file = folder / "storage.id"
        if not file.exists():
            write_bytes(file, secrets.token_hex(16).encode())
        mine = file.read_bytes()
        if self._mark() is None:
            # Read again below, as some storages ignore the condition and overwrite another mark.
            with suppress(NameTaken):
                self.save(_MARK, mine)
        if self._mark() != mine:
            raise NotOurs(
                f"{self.url} belongs to another server (its file {_MARK} says so). Choose another "
                "folder in the bucket."
            )

    def _mark(self) -> bytes | None:
        import obstore

        try:
            return bytes(obstore.get(self._store, _MARK).bytes())
        except FileNotFoundError as error:
            if (why := trouble(error)).kind == "missing":
                raise why from None
            return None
        except Exception as error:
            raise trouble(error) from None


def _etag(name: str) -> str:
    return f'"{hashlib.sha256(name.encode()).hexdigest()[:32]}"'


class _Streamed(Response):
    """Sends chunks as they come. If the storage breaks off, it breaks the connection, so that the
    client does not take half a file for a complete one."""

    def __init__(
        self,
        first: bytes,
        chunks: AsyncIterator[bytes],
        headers: dict[str, str],
        status: int,
        kind: str,
    ) -> None:
        super().__init__(None, status, headers, kind)
        self._first = first
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        if scope["method"] != "HEAD":
            await send({"type": "http.response.body", "body": self._first, "more_body": True})
            try:
                async for chunk in self._chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except StorageTrouble as error:
                log.warning("a file broke off: %s", error)
                return
        await send({"type": "http.response.body", "body": b""})


_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


def requested(ranges: str, size: int) -> tuple[int, int] | None:
    """Return the start and the end (exclusive) of the bytes that a Range header requests.

    None means all bytes, also for several ranges, as RFC 9110 allows. If the end is not after the
    start, the range can't be satisfied.
    """
    found = _RANGE.fullmatch(ranges)
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return max(0, size - int(found[2])), size
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    return start, min(size, int(found[2]) + 1) if found[2] else size


def settings(environment: dict[str, str]) -> dict[str, Any]:
    """Return endpoint, region and credentials from variables and from the files of the AWS tools.

    Missing values are left out; the library then asks the cloud for the machine's role.
    """
    profile = environment.get("AWS_PROFILE", "default")
    home = expand_home(environment.get("HOME", "~")) / ".aws"
    files = ConfigParser(interpolation=None)
    for variable, name in (
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ("AWS_CONFIG_FILE", "config"),
    ):
        with suppress(OSError):
            files.read(expand_home(environment.get(variable, home / name)), "utf-8")
    section: dict[str, str] = {}
    for name in (f"profile {profile}", profile):
        if files.has_section(name):
            section |= dict(files[name])
    given = {
        "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "endpoint_url"),
        "region": ("AWS_REGION", "AWS_DEFAULT_REGION", "region"),
        "access_key_id": ("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
        "secret_access_key": ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
        "session_token": ("AWS_SESSION_TOKEN", "aws_session_token"),
    }
    if environment.get("AWS_ACCESS_KEY_ID"):
        # The token in a file belongs to the key in the file.
        section = {name: section[name] for name in ("endpoint_url", "region") if name in section}
    found = {
        ours: next((v for n in names if (v := environment.get(n) or section.get(n))), None)
        for ours, names in given.items()
    }
    found["region"] = found["region"] or "us-east-1"
    return {name: value for name, value in found.items() if value is not None}


_KINDS = (
    ("clock", "its clock and this machine's differ: set the time (NTP)", "RequestTimeTooSkewed"),
    ("full", "it is full", "code: 507|InsufficientStorage|StorageFull|QuotaExceeded"),
    ("missing", "there is no such bucket", "NoSuchBucket"),
    (
        "refused",
        "it refuses the credentials",
        "InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|ExpiredToken|InvalidToken"
        "|code: 40[13]",
    ),
    ("slow", "it does not answer in time", "timed out|TimedOut|Timeout|code: 50[34]|SlowDown"),
    ("down", "it can't be reached", "ConnectError|kind: Connect|dns error|error sending request"),
)


def trouble(error: Exception) -> StorageTrouble:
    """Return what went wrong in our words; the library's contain file names, which are secret."""
    if isinstance(error, StorageTrouble):
        return error
    text = f"{type(error).__name__} {error}"
    for kind, words, pattern in _KINDS:
        if re.search(pattern, text):
            return StorageTrouble(kind, words)
    return StorageTrouble("failed", f"it failed ({type(error).__name__})")

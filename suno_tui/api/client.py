"""The HTTP client of one provider: create, query, credits, and files. Late import: it needs httpx.

Faults of the network are mapped here, once. The key goes to the provider's own origin and nowhere
else: never to a file host, never along a redirect.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from suno_tui import __version__
from suno_tui.api import answers, redirects
from suno_tui.api.answers import Credits, RemoteTask
from suno_tui.api.backoff import Limiter, retry_after
from suno_tui.api.encoding import IDENTITY, BadEncoding
from suno_tui.api.errors import (
    MOST_RAW,
    BadAnswer,
    FileGone,
    InvalidRequest,
    NetworkError,
    NeverSent,
    OutcomeUnknown,
    ProviderError,
    TaskNotFound,
    WrongAddress,
)
from suno_tui.api.network import Routes, check, proxy_for
from suno_tui.api.secret import Environment, Secret
from suno_tui.api.song import Song
from suno_tui.api.transfer import Fetched, Judged, decoded, transfer
from suno_tui.errors import SettingsError, StudioError

T = TypeVar("T")

__all__ = ["Client", "Credits", "Fetched", "RemoteTask"]

log = logging.getLogger("suno_tui.api")

AGENT = f"suno-tui/{__version__}"
MOST_ANSWER = 1024 * 1024
"""Bytes of an answer that are read; the document's are a few kilobytes."""

# A POST that is given up too early is money in doubt, so it may take long.
TIMES = httpx.Timeout(30, connect=10, pool=None)
POST_TIMES = httpx.Timeout(120, connect=10, pool=None)
WHOLE_ANSWER = 180.0

# Turns at the limiter: what costs money in doubt goes before what can wait.
FIRST, USUAL = 0, 1

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class KeyAuth(httpx.Auth):
    """Put the key into requests to its provider's origin, in the moment in which they leave."""

    def __init__(self, key: Secret, origin: tuple[str, str, int]) -> None:
        self._key = key
        self._origin = origin

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(str(request.url)) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


class Client:
    """A provider at `base_url` (without `/v1`), with the account of `key`.

    `env` names proxies and certificates (`api.network`); without it, the process's environment.
    `transport` replaces the network: the built-in provider in process, and tests. `limiter` is
    shared by all clients of the program. `idempotent` says that the provider is known to honour
    `Idempotency-Key`, so a create may be repeated safely. Raises `SettingsError` for an address,
    a key or a variable that can't be used.
    """

    def __init__(
        self,
        base_url: str,
        key: str | Secret | None,
        *,
        env: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        limiter: Limiter | None = None,
        idempotent: bool = False,
        times: httpx.Timeout = TIMES,
        post_times: httpx.Timeout = POST_TIMES,
    ) -> None:
        key = Secret.of(key)
        self.base_url = base_url.rstrip("/").removesuffix("/v1")
        self._origin = _origin(self.base_url)
        if self._origin is None:
            raise SettingsError(
                f"The provider's base URL {base_url!r} is not an http or https address."
            )
        if key and not _is_key(key):
            raise SettingsError("The API key holds characters that no key has. Copy it again.")
        self.idempotent = idempotent
        self.in_process = transport is not None
        self._limiter = limiter
        self._key = key or None
        auth = KeyAuth(self._key, self._origin) if self._key else None
        self._env = env = Environment.of(env)
        if transport is None:
            check(env)

        def connect(
            accept: str, times: httpx.Timeout, auth: KeyAuth | None, keep: int = 20
        ) -> httpx.AsyncClient:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=keep)
            way = transport or Routes(env, limits)
            return httpx.AsyncClient(
                headers={"Accept": accept, "User-Agent": AGENT, **IDENTITY},
                auth=auth,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                timeout=times,
                transport=way,
                follow_redirects=False,
                event_hooks={"response": [redirects.keep_location]},
                trust_env=False,
            )

        self._api = connect("application/json", times, auth)
        # A kept connection may die just as a POST leaves on it, and money would be in doubt.
        self._posts = connect("application/json", post_times, auth, keep=0)
        self._files = connect("*/*", times, None)

    async def create(self, song: Song, *, nonce: str, callback_url: str | None = None) -> str:
        """Send the song, once; the answer is the provider's task id.

        Costs money. An error whose `settled` is true proves that nothing was charged; after any
        other the outcome is unknown, `BadAnswer` included.
        """
        body = song.to_wire(callback_url)
        try:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except ValueError as error:
            raise InvalidRequest(f"The song can't be written as JSON: {error}") from error
        headers = {"Content-Type": "application/json", "Idempotency-Key": nonce}
        return await self._ask(
            self._posts,
            "POST",
            "/v1/music/generations",
            FIRST,
            answers.read_created,
            content=content,
            headers=headers,
        )

    async def task(self, task_id: str) -> RemoteTask:
        """Ask how a task stands. Raises `TaskNotFound`, another `ProviderError`, `NetworkError`."""
        path = f"/v1/tasks/{quote(task_id, safe='')}"
        read = functools.partial(answers.read_task, self.base_url)
        try:
            return await self._ask(self._api, "GET", path, USUAL, read)
        except WrongAddress as error:
            if error.http_status == 404:
                missing = TaskNotFound(error.message, http_status=404)
                missing.raw = error.raw
                raise missing from None
            raise

    async def credits(self) -> Credits:
        """The account's balance, where the provider tells it."""
        return await self._ask(self._api, "GET", "/v1/credits", FIRST, answers.read_credits)

    async def fetch(
        self,
        url: str,
        part: Path,
        *,
        most: int,
        least: float = 0,
        judged: Judged | None = None,
        on_bytes: Callable[[int, int | None], None] | None = None,
    ) -> Fetched:
        """Download a file to `part`, going on where an earlier attempt stopped.

        No key is sent. `most` is the largest size in bytes. `least` is the speed in bytes a second,
        measured over 30 seconds, under which the host is left (0: any speed will do). What is
        `judged` already is not fetched again: `BadFile`. A whole file
        is kept whatever its kind is, unless it is text. Raises `FileGone`, `BadFile`, another
        `ProviderError`, `NetworkError` (`TooSlow` among them: the part is kept, and the next call
        goes on with it), `SettingsError` for a proxy that can't be used, and `OSError` for the
        disk.
        """
        origin = _origin(url)
        if origin is None:
            raise FileGone("The file's address is no http or https URL.")
        if self._limiter and origin == self._origin:
            await self._limiter.acquire(FIRST)
        with network_errors(url):
            return await transfer(
                self._files,
                url,
                part,
                most=most,
                least=least,
                judged=judged,
                on_bytes=on_bytes,
                # A proxy asks for the addresses of names itself.
                resolve=not self.in_process and proxy_for(self._env, url) == "",
            )

    async def aclose(self) -> None:
        for client in (self._api, self._posts, self._files):
            await client.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        turn: int,
        read: Callable[[int, bytes, float | None], T],
        **more: Any,
    ) -> T:
        """What `read` makes of a 2xx answer's status, body and `Retry-After`; any other is raised.

        Whatever is raised keeps the beginning of what came.
        """
        if self._limiter:
            await self._limiter.acquire(turn)
        body = b""
        try:
            with network_errors(self.base_url):
                async with (
                    asyncio.timeout(WHOLE_ANSWER),
                    client.stream(method, self.base_url + path, **more) as response,
                ):
                    async for piece in decoded(response):
                        body += piece
                        if len(body) > MOST_ANSWER:
                            raise BadAnswer(f"The answer is larger than {MOST_ANSWER >> 20} MiB.")
            # What a provider says of the key is shown, logged and kept: not the key itself.
            body = self._without_key(body)
            wait = retry_after(response.headers.get("Retry-After"))
            if not response.is_success:
                raise answers.refusal(response.status_code, body, wait)
            return read(response.status_code, body, wait)
        except (ProviderError, NetworkError) as error:
            error.raw = self._without_key(body)[:MOST_RAW]
            raise
        except SettingsError:
            raise
        except BadEncoding as error:
            raise BadAnswer(f"The answer can't be decoded: {error}.") from None
        except Exception as error:
            # No fault of the network that is known. The frames below hold the request's headers, so
            # only their places are told, and not their variables.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s: %r\n%s", method, path, error, places)
            raise OutcomeUnknown(f"The connection broke: {error!r}.") from None

    def _without_key(self, body: bytes) -> bytes:
        return self._key.hide_in(body) if self._key else body


def _is_key(key: Secret) -> bool:
    return key.reveal().isascii() and key.reveal().isprintable() and " " not in key.reveal()


@contextlib.contextmanager
def network_errors(url: str) -> Iterator[None]:
    """Turn what httpx raises for an address into `NeverSent` or `OutcomeUnknown`.

    The cause is told in words and not chained: the frames below hold the headers of the request.
    """
    try:
        yield
    except (*_NEVER_SENT, httpx.InvalidURL) as error:
        where = f"No answer from {_host(url)}"
        raise NeverSent(_words(error, where, f"{where} in time.")) from None
    except StudioError:
        raise
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
        raise OutcomeUnknown(
            _words(error, "The connection broke", "The connection broke: no answer in time.")
        ) from None
    except Exception as error:
        if not _of_socks(error):
            raise
        raise NeverSent(
            f"The SOCKS proxy on the way to {_host(url)} gave an answer that is none."
        ) from None


def _of_socks(error: Exception) -> bool:
    """Whether an error comes from reading what a SOCKS proxy said, before any request left."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("socksio") for frame in frames)


_ALL_FAILED = "All connection attempts failed"
"""What httpx says of every host that can't be reached: no more than that."""


def _host(url: str) -> str:
    """Where an address leads, without its path and without a user's name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _words(error: Exception, otherwise: str, late: str) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return late
    text = str(error).strip().rstrip(".")
    if text == _ALL_FAILED:
        text = ""
    return f"{otherwise}: {text}." if text else f"{otherwise}."


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port

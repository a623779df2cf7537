"""The HTTP client of one provider: create, query, credits and files. It imports httpx.

All errors of the network are mapped here. The key is sent to the provider's own origin only, never
to a file host or along a redirect.
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
from suno_tui.common.errors import SettingsError, StudioError
from suno_tui.common.secret import Environment, Secret
from suno_tui.providers import redirects
from suno_tui.providers.backoff import Limiter, retry_after
from suno_tui.providers.encoding import IDENTITY, BadEncoding
from suno_tui.providers.errors import (
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
from suno_tui.providers.network import Routes, check, proxy_for
from suno_tui.providers.song import Song
from suno_tui.providers.suno import answers
from suno_tui.providers.suno.answers import Credits, RemoteTask
from suno_tui.providers.transfer import Fetched, RejectedFile, decoded, transfer

T = TypeVar("T")

__all__ = ["Client", "Credits", "Fetched", "RemoteTask"]

log = logging.getLogger("suno_tui.providers")

AGENT = f"suno-tui/{__version__}"
MOST_ANSWER = 1024 * 1024
"""The most bytes of an answer that are read; documented ones have a few kilobytes."""

# After a POST that timed out, nobody knows whether the song was charged, so it may take long.
TIMES = httpx.Timeout(30, connect=10, pool=None)
POST_TIMES = httpx.Timeout(120, connect=10, pool=None)
WHOLE_ANSWER = 180.0

# Priorities at the limiter: requests for which money is at stake come first.
FIRST, USUAL = 0, 1

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class KeyAuth(httpx.Auth):
    """Add the key to requests to its provider's origin, just before they are sent."""

    def __init__(self, key: Secret, origin: tuple[str, str, int]) -> None:
        self._key = key
        self._origin = origin

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(str(request.url)) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


class Client:
    """A provider at `base_url` (without `/v1`), with the account of `key`.

    `env` names proxies and certificates (`providers.network`); the default is the process's
    environment.
    `transport` replaces the network: for the built-in provider and for tests. `limiter` is
    shared by all clients of the program. `idempotent` means that the provider is known to honour
    `Idempotency-Key`, so that a create can be repeated safely. `exact` means that it has all
    fields of a song (`Song.to_wire`). Raises `SettingsError` for an invalid address, key or
    variable.
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
        exact: bool = False,
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
        self.exact = exact
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
            routes = transport or Routes(env, limits)
            return httpx.AsyncClient(
                headers={"Accept": accept, "User-Agent": AGENT, **IDENTITY},
                auth=auth,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                timeout=times,
                transport=routes,
                follow_redirects=False,
                event_hooks={"response": [redirects.keep_location]},
                trust_env=False,
            )

        self._api = connect("application/json", times, auth)
        # A kept connection may close while a POST is sent on it; then the outcome would be unknown.
        self._posts = connect("application/json", post_times, auth, keep=0)
        self._files = connect("*/*", times, None)

    async def create(self, song: Song, *, nonce: str, callback_url: str | None = None) -> str:
        """Send the song once, which costs money, and return the provider's task id.

        An error whose `settled` is true proves that nothing was charged. After any other error,
        `BadAnswer` included, the outcome is unknown.
        """
        body = song.to_wire(callback_url, exact=self.exact)
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
        """Query a task. Raises `TaskNotFound`, another `ProviderError`, or `NetworkError`."""
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
        """Return the account's balance, as far as the provider states it."""
        return await self._ask(self._api, "GET", "/v1/credits", FIRST, answers.read_credits)

    async def download(
        self,
        url: str,
        part: Path,
        *,
        most: int,
        least: float = 0,
        judged: RejectedFile | None = None,
        on_bytes: Callable[[int, int | None], None] | None = None,
    ) -> Fetched:
        """Download a file to `part`, resuming an earlier attempt.

        No key is sent. `most` is the largest size in bytes. `least` is the lowest speed in bytes a
        second, measured over 30 seconds (0: any). A file that was `judged` before is not fetched
        again: `BadFile`. A complete file of any kind is kept, unless it is text. Raises `FileGone`,
        `BadFile`, another `ProviderError`, `NetworkError` (after `TooSlow` the next call resumes
        the part), `SettingsError` for an invalid proxy, and `OSError` for the disk.
        """
        origin = _origin(url)
        if origin is None:
            raise FileGone("The file's address is not an http or https URL.")
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
                # A proxy resolves names itself.
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
        """Return what `read` makes of the status, body and `Retry-After` of a 2xx answer.

        Any other answer is raised as an error, which keeps the beginning of the body.
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
            # The provider may repeat the key, and answers are shown, logged and stored.
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
            # An unknown error. Its frames hold the request's headers, so only their places are
            # logged.
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

    The cause is put into the message and not chained: its frames hold the headers of the request.
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
    """Return whether an error comes from a SOCKS proxy's answer, before any request was sent."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("socksio") for frame in frames)


_ALL_FAILED = "All connection attempts failed"
"""All that httpx says about a host that can't be reached."""


def _host(url: str) -> str:
    """Return scheme and host of a URL, without its path and without a user name and password."""
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

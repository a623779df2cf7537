"""The HTTP client of one provider, whatever its dialect: songs, tasks, balance and files.

All errors of the network are mapped here. The key is sent to the provider's own origin only, never
to a file host or along a redirect. Imports httpx, so it is imported late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from suno_tui import __version__
from suno_tui.common.errors import SettingsError
from suno_tui.common.secret import Environment, Secret
from suno_tui.providers import redirects
from suno_tui.providers.backoff import Limiter, retry_after
from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.dialect import Call, Dialect, Facts, Reply
from suno_tui.providers.encoding import IDENTITY, BadEncoding
from suno_tui.providers.errors import (
    MOST_RAW,
    BadAnswer,
    Busy,
    FileGone,
    NetworkError,
    OutcomeUnknown,
    ProviderError,
)
from suno_tui.providers.network import Routes, check, proxy_for
from suno_tui.providers.network_errors import network_errors
from suno_tui.providers.origin import KeyAuth, is_key, origin_of
from suno_tui.providers.remote import Accepted, Credits, RemoteTask
from suno_tui.providers.request_body import content_of, time_for
from suno_tui.providers.song import Song
from suno_tui.providers.source import Source
from suno_tui.providers.suno.dialect import SunoDialect
from suno_tui.providers.transfer import Fetched, RejectedFile, decoded, transfer

T = TypeVar("T")

log = logging.getLogger("suno_tui.providers")

AGENT = f"suno-tui/{__version__}"
MOST_ANSWER = 1024 * 1024
"""The most bytes of an answer that are read; documented ones have a few kilobytes."""

# After a POST times out, it is unknown whether the song was charged, so it may take long.
TIMES = httpx.Timeout(30, connect=10, pool=None)
POST_TIMES = httpx.Timeout(120, connect=10, pool=None)
WHOLE_ANSWER = 180.0

BUSY = (
    "It accepts connections but does not answer. It is working on something else, or loading its "
    "models, which may take minutes. If this goes on, look at its log."
)

# Priorities at the limiter: requests that concern money come first.
FIRST, USUAL = 0, 1

SUNO = SunoDialect()


class Client:
    """A provider at `base_url` (without `/v1`) that speaks `dialect`, with the account of `key`.

    `env` names proxies and certificates (`providers.network`); the default is the process's
    environment. `transport` replaces the network, for the built-in provider and for tests.
    `limiter` is shared by all clients of the program. Raises `SettingsError` for an invalid
    address, key or variable.
    """

    def __init__(
        self,
        base_url: str,
        key: str | Secret | None,
        dialect: Dialect = SUNO,
        *,
        env: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        limiter: Limiter | None = None,
        times: httpx.Timeout = TIMES,
        post_times: httpx.Timeout = POST_TIMES,
    ) -> None:
        key = Secret.of(key)
        self.base_url = base_url.rstrip("/").removesuffix("/v1")
        self._origin = origin_of(self.base_url)
        if self._origin is None:
            raise SettingsError(
                f"The provider's base URL {base_url!r} is not an http or https address."
            )
        if key and not is_key(key):
            raise SettingsError("The API key contains invalid characters. Copy it again.")
        self.dialect = dialect
        self._polls: dict[str, asyncio.Future[RemoteTask]] = {}
        """The tasks to ask for in the next query."""
        self._polling: asyncio.Task[None] | None = None
        self.in_process = transport is not None
        self._limiter = limiter
        self._key = key or None
        auth = KeyAuth(self._key, self._origin) if self._key else None
        self._env = env = Environment.of(env)
        self._transport = transport
        if transport is None:
            check(env)
        connect = self._connect
        self._api = connect("application/json", times, auth)
        # Kept connections are not used for POSTs: if one closed meanwhile, the outcome would be
        # unknown.
        self._posts = connect("application/json", post_times, auth, keep=0)
        self._files = connect("*/*", times, None)
        self._own_files = connect("*/*", times, auth)
        """For files that need the key, which are on the provider's own origin."""

    def _connect(
        self, accept: str, times: httpx.Timeout, auth: KeyAuth | None, keep: int = 20
    ) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=keep)
        return httpx.AsyncClient(
            headers={"Accept": accept, "User-Agent": AGENT, **IDENTITY},
            auth=auth,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=times,
            transport=self._transport or Routes(self._env, limits),
            follow_redirects=False,
            event_hooks={"response": [redirects.keep_location]},
            trust_env=False,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the provider can do, as far as is known."""
        return self.dialect.capabilities

    async def create(
        self,
        song: Song,
        *,
        nonce: str,
        callback_url: str | None = None,
        source: Source | None = None,
    ) -> Accepted:
        """Send the song once, which may cost money.

        An error whose `settled` is true proves that nothing was charged. After any other error,
        `BadAnswer` included, the outcome is unknown.
        """
        call = self.dialect.create(song, nonce=nonce, callback_url=callback_url, source=source)
        return await self._ask(self._posts, call, FIRST, self.dialect.created)

    async def upload(self, song: Song, source: Source) -> Source:
        """Upload the track that a song carries on from, if the provider wants it before the song.

        Return the source, with its address there. It costs nothing and may be repeated.
        """
        call = self.dialect.upload(song, source)
        if call is None:
            return source
        host = urlsplit(self.base_url).hostname or ""
        base_url = self.capabilities.uploads.get(host, self.base_url)
        origin = origin_of(base_url)
        assert origin is not None
        auth = KeyAuth(self._key, origin) if self._key else None
        async with self._connect("application/json", POST_TIMES, auth, keep=0) as client:
            read = self.dialect.uploaded
            return replace(
                source, address=await self._ask(client, call, USUAL, read, base_url=base_url)
            )

    async def task(self, task_id: str) -> RemoteTask:
        """Query a task. Raises `TaskNotFound`, another `ProviderError`, or `NetworkError`.

        If the dialect allows it, tasks that are requested while a query waits for its turn share
        one query.
        """
        if self.capabilities.batch == 1:
            return _one(await self._tasks([task_id]), task_id)
        if task_id not in self._polls:
            self._polls[task_id] = asyncio.get_running_loop().create_future()
        future = self._polls[task_id]
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        # Shielded: if one caller is cancelled, the others still get the answer.
        return await asyncio.shield(future)

    async def _poll(self) -> None:
        """Query the requested tasks, many at a time, until none is left."""
        asked: dict[str, asyncio.Future[RemoteTask]] = {}
        try:
            while self._polls:
                if self._limiter:
                    await self._limiter.acquire(USUAL)
                ids = list(self._polls)[: self.capabilities.batch]
                asked = {each: self._polls.pop(each) for each in ids}
                found: Mapping[str, RemoteTask | ProviderError] = {}
                error: Exception | None = None
                try:
                    found = await self._tasks(ids, limited=False)
                except Exception as failed:
                    error = failed
                for task_id, future in asked.items():
                    try:
                        if error is not None:
                            raise error
                        future.set_result(_one(found, task_id))
                    except Exception as failed:
                        future.set_exception(failed)
                        future.exception()  # no warning if the caller is gone
        finally:
            left, self._polls = self._polls, {}
            for future in (*asked.values(), *left.values()):
                future.cancel()

    async def _tasks(
        self, ids: Sequence[str], *, limited: bool = True
    ) -> Mapping[str, RemoteTask | ProviderError]:
        call = self.dialect.poll(ids)

        def read(reply: Reply) -> Mapping[str, RemoteTask | ProviderError]:
            found = self.dialect.tasks(reply, ids)
            for each in found.values():
                if isinstance(each, ProviderError):
                    each.raw = reply.body[:MOST_RAW]
            return found

        return await self._ask(self._api, call, USUAL, read, read_all=True, limited=limited)

    async def credits(self) -> Credits:
        """Return the account's balance, as far as the provider reports it."""
        call = self.dialect.balance()
        if call is None:
            return Credits(free=self.capabilities.free)
        return await self._ask(self._api, call, FIRST, self.dialect.credits)

    async def idle(self) -> bool:
        """Return whether the provider reports that no task runs; False if it can't tell."""
        call = self.dialect.activity()
        return call is not None and await self._ask(self._api, call, USUAL, self.dialect.idle)

    async def ask(self, call: Call, read: Callable[[Reply], T]) -> T:
        """Send a request that makes no song and costs nothing."""
        return await self._ask(self._posts, call, USUAL, read)

    async def probe(self, *, quick: bool = False) -> Facts:
        """Ask the provider what it is and can do, and use that from now on.

        With `quick`, only the first query is sent, and all other facts stay as they were known.
        Raises `WrongAddress` if it speaks another API, or the error of the first query.
        """
        replies: list[Reply | None] = []
        calls = self.dialect.probe()
        for call in calls[:1] if quick else calls:
            try:
                replies.append(await self._ask(self._api, call, FIRST, _itself, read_all=True))
            except (ProviderError, NetworkError):
                if not replies:
                    raise
                replies.append(None)
        facts = self.dialect.learn(replies)
        self.dialect = self.dialect.with_facts(facts)
        return facts

    async def download(
        self,
        url: str,
        part: Path,
        *,
        most: int,
        least: float = 0,
        rejected: RejectedFile | None = None,
        on_bytes: Callable[[int, int | None], None] | None = None,
    ) -> Fetched:
        """Download a file to `part`, resuming an earlier attempt.

        The key is sent only to the paths of the provider's own origin that need it
        (`Capabilities.keyed_paths`), and no redirect is followed from there. `most` is the largest
        size in bytes. `least` is the lowest speed in bytes a second, measured over 30 seconds (0:
        any). If the file is the one that was `rejected` before, `BadFile` is raised at once. A
        complete file of any kind is kept, unless it is text. Raises `FileGone`, `BadFile`, another
        `ProviderError`, `NetworkError` (after `TooSlow` the next call resumes the part),
        `SettingsError` for an invalid proxy, and `OSError` for the disk.
        """
        origin = origin_of(url)
        if origin is None:
            raise FileGone("The file's address is not an http or https URL.")
        can = self.capabilities
        own = origin == self._origin and urlsplit(url).path.startswith(can.keyed_paths)
        if self._limiter and origin == self._origin:
            await self._limiter.acquire(FIRST)
        with network_errors(url):
            return await transfer(
                self._own_files if own else self._files,
                url,
                part,
                most=most,
                least=least,
                rejected=rejected,
                on_bytes=on_bytes,
                gone=can.gone,
                follow=not own,
                # A proxy resolves names itself.
                resolve=not self.in_process and proxy_for(self._env, url) == "",
            )

    async def aclose(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
        for client in (self._api, self._posts, self._files, self._own_files):
            await client.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(
        self,
        client: httpx.AsyncClient,
        call: Call,
        priority: int,
        read: Callable[[Reply], T],
        *,
        read_all: bool = False,
        limited: bool = True,
        base_url: str | None = None,
    ) -> T:
        """Send a request and return what `read` returns for the answer.

        A refusal is raised, unless `read_all` is set: then `read` gets it as well. Errors keep the
        beginning of the body.
        """
        method, path, base_url = call.method, call.path, base_url or self.base_url
        if limited and self._limiter:
            await self._limiter.acquire(priority)
        body = b""
        try:
            with contextlib.ExitStack() as closing, network_errors(base_url):
                more = content_of(call, closing)
                async with (
                    asyncio.timeout(WHOLE_ANSWER + time_for(call)),
                    client.stream(method, base_url + path, **more) as response,
                ):
                    async for piece in decoded(response):
                        body += piece
                        if len(body) > MOST_ANSWER:
                            raise BadAnswer(f"The answer is larger than {MOST_ANSWER >> 20} MiB.")
            # The provider may repeat the key, and answers are shown, logged and stored.
            body = self._without_key(body)
            wait = retry_after(response.headers.get("Retry-After"))
            reply = Reply(response.status_code, body, wait, self.base_url)
            if not read_all and (refused := self.dialect.refusal(reply)):
                raise refused
            return read(reply)
        except (ProviderError, NetworkError) as error:
            silent = isinstance(error, OutcomeUnknown) and error.silent
            if silent and self.capabilities.silent_is_busy:
                error = Busy(BUSY)
            error.raw = self._without_key(body)[:MOST_RAW]
            raise error from None
        except SettingsError:
            raise
        except BadEncoding as error:
            raise BadAnswer(f"The answer can't be decoded: {error}.") from None
        except Exception as error:
            # The frames of an unknown error hold the request's headers, so only places are logged.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s: %r\n%s", method, path, error, places)
            raise OutcomeUnknown(f"The connection broke: {error!r}.") from None

    def _without_key(self, body: bytes) -> bytes:
        return self._key.hide_in(body) if self._key else body


def _itself(reply: Reply) -> Reply:
    return reply


def _one(found: Mapping[str, RemoteTask | ProviderError], id: str) -> RemoteTask:
    """Return the answer about one task. Raises its error, or `BadAnswer` if there is none."""
    answer = found.get(id)
    if answer is None:
        raise BadAnswer("The answer does not contain the task.")
    if isinstance(answer, ProviderError):
        raise answer
    return answer

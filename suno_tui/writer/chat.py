"""The client for servers with OpenAI's chat completions API, streamed. It imports httpx.

The key is sent only to the address in the settings: no redirect is followed. An answer is limited
in bytes, characters and time.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from suno_tui import __version__
from suno_tui.common.errors import SettingsError
from suno_tui.common.secret import Environment, Secret
from suno_tui.common.text import clean
from suno_tui.providers.encoding import IDENTITY, BadEncoding
from suno_tui.providers.errors import NeverSent, OutcomeUnknown
from suno_tui.providers.network import Routes, check
from suno_tui.providers.network_errors import network_errors
from suno_tui.providers.origin import KeyAuth, is_key, origin_of
from suno_tui.providers.transfer import decoded
from suno_tui.writer.errors import WriterError

MOST_BYTES = 2 * 1024 * 1024
MOST_TEXT = 40_000
"""The most characters of an answer, including the model's thoughts."""
TIMES = httpx.Timeout(90, connect=10)
"""Seconds to wait for the next byte: a model on the user's machine may have to be loaded first."""
WHOLE_ANSWER = 300.0
_MOST_REFUSAL = 16 * 1024
_NOTHING = "Nothing was changed."
_SECONDS = re.compile(r"[0-9]{1,6}")


async def chat(
    base_url: str,
    model: str | None,
    key: Secret | None,
    messages: Sequence[Mapping[str, str]],
    on_text: Callable[[str], None],
    *,
    env: Mapping[str, str],
    times: httpx.Timeout = TIMES,
    whole: float = WHOLE_ANSWER,
) -> str:
    """Return the answer to a chat; `on_text` is called with the text that has arrived so far.

    Raises `WriterError`, and `SettingsError` for an invalid address, key or proxy.
    """
    env = Environment.of(env)
    origin = origin_of(base_url)
    if origin is None:
        raise SettingsError(f"The writer's address {base_url!r} is not an http or https address.")
    url = address(base_url)
    if key and not is_key(key):
        raise SettingsError("The writer's key has characters that no key has. Copy it again.")
    check(env)
    body: dict[str, Any] = {"messages": list(messages), "stream": True}
    if model:
        body["model"] = model
    client = httpx.AsyncClient(
        headers={"User-Agent": f"suno-tui/{__version__}", **IDENTITY},
        auth=KeyAuth(key, origin) if key else None,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=times,
        transport=Routes(env, httpx.Limits(max_keepalive_connections=0)),
        follow_redirects=False,
        trust_env=False,
    )
    answer = _Answer(on_text, key)
    late = False
    try:
        with network_errors(url):
            async with client, asyncio.timeout(whole) as limit:
                try:
                    async with client.stream("POST", url, json=body) as response:
                        await _receive(response, answer, key, base_url)
                finally:
                    late = limit.expired()
    except NeverSent as error:
        raise WriterError(f"{error} Is the writer running there? {_NOTHING}") from None
    except BadEncoding as error:
        raise WriterError(f"The answer can't be decoded: {error}. {_NOTHING}") from None
    except OutcomeUnknown as error:
        raise WriterError(_network_trouble(error, answer, late, whole, times)) from None
    if not answer.ended:
        raise WriterError(f"The answer broke off in the middle. {_NOTHING} Ask again.")
    return answer.text


def address(base_url: str) -> str:
    """Return the URL of the chat; the path of an address without one is `/v1`."""
    base = base_url.rstrip("/").removesuffix("/chat/completions")
    if not urlsplit(base).path:
        base += "/v1"
    return f"{base}/chat/completions"


class _Answer:
    """The part of an answer that has arrived so far."""

    def __init__(self, on_text: Callable[[str], None], key: Secret | None) -> None:
        self._all = ""
        self._key = key
        self.ended = False
        """Whether the server has sent the end of the answer."""
        self._on_text = on_text

    @property
    def text(self) -> str:
        """The text with the key hidden, since a server may send the key back piece by piece."""
        if not self._key:
            return self._all
        return self._key.hide_in(self._all.encode(errors="replace")).decode(errors="replace")

    def add(self, event: Any) -> None:
        """Add an event of the stream, or a whole answer. Raises `WriterError`."""
        if not isinstance(event, dict):
            return
        if error := event.get("error"):
            raise WriterError(f"The server stopped: {_short(_error_text(error))} {_NOTHING}")
        choices = event.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            return
        part = first.get("delta") or first.get("message")
        part = part if isinstance(part, dict) else {}
        if isinstance(refused := part.get("refusal"), str) and refused:
            raise WriterError(f"The model refused: “{_short(refused)}” {_NOTHING}")
        if isinstance(content := part.get("content"), str) and content:
            self._all += content
            if len(self._all) > MOST_TEXT:
                raise WriterError(
                    f"The answer did not end: it was stopped after {MOST_TEXT:,} characters. "
                    f"{_NOTHING}"
                )
            self._on_text(self.text)
        why = first.get("finish_reason")
        if why == "content_filter":
            raise WriterError(f"The server's filter refused the answer. {_NOTHING}")
        if why == "length":
            raise WriterError(
                f"The answer broke off: it is longer than the server allows. {_NOTHING} "
                "Ask for less, or allow the model more tokens."
            )
        self.ended = self.ended or isinstance(why, str)


async def _receive(
    response: httpx.Response, answer: _Answer, key: Secret | None, base_url: str
) -> None:
    if response.status_code != 200:
        body = b""
        async for piece in decoded(response):
            body += piece
            if len(body) > _MOST_REFUSAL:
                break
        body = key.hide_in(body) if key else body
        raise WriterError(_refused(response, body, base_url))
    if "event-stream" not in response.headers.get("Content-Type", ""):
        body = b"".join([piece async for piece in _bounded(response)])
        event = _json(key.hide_in(body) if key else body)
        if not isinstance(event, dict) or not {"choices", "error"} & event.keys():
            raise WriterError(
                f"The server at this address is not a chat server. Check the address. {_NOTHING}"
            )
        answer.add(event)
        return
    async for line in _lines(response):
        line = key.hide_in(line) if key else line
        name, _, value = line.partition(b":")
        if name.strip() != b"data":
            continue
        if value.strip() == b"[DONE]":
            answer.ended = True
            return
        answer.add(_json(value))


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the lines of a stream as they arrive."""
    left = b""
    async for piece in _bounded(response):
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            yield line
    yield left


async def _bounded(response: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    async for piece in decoded(response):
        size += len(piece)
        if size > MOST_BYTES:
            raise WriterError(
                f"The answer did not end: it was stopped after {MOST_BYTES >> 20} MiB. {_NOTHING}"
            )
        yield piece


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _refused(response: httpx.Response, body: bytes, base_url: str) -> str:
    """Return a message about an HTTP status, with the server's own reason."""
    table = _json(body)
    error = table.get("error") or table.get("detail") if isinstance(table, dict) else None
    reason = f" It says: “{_short(_error_text(error))}”" if error else ""
    status, host = response.status_code, urlsplit(base_url).hostname or ""
    why = {
        401: f"{host} does not accept the writer's key. Set up another one.",
        402: f"{host} demands payment: look at your account there.",
        403: f"{host} does not let this key use the model.",
        404: f"{host} knows no such model or address. Check both in the writer's set-up.",
        413: "The song is too long for the model.",
        429: f"{host} accepts no more for now: too many requests, or the quota is used up.",
    }.get(status)
    if why is None:
        trouble = "has trouble" if status >= 500 else "refused the request"
        why = f"{host} {trouble} (HTTP {status})."
    if status == 429 and _SECONDS.fullmatch(wait := response.headers.get("Retry-After", "")):
        why += f" Ask again in {int(wait)} s."
    return f"{why}{reason} {_NOTHING}"


def _error_text(error: Any) -> str:
    """Return the message of an error, which is a table or a text."""
    found = error.get("message") if isinstance(error, dict) else error
    return found if isinstance(found, str) else "it gives no reason."


def _short(text: str) -> str:
    return clean(text[:1000]).strip()[:200]


def _network_trouble(
    error: OutcomeUnknown, answer: _Answer, late: bool, whole: float, times: httpx.Timeout
) -> str:
    if late:
        return f"The answer did not end: it was stopped after {whole:.0f} s. {_NOTHING}"
    if error.silent:
        begun = "No more came" if answer.text else "No answer came"
        return f"{begun} for {times.read or 0:.0f} s. {_NOTHING} Ask again."
    return f"The answer broke off in the middle. {_NOTHING} Ask again."

"""Writing partners: the server of `[writer]`, or an ACE-Step server among the providers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from suno_tui.common.secret import Secret
from suno_tui.providers.capabilities import Model
from suno_tui.providers.dialect import Call, Reply
from suno_tui.providers.errors import NetworkError, ProviderError
from suno_tui.providers.song import Song
from suno_tui.writer.acestep import Draft, call_for, read_draft, trouble
from suno_tui.writer.answers import read, read_fields
from suno_tui.writer.errors import WriterError
from suno_tui.writer.proposal import Proposal
from suno_tui.writer.wishes import IDEA, KINDS, POLISH, Wish, messages

OnText = Callable[[str], None]


class Partner(Protocol):
    """A writing partner: its name, the host that words are sent to, and its kinds of wishes."""

    name: str
    host: str
    kinds: tuple[str, ...]

    async def write(self, wish: Wish, song: Song, model: Model, on_text: OnText) -> Proposal:
        """Return a proposal for a song, within the limits of the model that makes the song.

        `on_text` is called with the text that has arrived so far. Raises `StudioError`.
        """


class ChatPartner:
    """The server of `[writer]`. `key` reads its key, and may run a password manager."""

    kinds = tuple(kind for kind in KINDS if kind != POLISH)

    def __init__(
        self,
        base_url: str,
        model: str | None,
        key: Callable[[], Secret | None],
        env: Mapping[str, str],
    ) -> None:
        self.base_url, self._model, self._key, self._env = base_url, model, key, env
        self.host = host_of(base_url)
        self.name = model or "its model"

    async def write(self, wish: Wish, song: Song, model: Model, on_text: OnText) -> Proposal:
        from suno_tui.writer.chat import chat

        asked = messages(wish, song, model)
        key = await asyncio.to_thread(self._key)
        answer = await chat(self.base_url, self._model, key, asked, on_text, env=self._env)
        # Comparing a long answer takes a while.
        return await asyncio.to_thread(read, wish, song, model, answer)


Ask = Callable[[Call, Callable[[Reply], Draft]], Awaitable[Draft]]


class AceStepPartner:
    """The language model of a provider; `ask` sends it a request."""

    kinds: tuple[str, ...] = (IDEA, POLISH)

    def __init__(self, name: str, base_url: str, ask: Ask) -> None:
        self.name, self.host, self._ask = name, host_of(base_url), ask

    async def write(self, wish: Wish, song: Song, model: Model, on_text: OnText) -> Proposal:
        try:
            draft = await self._ask(call_for(wish, song), read_draft)
        except ProviderError as error:
            raise trouble(error) from None
        except NetworkError as error:
            raise WriterError(f"{error} Nothing was changed.") from None
        return read_fields(song, model, draft.fields, draft.note)


def host_of(base_url: str) -> str:
    """Return the host and port of an address, without its user name and password."""
    try:
        return urlsplit(base_url).netloc.rpartition("@")[2]
    except ValueError:  # such as `http://[::1/v1`; `write` reports it
        return "an invalid address"

"""The providers of a home for views: capabilities, problems, prices and states."""

from __future__ import annotations

import contextlib
import itertools
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from suno_tui.common.errors import HomeError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment
from suno_tui.config.settings import HOSTED, LOCAL, Settings
from suno_tui.offers import NO_NONCE, ProviderState
from suno_tui.providers.capabilities import Capabilities, Model, Use
from suno_tui.providers.song import Problem, Song
from suno_tui.providers.source import COVER, EXTEND, REPAINT, WAYS, Source, carries

if TYPE_CHECKING:
    from suno_tui.config.tables import ProviderSettings
    from suno_tui.library.store import Library
    from suno_tui.providers.dialect import Call, Facts, Reply
    from suno_tui.providers.remote import Amount, Credits
    from suno_tui.server.service import Service
    from suno_tui.tasks.balances import Account
    from suno_tui.tasks.shell import Shell
    from suno_tui.tasks.store import TaskStore
    from suno_tui.writer.partner import Partner

T = TypeVar("T")

UPLOADED = "(the address of the uploaded track)"
"""Shown in place of an address that is known only when a song is sent."""
_ABLE = {
    EXTEND: "sunoapi.org and kie.ai",
    COVER: "ACE-Step, sunoapi.org and kie.ai",
    REPAINT: "ACE-Step, sunoapi.org and kie.ai",
}


class StudioProviders:
    """The part of `Studio` that knows the providers."""

    home: Home
    settings: Settings
    env: Mapping[str, str]
    provider: str
    song_provider: str | None
    _capabilities: dict[str, Capabilities]

    if TYPE_CHECKING:

        @property
        def tasks(self) -> TaskStore: ...

        @property
        def shell(self) -> Shell: ...

        def reload_settings(self) -> None: ...

        @property
        def library(self) -> Library: ...

    @abstractmethod
    def local_service(self) -> Service:
        """Return the built-in provider."""

    def model(self, model_id: str) -> Model | None:
        """Return the current provider's model with that id; None if there is none."""
        return next((model for model in self.models if model.id == model_id), None)

    def problems(self, song: Song, provider: str | None = None) -> tuple[Problem, ...]:
        """Return why the song can't be sent, going by the provider's models and, if the song
        carries on from a track, by the library."""
        found = song.problems(self.capabilities(provider).models)
        if song.way is None:
            return found
        from suno_tui.tasks.sources import source_problems

        model = self.model_of(song, provider)
        if song.way in WAYS and song.way not in model.ways:
            why = self.why_not_carry(song.way, provider, model)
            return tuple(Problem("way", why) if each.field == "way" else each for each in found)
        return *found, *source_problems(self.library, model, song)

    def model_of(self, song: Song, provider: str | None = None) -> Model:
        """Return the song's model at a provider; the default model if it doesn't have that one."""
        can = self.capabilities(provider)
        return (can.model(song.model) or can.default_model).carrying(song.way)

    def model_for(self, way: str, wish: str, provider: str | None = None) -> Model | None:
        """Return a provider's model that can carry on in this way, preferring `wish`; else None."""
        able = [model for model in self.capabilities(provider).models if way in model.ways]
        usual = self.capabilities(provider).default_model.id
        able.sort(key=lambda model: (model.id != wish, model.id != usual))
        return able[0] if able else None

    def able(self, way: str) -> list[str]:
        """Return the user's providers that can carry on in this way."""
        return [name for name in self.providers if self.model_for(way, "", name)]

    def why_not_carry(
        self, way: str, provider: str | None = None, model: Model | None = None
    ) -> str:
        """Return a sentence that a provider or model can't carry on in this way, and which can."""
        here = provider or self.current_provider
        if model is not None and (other := self.model_for(way, "", here)):
            return f"{model.label} can't {carries(way)}, but {other.label} can."
        able = [name for name in self.able(way) if name != here]
        if able:
            names = " or ".join(able)
            return f"{here} can't {carries(way)}, but {names} can: let it make the song."
        return (
            f"{here} can't {carries(way)}, and none of your other providers can. These can: "
            f"{_ABLE[way]}."
        )

    def uses(self, song: Song, provider: str | None = None) -> Mapping[str, Use]:
        """Return what a provider makes of the song's fields (`Song.uses`)."""
        return song.uses(self.model_of(song, provider))

    def request(self, song: Song, callback_url: str | None = None) -> dict[str, Any]:
        """Return the body that would be sent for the song."""
        name = self.current_provider
        if name == LOCAL:
            return song.to_wire(callback_url, exact=True)
        from suno_tui.providers.dialects import dialect_of

        dialect = dialect_of(self.settings.dialect(name), self._facts(name))
        source = None
        if song.way is not None:
            track = self.library.get(song.source_track or "")
            source = Source(track.audio, track.duration, 0, track.sha256, None, UPLOADED)
        call = dialect.create(song, nonce=NO_NONCE, callback_url=callback_url, source=source)
        file = {call.upload.field: str(call.upload.source.path)} if call.upload else {}
        return {**(call.body or {}), **file}

    def capabilities(self, provider: str | None = None) -> Capabilities:
        """Return what a provider can do, as far as is known; None means the current one."""
        name = provider or self.current_provider
        if name not in self._capabilities:
            self._capabilities[name] = self.settings.capabilities(name, self._facts(name))
        return self._capabilities[name]

    @property
    def models(self) -> tuple[Model, ...]:
        """The models of the current provider."""
        return self.capabilities().models

    def choose_provider(self, name: str | None) -> None:
        """Choose the provider of the song that is being written.

        None or an unknown name means the default provider.
        """
        other = name in self.providers and name != self.provider
        self.song_provider = name if other else None

    @property
    def current_provider(self) -> str:
        """The provider of the song that is being written."""
        return self.song_provider or self.provider

    @property
    def providers(self) -> list[str]:
        """The names of all providers."""
        return list(dict.fromkeys((LOCAL, HOSTED, *self.settings.providers)))

    def partners(self) -> tuple[Partner, ...]:
        """Return the writing partners: the server of `[writer]`, and each ACE-Step server that has
        a language model, or has not yet told whether it has."""
        from suno_tui.writer.partner import AceStepPartner, ChatPartner

        writer = self.settings.writer
        found: list[Partner] = []
        if writer.base_url:
            key = partial(self.settings.writer_key, self.env)
            found.append(ChatPartner(writer.base_url, writer.model, key, self.env))
        for name in self.settings.providers:
            if (
                self.settings.dialect(name) == "acestep"
                and self._facts(name).get("lm") is not False
            ):
                address, _ = self.settings.provider_address(name, self.env)
                found.append(AceStepPartner(name, address, partial(self._ask_to_write, name)))
        return tuple(found)

    async def _ask_to_write(self, provider: str, call: Call, read: Callable[[Reply], T]) -> T:
        import asyncio

        from suno_tui.worker.clients import open_clients

        async with open_clients(self.home, self.settings, self.env, None) as connect:
            return await (await asyncio.to_thread(connect, provider)).ask(call, read)

    def website(self, provider: str) -> str:
        """Return the address of the page for the user's account: the one in the settings, else the
        address of the API; empty for the built-in provider."""
        entry = self.settings.providers.get(provider)
        if entry is not None and entry.website:
            return entry.website
        return "" if provider == LOCAL else self.settings.provider_address(provider, self.env)[0]

    def may_have_key(self, provider: str) -> bool:
        """Return whether a provider gets a key, without reading it."""
        entry = self.settings.providers.get(provider)
        named = entry and (entry.key or entry.key_env or entry.key_file or entry.key_command)
        return self.capabilities(provider).key == "needed" or bool(named)

    async def identify(self, source: ProviderSettings) -> str:
        """Return the dialect of a new server. Raises what `providers.identify.identify` raises."""
        from suno_tui.config.provider_keys import read_key
        from suno_tui.providers.identify import identify

        key = read_key(
            "the new provider", source, Environment.of(self.env), self.settings.untrusted
        )
        return await identify(source.base_url, key, self.env)

    async def _recognize(self, provider: str) -> bool:
        """Identify the server again, and store its API; return whether the settings had another.

        The server may have been down, or the key wrong, when the provider was added. Raises what
        `identify` raises.
        """
        from suno_tui.config.config_file import change_setting

        entry = self.settings.providers.get(provider)
        if entry is None or any(task.provider == provider for task in self.tasks.live()):
            return False  # they were sent by the API in the settings
        dialect = await self.identify(entry)
        if dialect == self.settings.dialect(provider):
            return False
        change_setting(self.home, ("providers", provider, "dialect"), dialect)
        self.reload_settings()
        return True

    def free_name(self, dialect: str) -> str:
        """Return a free name for a new provider that speaks a dialect."""
        more = (f"{dialect}-{number}" for number in itertools.count(2))
        names = itertools.chain([dialect], more)
        return next(name for name in names if name not in self.providers)

    async def ask(self, provider: str) -> ProviderState:
        """Ask a provider for its state, and store its answer. Raises what `credits` raises."""
        from suno_tui.providers.errors import AccountRefused, NoKey, WrongAddress

        try:
            found = await self.credits(provider)
        except (WrongAddress, NoKey) as error:
            try:
                another = await self._recognize(provider)
            except AccountRefused as refused:
                raise error if isinstance(error, NoKey) else refused from None
            if not another:
                raise
            found = await self.credits(provider)
        can = self.capabilities(provider)
        facts = self._facts(provider)
        return ProviderState(
            free=can.free,
            balance=found.balance,
            credit=can.credit,
            models=tuple(model.id for model in can.models),
            running=facts.get("running"),
            queued=facts.get("queued"),
        )

    def _facts(self, provider: str) -> Facts:
        """Return what a provider told about itself last time."""
        from suno_tui.config.learned import read_facts

        if provider == LOCAL:
            return {}
        address, _ = self.settings.provider_address(provider, self.env)
        return read_facts(self.home, provider, address)

    async def credits(self, provider: str | None = None) -> Credits:
        """Ask for the balance at a provider (None: the default one), and store it for other views.

        Raises `SettingsError`, `ProviderError` and `NetworkError`.
        """
        import asyncio

        from suno_tui.config.learned import write_facts
        from suno_tui.worker.clients import open_clients

        name, asked_at = provider or self.provider, time.time()
        service = self.local_service() if name == LOCAL else None
        async with open_clients(self.home, self.settings, self.env, service) as connect:
            client = await asyncio.to_thread(connect, name)  # it may run a password manager
            if client.capabilities.silent_is_busy:
                write_facts(self.home, name, client.base_url, await client.probe())
                self._capabilities.pop(name, None)
            found = await client.credits()
        if found.balance is not None and name != LOCAL:
            with contextlib.suppress(HomeError):  # the answer is more important than storing it
                self.tasks.note_balance(self._account(name), found.balance, asked_at)
        return found

    def known_balance(self, provider: str) -> Amount | None:
        """Return the last stored balance at a provider, in credits; None if free or unknown."""
        if self.capabilities(provider).free:
            return None
        return self.tasks.balance(self._account(provider))

    def _account(self, provider: str) -> Account:
        from suno_tui.tasks.balances import Account

        base_url, _ = self.settings.provider_address(provider, self.env)
        return Account(provider, base_url, self.shell.accounts.get(provider))

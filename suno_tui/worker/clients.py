"""The clients of a home's providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from suno_tui.common.paths import Home
from suno_tui.config.learned import read_facts
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.providers.backoff import Limiter
from suno_tui.providers.client import Client
from suno_tui.providers.dialects import dialect_of
from suno_tui.providers.errors import NoKey
from suno_tui.providers.provider import Provider
from suno_tui.providers.suno.dialect import SunoDialect
from suno_tui.providers.tables.suno import LOCAL as BUILT_IN

if TYPE_CHECKING:
    from suno_tui.server.service import Service


@asynccontextmanager
async def open_clients(
    home: Home, settings: Settings, env: Mapping[str, str], service: Service | None
) -> AsyncIterator[Callable[[str], Provider]]:
    """Yield a function that makes a client for a provider's name; close all clients at the end.

    Settings and key are read anew for each client, so that a correction takes effect. The function
    raises `SettingsError` if the provider or its key is missing. `service` is the built-in
    provider, and is closed too.
    """
    limiter = Limiter(settings.queue.requests_per_second)
    opened = AsyncExitStack()
    if service is not None:
        opened.callback(service.close)

    def connect(name: str) -> Provider:
        if name == LOCAL:
            from suno_tui.server.in_process import OwnerTransport

            assert service is not None
            transport = OwnerTransport(service)
            built_in = SunoDialect(BUILT_IN, exact=True)
            client = Client("http://local", None, built_in, transport=transport)
        else:
            current = Settings.load(home)
            base_url, _ = current.provider_address(name, env)
            dialect = dialect_of(current.dialect(name), read_facts(home, name, base_url))
            key = current.provider_key(name, env)
            if key is None and dialect.capabilities.key == "needed":
                raise NoKey(
                    f"Provider {name!r} needs an API key: set SUNO_TUI_API_KEY, or key, "
                    f"key_file or key_command under [providers.{name}] in {home.config_file}."
                )
            client = Client(base_url, key, dialect, env=env, limiter=limiter)
        opened.push_async_callback(client.aclose)
        return client

    async with opened:
        yield connect

"""Find out which API a server speaks, by asking it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from suno_tui.common.secret import Secret
from suno_tui.providers.client import Client
from suno_tui.providers.dialects import dialect_of
from suno_tui.providers.errors import (
    AccountRefused,
    BadAnswer,
    InvalidRequest,
    ProviderDown,
    ProviderError,
    WrongAddress,
)

HOSTS = {
    "api.aivideoapi.ai": "suno",
    "api.sunoapi.org": "sunoapi",
    "apibox.erweima.ai": "sunoapi",
    "api.kie.ai": "kie",
}
"""Hosts whose dialect is known; other dialects are not tried there with the key."""

_ORDER = ("acestep", "suno", "sunoapi", "kie")
_NOT_THIS = (BadAnswer, InvalidRequest, ProviderDown)
"""Errors which show that a server speaks another API."""


async def identify(base_url: str, key: Secret | None, env: Mapping[str, str] | None = None) -> str:
    """Return the name of the dialect that a server speaks. No request costs anything.

    Raises `WrongAddress` if it speaks no API that we know, `AccountRefused` if it speaks one and
    refuses the key, `NetworkError` and `SettingsError`.
    """
    known = HOSTS.get(urlsplit(base_url).hostname or "")
    refused: ProviderError | None = None
    for name in [known] if known else _ORDER:
        async with Client(base_url, key, dialect_of(name), env=env) as client:
            try:
                await client.probe()
                return name
            except AccountRefused as error:
                # Some servers answer so to any path; then the first dialect's error is raised.
                refused = refused or error
            except _NOT_THIS:
                if known:
                    raise
    if refused is not None:
        raise refused
    raise WrongAddress("A server answers there, but it speaks no API that suno-tui knows.")

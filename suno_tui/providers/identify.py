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
"""Servers that are known by their names: a key goes to no path that is not theirs."""

_ORDER = ("acestep", "suno", "sunoapi", "kie")
_NOT_THIS = (BadAnswer, InvalidRequest, ProviderDown)
"""Errors by which a server shows that it speaks another API."""


async def identify(base_url: str, key: Secret | None, env: Mapping[str, str] | None = None) -> str:
    """Return the name of the dialect that a server speaks. Nothing is sent that costs anything.

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
                # Some answer so to any path; of these the first in order is asked with the key.
                refused = refused or error
            except _NOT_THIS:
                if known:
                    raise
    if refused is not None:
        raise refused
    raise WrongAddress("Something answers there, but it speaks none of the APIs that are known.")

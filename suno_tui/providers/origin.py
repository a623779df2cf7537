"""Send a key to the origin that it belongs to, and nowhere else. Imports httpx."""

from __future__ import annotations

from collections.abc import Generator

import httpx

from suno_tui.common.secret import Secret, server_of

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class KeyAuth(httpx.Auth):
    """Add the key to requests to its provider's origin, just before they are sent."""

    def __init__(self, key: Secret, origin: Origin) -> None:
        self._key = key
        self._origin = origin

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if origin_of(str(request.url)) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def is_key(key: Secret) -> bool:
    """Return whether a key holds only characters that a header may have."""
    return key.reveal().isascii() and key.reveal().isprintable() and " " not in key.reveal()


def origin_of(url: str) -> Origin | None:
    """Return the origin of an http or https URL; None if it is another or httpx rejects it."""
    try:
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return None
    return server_of(url)

"""Addresses of servers in the settings: their check, and which server one means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


def server_of(base_url: str | None) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http or https address; None if it is invalid.

    A key belongs to these three, and is sent to no other server.
    """
    try:
        parts = urlsplit(base_url or "")
        port = parts.port
    except ValueError:  # such as `http://[::1/v1`, and a port above 65535
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


@dataclass(slots=True, repr=False, eq=False)
class Address:
    """Marks a setting, for pydantic, as the address of a server; it may be empty."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import PydanticCustomError, core_schema

        def check(text: str) -> str:
            if text and server_of(text) is None:
                raise PydanticCustomError("address", "not an address")
            return text

        return core_schema.no_info_after_validator_function(check, handler(source))

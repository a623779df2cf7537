"""Secrets that can't be shown by accident."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

HIDDEN = "(the key)"


class Secret:
    """An API key that is not shown when it is printed, formatted, logged, pickled or put into JSON.

    The text is in a closure, so a traceback that prints attributes doesn't show it either. Secrets
    are compared in constant time, with a secret or a string. An empty secret is false.
    """

    __slots__ = ("reveal",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        self.reveal: Callable[[], str] = lambda: text
        """Return the text itself. Call it where the key is sent; don't keep it in a variable."""

    @classmethod
    def of(cls, key: str | Secret | None) -> Secret | None:
        """Return the key as a secret; None if there is none."""
        return cls(key) if isinstance(key, str) else key

    def hide_in(self, body: bytes) -> bytes:
        """Return the bytes with the secret replaced, even if they end in the middle of it."""
        for spelled in {self.reveal(), self.reveal().replace("/", "\\/")}:
            if spelled:
                body = body.replace(spelled.encode(), HIDDEN.encode())
                for length in range(len(spelled) - 1, 5, -1):
                    if body.endswith(spelled[:length].encode()):
                        body = body[:-length] + HIDDEN.encode()
                        break
        return body

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret | str):
            return NotImplemented
        theirs = other if isinstance(other, str) else other.reveal()
        from hmac import compare_digest

        return compare_digest(_bytes(self.reveal()), _bytes(theirs))

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a key is not pickled")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.union_schema([core_schema.is_instance_schema(cls), text])


def plain_http_warning(base_url: str, key: object) -> str | None:
    """Return a warning if the key would go to another machine over plain http, else None.

    `key` is the key, or whether there is one: only its truth value is used.
    """
    import ipaddress
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(base_url)
    except ValueError:
        return None
    host = parts.hostname or ""
    try:
        at_home = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        at_home = host == "localhost" or host.endswith(".localhost")
    if not key or parts.scheme != "http" or at_home:
        return None
    return (
        f"The API key is sent to {host} over plain http: anyone on the network can read it and "
        "spend your credits. Use an https address, or a tunnel such as ssh -L."
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Environment(Mapping[str, str]):
    """Environment variables whose values are not shown, because one may be a key."""

    __slots__ = ("_of",)

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._of: Callable[[], Mapping[str, str]] = lambda: variables

    @classmethod
    def of(cls, variables: Mapping[str, str] | None) -> Environment:
        """Wrap these variables; None stands for those of this process, as they are at each use."""
        if isinstance(variables, Environment):
            return variables
        return cls(os.environ if variables is None else variables)

    @property
    def is_process(self) -> bool:
        """Whether these are the variables of this process."""
        return self._of() is os.environ

    def secret(self, name: str) -> Secret | None:
        """Return a variable's value as a secret; None if it is unset or empty."""
        return Secret(self[name]) if self.get(name) else None

    def __getitem__(self, name: str) -> str:
        return self._of()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of())

    def __len__(self) -> int:
        return len(self._of())

    def __repr__(self) -> str:
        return f"<{len(self)} environment variables>"


def server_of(base_url: str | None) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http or https address; None if it is none.

    A key belongs to these three: it is sent to no other server.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(base_url or "")
        port = parts.port
    except ValueError:  # such as `http://[::1/v1`, and a port above 65535
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)

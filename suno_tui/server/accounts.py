"""Users, their keys (stored hashed), allow-lists of addresses, and rate limits.

A key is 256 random bits, so a plain SHA-256 is enough. The owner's key has no hash: it is used
only in this process, and no header can contain it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from suno_tui.server.database import Database

OWNER = "owner"
MIN_SECRET = 32
"""Characters of a key, including `sk-`. Shorter keys in older databases stay valid."""
MAX_ALLOWED = 10
"""Addresses in a key's allow-list, as at the hosted provider."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Key(NamedTuple):
    """A key that is neither disabled nor deleted, of a user who is not banned.

    `rate` is in requests per minute, limits are in credits; None means that the key has none.
    """

    id: int
    user_id: int
    name: str
    is_owner: bool
    allow: tuple[str, ...]
    rate: int | None
    limit_hour: int | None
    limit_day: int | None
    limit_total: int | None

    def allows(self, address: Address | None) -> bool:
        """Return whether the address is in the key's allow-list; an empty list allows all."""
        return not self.allow or in_networks(address, [parse_network(text) for text in self.allow])


def new_secret() -> str:
    """Return the text of a new key."""
    return f"sk-{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> bytes:
    """Return the hash under which a key is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def find_key(db: Database, secret: str) -> Key | None:
    """Return the key with this secret; None if it is malformed, unknown, disabled or deleted, or if
    its user is banned.

    The look-up is by hash, so that its duration reveals nothing about a stored secret.
    """
    return (
        _select_key(db, "keys.hash = ?", hash_secret(secret)) if secret.startswith("sk-") else None
    )


def find_payer(db: Database, key_id: int, model: str) -> tuple[Key, int, bool] | None:
    """Return the key as it is now, its user's balance, and whether the model is offered; None if
    the key may no longer be used."""
    row = db.row(_SELECT_PAYER, model, key_id)
    return None if row is None else (_key(row[:-2]), row[-2], bool(row[-1]))


def owner_key(db: Database) -> Key | None:
    """Return the key that is used in process; None before `create_owner`."""
    return _select_key(db, "keys.name = ? AND keys.hash IS NULL", OWNER)


_KEY = "keys.id, user_id, keys.name, hash IS NULL, allow, rate, limit_hour, limit_day, limit_total"
_FROM = (
    "FROM keys JOIN users ON users.id = keys.user_id "
    "WHERE NOT keys.disabled AND keys.deleted_at IS NULL AND NOT users.banned AND"
)
_SELECT_PAYER = (
    f"SELECT {_KEY}, balance, (SELECT active FROM models WHERE id = ?) {_FROM} keys.id = ?"
)


def _select_key(db: Database, where: str, value: bytes | str) -> Key | None:
    row = db.row(f"SELECT {_KEY} {_FROM} {where}", value)
    return None if row is None else _key(row)


def _key(row: Sequence[Any]) -> Key:
    key_id, user_id, name, is_owner, allow, *limits = row
    return Key(
        *(key_id, user_id, name, bool(is_owner)),
        () if allow == "[]" else tuple(json.loads(allow)),
        *limits,
    )


def create_owner(db: Database, now: float) -> None:
    """Add the owner's user and key, unless they exist."""
    db.run("INSERT OR IGNORE INTO users (name, created_at) VALUES (?, ?)", OWNER, now)
    db.run(
        "INSERT OR IGNORE INTO keys (user_id, name, hint, created_at) "
        "SELECT id, name, '', ? FROM users WHERE name = ?",
        *(now, OWNER),
    )


def parse_network(text: str) -> Network:
    """Parse an address or a CIDR; IPv4 that is mapped into IPv6 becomes IPv4.

    Raises ValueError with a message for the user.
    """
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is neither an IP address nor a CIDR") from None
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is None or found.prefixlen < 96:
        return found
    return ipaddress.IPv4Network((mapped, found.prefixlen - 96))


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """Parse an address; IPv4 that is mapped into IPv6 becomes IPv4. None if it is malformed."""
    try:
        found = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def in_networks(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> Address | None:
    """Return the client's address: the peer's, or the last forwarded one that is no trusted proxy.

    `forwarded` is the value of `X-Forwarded-For`.
    """
    trusted = list(trusted)
    hops = [peer, *reversed([hop for hop in forwarded.split(",") if hop.strip()])]
    found = None
    for hop in hops:
        found = parse_address(hop)
        if not in_networks(found, trusted):
            break
    return found


class RateLimiter:
    """A token bucket for each key: `rate` requests per minute, saved up for at most a minute.

    Each server process has its own buckets.
    """

    def __init__(self, default: int | None) -> None:
        self._default = default
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, key: Key, now: float) -> int:
        """Count a request and return 0, or return the whole seconds to wait before the next one.

        `now` is in monotonic seconds: setting the clock must neither block nor free a key.
        """
        rate = self._default if key.rate is None else key.rate
        if not rate or key.is_owner:
            return 0
        left, at = self._buckets.get(key.id, (float(rate), now))
        left = min(float(rate), left + max(0.0, now - at) * rate / 60)
        if left < 1:
            self._buckets[key.id] = (left, now)
            return max(1, math.ceil((1 - left) * 60 / rate))
        self._buckets[key.id] = (left - 1, now)
        return 0

"""Who may ask: users, their keys (stored hashed), allow-lists of addresses, and the rate of a key.

A key is 256 random bits, so that a plain SHA-256 is enough. The owner's key has no hash: it is
used in process only, and no header can name it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from suno_tui.server.database import Database

OWNER = "owner"
LEAST_SECRET = 32
"""Characters of a key, `sk-` included. Shorter ones from older databases go on working."""
MOST_ALLOWED = 10
"""Addresses in a key's allow-list, as at the hosted provider."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may be used, as far as disabling and banning go; `rate` in requests a minute."""

    id: int
    user_id: int
    name: str
    owner: bool
    allow: tuple[str, ...]
    rate: int | None
    limit_hour: int | None
    limit_day: int | None
    limit_total: int | None

    def allows(self, address: Address | None) -> bool:
        """Whether the address is in the key's allow-list; an empty list allows all."""
        return not self.allow or within(address, [network(text) for text in self.allow])


def new_secret() -> str:
    return f"sk-{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def find(db: Database, secret: str) -> Key | None:
    """Return the key of this secret; None if it is malformed, unknown, disabled or deleted, or if
    its user is banned.

    The look-up is by digest: how long it takes says nothing about a secret that is kept.
    """
    return _key(db, "keys.hash = ?", digest(secret)) if secret.startswith("sk-") else None


def find_by_id(db: Database, key_id: int) -> Key | None:
    """Return the key as it stands now; None if it may not be used any more."""
    return _key(db, "keys.id = ?", key_id)


def owner(db: Database) -> Key | None:
    """The key of who runs the service in process; None until `make_owner`."""
    return _key(db, "keys.name = ? AND keys.hash IS NULL", OWNER)


def _key(db: Database, where: str, value: bytes | str | int) -> Key | None:
    row = db.row(
        f"SELECT keys.* FROM keys JOIN users ON users.id = keys.user_id WHERE {where} "
        "AND NOT keys.disabled AND keys.deleted_at IS NULL AND NOT users.banned",
        value,
    )
    if row is None:
        return None
    names = ("id", "user_id", "name", "rate", "limit_hour", "limit_day", "limit_total")
    return Key(
        **{name: row[name] for name in names},
        owner=row["hash"] is None,
        allow=tuple(json.loads(row["allow"])),
    )


def make_owner(db: Database, now: float) -> None:
    """Give the owner a user and a key, where they are missing."""
    db.run("INSERT OR IGNORE INTO users (name, created_at) VALUES (?, ?)", OWNER, now)
    db.run(
        "INSERT OR IGNORE INTO keys (user_id, name, hint, created_at) "
        "SELECT id, name, '', ? FROM users WHERE name = ?",
        *(now, OWNER),
    )


def network(text: str) -> Network:
    """Return an address or a CIDR as a network, in its plainest form (as `address` does).

    Raises ValueError with a sentence.
    """
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is neither an IP address nor a CIDR") from None
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is None or found.prefixlen < 96:
        return found
    return ipaddress.IPv4Network((mapped, found.prefixlen - 96))


def address(text: str) -> Address | None:
    """The address in its plainest form (an IPv4 that is mapped into IPv6 is an IPv4)."""
    try:
        found = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def within(found: Address | None, networks: Iterable[Network]) -> bool:
    return found is not None and any(found in each for each in networks)


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> Address | None:
    """Who asks: the peer, or behind trusted proxies the last one whom they do not vouch for."""
    trusted = list(trusted)
    hops = [peer, *reversed([hop for hop in forwarded.split(",") if hop.strip()])]
    found = None
    for hop in hops:
        found = address(hop)
        if not within(found, trusted):
            break
    return found


class Rates:
    """A bucket for each key: `rate` requests a minute, saved up for at most a minute.

    Each server process has buckets of its own.
    """

    def __init__(self, default: int | None) -> None:
        self._default = default
        self._buckets: dict[int, tuple[float, float]] = {}

    def wait(self, key: Key, now: float) -> int:
        """Take one request, and return 0, or the whole seconds until there is one again.

        `now` is in monotonic seconds: a clock that is set must neither block nor free a key.
        """
        rate = self._default if key.rate is None else key.rate
        if not rate or key.owner:
            return 0
        left, at = self._buckets.get(key.id, (float(rate), now))
        left = min(float(rate), left + max(0.0, now - at) * rate / 60)
        if left < 1:
            self._buckets[key.id] = (left, now)
            return max(1, math.ceil((1 - left) * 60 / rate))
        self._buckets[key.id] = (left - 1, now)
        return 0

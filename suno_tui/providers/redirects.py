"""Follow redirects of files, but not from the internet into a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import httpx

from suno_tui.providers.errors import BadFile

MOST = 5
"""The most redirects that are followed for one file."""

_FAKE = ipaddress.ip_network("198.18.0.0/15")
"""Local proxies give such addresses to all public names; private networks don't use them."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_inner(address: str) -> bool:
    """Return whether an IP address is not public: of this machine, a private network or unassigned.

    IPv4 addresses inside IPv6 addresses (mapped, 6to4, NAT64) are recognised.
    """
    found: ipaddress.IPv4Address | ipaddress.IPv6Address
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        embedded = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            embedded = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = embedded or found
    if isinstance(found, ipaddress.IPv4Address) and found in _FAKE:
        return False
    return not found.is_global or found.is_multicast


async def leads_inside(host: str, *, resolve: bool = True) -> bool:
    """Return whether a host is in a private network; False for an unknown name.

    With `resolve`, the system is asked for the addresses of a name.
    """
    host = host.strip("[]").rstrip(".")
    try:
        return is_inner(host)
    except ValueError:
        pass
    name = host.lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    if not resolve:
        return False
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_inner(str(each[4][0])) for each in found)


async def keep_location(response: httpx.Response) -> None:
    """Move the `Location` header aside (a hook of httpx): httpx would parse it even if it follows
    no redirects, and raise an error for an invalid one."""
    if "Location" in response.headers:
        response.extensions["location"] = response.headers.pop("Location")


def location(response: httpx.Response) -> str | None:
    """Return the target of a redirect; None if the response is not one."""
    found: str | None = response.extensions.get("location")
    return found if response.status_code in (301, 302, 303, 307, 308) else None


async def follow(url: str, to: str, *, resolve: bool) -> str:
    """Return the target of a redirect of `url`. Raises `BadFile` if it may not be followed: to a
    scheme other than http and https, from https to http, or into a private network."""
    try:
        target = urljoin(url, to.strip())
        parts, before = urlsplit(target), urlsplit(url)
        _ = parts.port
        httpx.URL(target)
    except (ValueError, httpx.InvalidURL):
        raise BadFile("Its address redirects to an invalid address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadFile(f"Its address redirects to a {parts.scheme[:20] or 'nameless'}: address.")
    if before.scheme == "https" and parts.scheme == "http":
        raise BadFile("Its address redirects from https to http, which others can read and change.")
    here, there = before.hostname or "", parts.hostname
    inwards = here != there and await leads_inside(there, resolve=resolve)
    if inwards and not await leads_inside(here, resolve=resolve):
        raise BadFile(f"Its address redirects from {here} into a private network: {there}.")
    return target

"""Where the address of a file may lead: not from the internet into somebody's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import httpx

from suno_tui.api.errors import BadFile

MOST = 5
"""Redirects that are followed for one file."""

_FAKE = ipaddress.ip_network("198.18.0.0/15")
"""What local proxies answer for every public name; nobody's own network."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_inner(address: str) -> bool:
    """Whether an IP address belongs to this machine or to a private network, or to nobody.

    IPv4 addresses inside IPv6 ones (mapped, 6to4, NAT64) count as what they are.
    """
    found: ipaddress.IPv4Address | ipaddress.IPv6Address
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = inside or found
    if isinstance(found, ipaddress.IPv4Address) and found in _FAKE:
        return False
    return not found.is_global or found.is_multicast


async def leads_inside(host: str, *, resolve: bool = True) -> bool:
    """Whether a host's name or number leads into an inner network; a name that is not known leads
    nowhere. `resolve` asks the system for the addresses of a name."""
    with_numbers = host.strip("[]").rstrip(".")
    try:
        return is_inner(with_numbers)
    except ValueError:
        pass
    name = with_numbers.lower()
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
    """Take the address to which an answer leads out of its headers, as a hook of httpx: it reads
    the address even if nothing is to be followed, and raises errors for what it can't read."""
    if "Location" in response.headers:
        response.extensions["location"] = response.headers.pop("Location")


def location(response: httpx.Response) -> str | None:
    """Where an answer leads; None if it is no redirect."""
    found: str | None = response.extensions.get("location")
    return found if response.status_code in (301, 302, 303, 307, 308) else None


async def follow(url: str, to: str, *, resolve: bool) -> str:
    """Where a redirect of `url` leads. Raises `BadFile` if it may not be followed: to another
    scheme than http and https, from https to http, or from the internet into an inner network."""
    try:
        target = urljoin(url, to.strip())
        parts, before = urlsplit(target), urlsplit(url)
        _ = parts.port
        httpx.URL(target)
    except (ValueError, httpx.InvalidURL):
        raise BadFile("Its address leads on to one that can't be read.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadFile(f"Its address leads on to a {parts.scheme[:20] or 'nameless'}: address.")
    if before.scheme == "https" and parts.scheme == "http":
        raise BadFile("Its address leads on from https to http, which anybody may read and change.")
    here, there = before.hostname or "", parts.hostname
    inwards = here != there and await leads_inside(there, resolve=resolve)
    if inwards and not await leads_inside(here, resolve=resolve):
        raise BadFile(f"Its address leads on from {here} into a private network: {there}.")
    return target

"""The addresses and ports that callbacks may go to: only those on the open internet.

The closed networks are those in IANA's registries of special addresses, and those on which clouds
serve their own machines. `ipaddress.is_global` is not enough: before Python 3.11.10 and 3.12.4 it
is wrong about some of them (CVE-2024-4032).
"""

from __future__ import annotations

import ipaddress
import socket

from suno_tui.server.accounts import Address

_CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",  # also Oracle's metadata
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # protocols: Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "3fff::/20",
    )
)

_INTERNET = ipaddress.ip_network("2000::/3")
"""The part of IPv6 that is assigned to the open internet (RFC 4291, 2.4)."""

_EMBEDS = (
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
    (ipaddress.ip_network("::/96"), 0),
)
"""IPv6 networks that embed an IPv4 address (NAT64, 6to4, the old compatible form), and the bits
to the right of it."""

_ISATAP = (0x00005EFE, 0x02005EFE)
"""The 32 bits before the IPv4 address in an ISATAP address (RFC 5214, 6.1)."""


def is_public(found: Address) -> bool:
    """Return whether an address, and any IPv4 address in it, is on the open internet."""
    if isinstance(found, ipaddress.IPv6Address):
        for network, shift in _EMBEDS:
            if found in network:
                return is_public(ipaddress.IPv4Address((int(found) >> shift) & 0xFFFFFFFF))
        if (int(found) >> 32) & 0xFFFFFFFF in _ISATAP:
            return is_public(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)) and found in _INTERNET
        if found not in _INTERNET:
            return False
    return not any(found in network for network in _CLOSED)


def is_own(found: Address) -> bool:
    """Return whether an address is one of this machine's own.

    Asks the system for the source address of a packet to it, and sends nothing: the two are equal
    only if a machine sends to itself.
    """
    family = socket.AF_INET if found.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(found), 9))
            return str(probe.getsockname()[0]) == str(found)
    except OSError:
        # There is no route to it, or no IPv6 here, so it can't be called either.
        return False


def is_open_port(port: int) -> bool:
    """Return whether a port may be called: a port of the web, or an unprivileged one."""
    return port in (80, 443) or 1024 <= port <= 65535

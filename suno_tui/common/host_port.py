"""`HOST:PORT`, as options of the command line name an address to listen on."""

from __future__ import annotations

from suno_tui.common.errors import UsageError


def read_host_port(text: str, *, option: str, example: str) -> tuple[str, int]:
    """Return host and port; an IPv6 address without its brackets. Raises `UsageError`."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        raise UsageError(f"{option}: {text!r} is not HOST:PORT, such as {example}.")
    return host.strip("[]"), int(port)

"""Proxies and certificates from the environment.

httpx reads these variables itself, and raises many kinds of errors for an invalid one, even for a
host that needs none of them. Here each variable is read when it is needed, and an invalid one
raises a `SettingsError` that names it. The variables are those of httpx, with the rules of
`urllib.request.getproxies` and of curl's NO_PROXY: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
`NO_PROXY` (each in upper or lower case), `SSL_CERT_FILE`, `SSL_CERT_DIR` and `SSLKEYLOGFILE`.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx

from suno_tui.common.errors import SettingsError
from suno_tui.common.secret import Environment

_SCHEMES = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5h"}
_SCHEMES |= {"socks": "socks5"}  # how desktop settings write it
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Routes(httpx.AsyncBaseTransport):
    """A transport that reaches each host directly or through its proxy.

    A request raises `SettingsError` if a variable is invalid.
    """

    def __init__(self, env: Environment, limits: httpx.Limits) -> None:
        self._env = env
        self._limits = limits
        self._transports: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        for each in self._transports.values():
            await each.aclose()

    def _transport(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        variable = proxy_for(self._env, url)
        if variable not in self._transports:
            trust = certificates(self._env)
            via = proxy(variable, _value(self._env, variable)) if variable else None
            if via is not None and via.url.scheme == "https":
                via = httpx.Proxy(via.url, ssl_context=trust, auth=via.auth)
            self._transports[variable] = httpx.AsyncHTTPTransport(
                verify=trust, limits=self._limits, proxy=via, trust_env=False
            )
        return self._transports[variable]


def check(env: Environment) -> None:
    """Raise `SettingsError` if a variable is invalid.

    All proxies are checked, not only the one for the provider: files come from another host, after
    the song was paid for.
    """
    certificates(env)
    if not bypasses(env, "", 0):
        for scheme in ("https", "http"):
            if variable := proxy_variable(env, scheme):
                proxy(variable, _value(env, variable))


def proxy_for(env: Environment, url: httpx.URL | str) -> str:
    """Return the variable that names the proxy for a URL; empty if it is reached directly."""
    url = httpx.URL(url)
    variable = proxy_variable(env, url.scheme)
    if variable is None or bypasses(env, url.host, url.port or _port(url.scheme)):
        return ""
    if variable.startswith(_SYSTEM) and urllib.request.proxy_bypass(url.host):
        return ""
    return variable


def proxy_variable(env: Environment, scheme: str) -> str | None:
    """Return the variable that names the proxy for a scheme; None if there is none."""
    for kind in (scheme, "all"):
        if variable := _variable(env, f"{kind}_proxy"):
            return variable
    return None


def _variable(env: Environment, name: str) -> str | None:
    """Return the spelling in which a variable is set and not empty; None if there is none.

    Lower case comes first; if that is set but empty, the variable is off.
    """
    if name in env:
        return name if env[name].strip() else None
    if name == "http_proxy" and "REQUEST_METHOD" in env:
        return None  # HTTP_PROXY may be a header of a web server's client (CVE-2016-1000110)
    spelled = next((each for each in env if each.lower() == name and env[each].strip()), None)
    kind = name.removesuffix("_proxy")
    if spelled is None and kind != "no" and env.is_process and kind in _system_proxies():
        return f"{_SYSTEM}{kind}"
    return spelled


_SYSTEM = "the system's proxy for "


def _system_proxies() -> dict[str, str]:
    """Return the proxies from the system's settings (macOS), unless a variable names one."""
    if any(name.lower().endswith("_proxy") and value for name, value in os.environ.items()):
        return {}
    return urllib.request.getproxies()


def _value(env: Environment, variable: str) -> str:
    if variable.startswith(_SYSTEM):
        return _system_proxies()[variable.removeprefix(_SYSTEM)]
    return env[variable].strip()


def proxy(variable: str, value: str) -> httpx.Proxy:
    """Return the proxy that a variable names. Raises `SettingsError`, without the value, which may
    contain a password."""
    address = value if "://" in value else f"http://{value}"
    scheme, _, rest = address.partition("://")
    known = _SCHEMES.get(scheme.lower())
    if known is None:
        raise SettingsError(
            f"{variable} names a proxy of the unknown kind {scheme[:20]!r}. Use http, https or "
            "socks5, or unset the variable."
        )
    if known.startswith("socks"):
        try:
            import socksio  # noqa: F401
        except ImportError:
            raise SettingsError(
                f"{variable} names a SOCKS proxy, for which the Python package socksio is "
                "missing. Install it, or unset the variable."
            ) from None
    with contextlib.suppress(httpx.InvalidURL, ValueError, UnicodeError):
        found = httpx.Proxy(f"{known}://{rest}")
        if found.url.host and (found.url.port is None or 0 < found.url.port < 65536):
            return found
    raise SettingsError(
        f"{variable} is not the address of a proxy. Set it to an address such as "
        f"{known}://proxy.example.com:8080, or unset it."
    )


def bypasses(env: Environment, host: str, port: int) -> bool:
    """Return whether a host is reached directly because of `NO_PROXY`. Ignores invalid entries.

    An entry is `*`, a name (with or without a leading dot; subdomains match too), an IP address,
    in brackets or not, or a network (`10.0.0.0/8`, `fd00::/8`). All but a network may have a port.
    """
    variable = _variable(env, "no_proxy")
    if variable is None:
        return False
    host = host.strip("[]").rstrip(".").lower()
    entries = env[variable].lower().replace(",", " ").split()
    return any(_matches(entry, host, port) for entry in entries)


def _matches(entry: str, host: str, port: int) -> bool:
    entry = entry.partition("://")[2] or entry
    if entry == "*":
        return True
    number = _number(host)
    network = _network(entry)
    if network is not None:
        return number is not None and number in network
    name, wanted = _split(entry)
    if wanted not in (None, port):
        return False
    if (only := _number(name)) is not None:
        return number == only
    name = name.removeprefix("*").strip(".")
    return bool(name) and number is None and (host == name or host.endswith(f".{name}"))


def _network(entry: str) -> Network | None:
    address, slash, length = entry.partition("/")
    if not slash:
        return None
    try:
        return ipaddress.ip_network(f"{address.strip('[]')}/{length.strip(']')}", strict=False)
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, int | None]:
    """Split a name or address from its port; -1 is an invalid port."""
    if entry.startswith("["):
        name, _, port = entry[1:].partition("]")
        port = port.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        return entry, None
    if port.isascii() and port.isdigit() and len(port) < 6:
        return name, int(port)
    return name, None if not port else -1


def _number(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def certificates(env: Environment) -> ssl.SSLContext:
    """Return the trusted certificates: `SSL_CERT_FILE`, else `SSL_CERT_DIR`, else certifi's.

    Raises `SettingsError` that names the invalid variable.
    """
    # The standard library reads this variable itself, from the process's environment.
    keylog = os.environ.get("SSLKEYLOGFILE")
    return _certificates(env.get("SSL_CERT_FILE"), env.get("SSL_CERT_DIR"), keylog)


@functools.cache
def _certificates(file: str | None, folder: str | None, keylog: str | None) -> ssl.SSLContext:
    """Do what `certificates` does, cached: it is the slowest part of making a client."""
    if keylog:
        with _named("SSLKEYLOGFILE", keylog, "can't be written"), Path(keylog).open("ab"):
            pass
    if file:
        with _named("SSL_CERT_FILE", file, "can't be read"):
            return ssl.create_default_context(cafile=file)
    if folder:
        with _named("SSL_CERT_DIR", folder, "can't be read"):
            next(Path(folder).iterdir(), None)
            return ssl.create_default_context(capath=folder)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


@contextlib.contextmanager
def _named(variable: str, value: str, what: str) -> Iterator[None]:
    """Turn an error with a variable's file into a `SettingsError`."""
    try:
        yield
    except (OSError, ValueError) as error:
        # `ssl.SSLError` is an `OSError`: the file holds no certificates.
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else None
        why = why or getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"{variable} names {value}, which {what}: {why}. Correct the variable or unset it."
        ) from None

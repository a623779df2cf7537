"""The address of the Dask scheduler, and the protection of the connection to it.

A scheduler and its workers run whatever code they are sent. So the connection uses TLS with
certificates on both sides, unless it does not leave the machine.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import expand_home

if TYPE_CHECKING:
    from distributed import Security


class NoCluster(StudioError):
    """The package of the extra `cluster` is not installed."""

    title = "Dask is not installed"
    code = "no_cluster"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """A scheduler's address, such as `tls://10.1.0.1:8786`, and the files for TLS."""

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @classmethod
    def checked(
        cls,
        url: str,
        *,
        ca: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        insecure: bool = False,
    ) -> ClusterAddress:
        """Return the address. Raises `UsageError` if it is invalid or unprotected, `NoCluster`."""
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
        except ValueError:
            good = False
        if not good:
            raise UsageError(f"--cluster is an address such as tls://10.1.0.1:8786, not {url!r}.")
        given = {"--cluster-ca": ca, "--cluster-cert": cert, "--cluster-key": key}
        if parts.scheme == "tcp":
            if any(given.values()):
                raise UsageError("--cluster: with certificates the address begins with tls://.")
            if not (insecure or _is_loopback(parts.hostname or "")):
                raise UsageError(
                    f"{url} is not encrypted: anyone on the network could run programs on the "
                    "cluster. Use tls:// with --cluster-ca, --cluster-cert and --cluster-key; "
                    "--insecure-cluster allows it for a network that you trust."
                )
        elif missing := [name for name, value in given.items() if value is None]:
            raise UsageError(f"{url} needs {', '.join(missing)} too.")
        for name, value in given.items():
            if value is not None and not expand_home(value).is_file():
                raise UsageError(f"{name}: there is no file {value}.")
        if find_spec("distributed") is None:
            raise NoCluster("--cluster needs Dask: pip install 'suno-tui[cluster]'")
        files = [None if value is None else expand_home(value) for value in given.values()]
        return cls(url, *files)

    def security(self) -> Security | None:
        """Return Dask's settings for TLS; None for plain TCP."""
        if self.ca is None:
            return None
        from distributed import Security

        roles = {
            f"tls_{role}_{kind}": str(path)
            for role in ("client", "worker")
            for kind, path in (("cert", self.cert), ("key", self.key))
        }
        return Security(tls_ca_file=str(self.ca), require_encryption=True, **roles)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

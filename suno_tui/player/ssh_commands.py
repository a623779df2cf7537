"""Commands for a listener at the other end of SSH, ready to be copied there."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class SshCommands(NamedTuple):
    """How to reach this machine: `user`, `host` (a name or an address) and the port of SSH."""

    user: str
    host: str
    port: int = 22
    client: str = ""
    """The address of the user's own machine; empty without SSH."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> SshCommands:
        """Read SSH_CONNECTION, in which SSH names both ends of its connection."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):
            user = "user"
        match env.get("SSH_CONNECTION", "").split():
            case [client, _, host, port] if port.isdecimal():
                return cls(user, host, int(port), client)
        return cls(user, socket.gethostname())

    @property
    def studio(self) -> str:
        """The command that opens the studio here from the listener's machine, with its sound."""
        option = f"-p {self.port} " if self.port != 22 else ""
        return f"suno-tui ssh {option}{self.user}@{self.host}"

    def tunnel(self, port: int) -> str:
        """Return the command that forwards a port of the listener to the loopback here."""
        option = f"-p {self.port} " if self.port != 22 else ""
        return f"ssh -N -L {port}:127.0.0.1:{port} {option}{self.user}@{self.host}"

    def copy(self, path: Path) -> str:
        """Return the command that copies a file to the current folder of the listener's machine."""
        option = f"-P {self.port} " if self.port != 22 else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"scp {option}{shlex.quote(f'{self.user}@{host}:{path}')} ."

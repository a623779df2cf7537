"""Commands for the user to copy to the machine at the other end of SSH."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class SshCommands(NamedTuple):
    """The user, host (a name or an address) and SSH port to reach this machine."""

    user: str
    host: str
    port: int = 22
    client: str = ""
    """The address of the user's own machine; empty without SSH."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> SshCommands:
        """Read SSH_CONNECTION, where sshd names both ends of the connection."""
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
        """The command for the user's own machine that opens this studio, with sound."""
        option = f"-p {self.port} " if self.port != 22 else ""
        return f"suno-tui ssh {option}{self.user}@{self.host}"

    def tunnel(self, port: int) -> str:
        """Return the command that forwards a port of the user's machine to the loopback here."""
        option = f"-p {self.port} " if self.port != 22 else ""
        return f"ssh -N -L {port}:127.0.0.1:{port} {option}{self.user}@{self.host}"

    def copy(self, path: Path) -> str:
        """Return the command that copies a file to the current folder of the user's machine."""
        option = f"-P {self.port} " if self.port != 22 else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"scp {option}{shlex.quote(f'{self.user}@{host}:{path}')} ."

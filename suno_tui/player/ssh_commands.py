"""Commands for a listener at the other end of SSH, ready to be copied there."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class SshCommands(NamedTuple):
    """How this machine is reached: `user`, `host` (a name or an address) and the port of SSH."""

    user: str
    host: str
    port: int = 22
    client: str = ""
    """The address that one has come from over SSH; empty for somebody at the machine itself."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> SshCommands:
        """As the environment tells: SSH names both ends of its line in SSH_CONNECTION."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):
            user = "user"
        match env.get("SSH_CONNECTION", "").split():
            case [client, _, host, port] if port.isdecimal():
                return cls(user, host, int(port), client)
        return cls(user, socket.gethostname())

    def tunnel(self, port: int) -> str:
        """Run where one listens: there, the port leads to that of this machine's own loopback."""
        way = f"-p {self.port} " if self.port != 22 else ""
        return f"ssh -N -L {port}:127.0.0.1:{port} {way}{self.user}@{self.host}"

    def fetch(self, path: Path) -> str:
        """Run where one listens: the file into the folder that one is in."""
        way = f"-P {self.port} " if self.port != 22 else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"scp {way}{shlex.quote(f'{self.user}@{host}:{path}')} ."

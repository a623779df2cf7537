"""Real terminals for tests: a tmux server and an sshd on the loopback."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.needs import find

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], what: str, timeout: float = 60) -> T:
    """Call `look` until it returns something; fail after `timeout` seconds with `what`."""
    end = time.monotonic() + timeout
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout:g} s for {what}")
        time.sleep(0.05)


class Tmux:
    """A tmux server with one window of a known size."""

    def __init__(self, columns: int, rows: int, folder: Path) -> None:
        self._socket = folder / f"tmux-{uuid.uuid4().hex[:8]}"
        self._size = (columns, rows)

    def start(self, command: list[str], env: dict[str, str]) -> None:
        """Run a command in the window; the window stays when the command ends."""
        config = self._socket.with_suffix(".conf")
        config.write_text("set -g remain-on-exit on\nset -s escape-time 0\nset -g status off\n")
        columns, rows = (str(size) for size in self._size)
        settings = [f"{name}={value}" for name, value in env.items()]
        self._tmux(
            *("-f", str(config), "new-session", "-d", "-x", columns, "-y", rows),
            shlex.join(["env", *settings, *command]),
        )

    def keys(self, *keys: str) -> None:
        """Send keys by tmux's names (`Enter`, `M-g`, `C-q`, `Tab`)."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text, letter by letter."""
        self._tmux("send-keys", "-l", text)

    def text(self) -> str:
        """Return what the window shows."""
        return self._tmux("capture-pane", "-p", check=False)

    def wait(self, pattern: str, timeout: float = 60) -> str:
        """Wait until the window shows a pattern; return what it shows."""
        end = time.monotonic() + timeout
        while not re.search(pattern, shown := self.text()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {timeout:g} s for {pattern!r} in:\n{shown}")
            time.sleep(0.05)
        return shown

    def ended(self) -> bool:
        """Return whether the command has ended."""
        return self._tmux("display", "-p", "#{pane_dead}", check=False).strip() == "1"

    def close(self) -> None:
        """End the server; the program in the window gets a hang-up."""
        self._tmux("kill-server", check=False)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env=environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )
        if check and done.returncode:
            raise AssertionError(f"tmux {arguments[0]}: {done.stderr}")
        return done.stdout


class Sshd:
    """An sshd on the loopback that lets this user in with a key of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
                check=True,
            )
        keys = folder / "authorized_keys"
        keys.write_bytes((folder / "user.pub").read_bytes())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = folder / "sshd_config"
        config.write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host\nPidFile {folder}/pid\n"
            f"AuthorizedKeysFile {keys}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            "PermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\n"
        )
        self._folder = folder
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(parents=True, exist_ok=True)
        sshd = find("sshd")
        assert sshd is not None
        # A file, not a pipe: children of sshd keep it open after sshd has ended.
        self._log = folder / "log"
        self._process = subprocess.Popen([sshd, "-D", "-f", str(config), "-E", str(self._log)])
        wait_for(self._answers, "sshd to listen", 20)

    def command(self, remote: list[str]) -> list[str]:
        """Return the ssh command that runs `remote` on a terminal at the other end."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        flags = [part for option in options for part in ("-o", option)]
        target = f"{getpass.getuser()}@127.0.0.1"
        key = str(self._folder / "user")
        return [
            *("ssh", "-tt", "-F", "/dev/null", "-i", key, "-p", str(self.port), *flags),
            *(target, shlex.join(remote)),
        ]

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(timeout=20)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"sshd ended: {self._log.read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

"""Build ssh command lines that let a studio on another machine reach the listener on this one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.errors import UsageError
from suno_tui.listener.protocol import VERSION, other_age, program_of

_WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")
"""Options of ssh that are followed by a value. Source: ssh(1) of OpenSSH 9.9."""


class Target(NamedTuple):
    """The arguments of `suno-tui ssh`."""

    options: list[str]
    """Options for ssh itself."""
    host: str
    arguments: list[str]
    """Arguments for the studio."""


def parse(words: Sequence[str]) -> Target:
    """Split `[ssh options] HOST [-- studio arguments]`. Raises `UsageError`."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        letters = words[at][1:]
        # `-4Cp 22` or `-p22`: the value is the rest of the word, else the next word.
        takes = next((i for i, letter in enumerate(letters) if letter in _WITH_VALUE), None)
        at += 2 if takes is not None and takes == len(letters) - 1 else 1
    if at >= len(words) or words[at] == "--":
        raise UsageError("ssh needs a host: suno-tui ssh [ssh options] HOST [-- studio arguments]")
    rest = [*words[at + 1 :]]
    if rest and rest[0] != "--":
        raise UsageError(f"Put -- before the studio's arguments: {words[at]} -- {shlex.join(rest)}")
    return Target([*words[:at]], words[at], rest[1:])


class Ssh(NamedTuple):
    """The ssh commands for one target, which share a connection so that it asks for a password
    only once."""

    target: Target
    control: Path | None
    """The control socket of our own connection; None to use the one in the user's settings."""

    def command(self, *more: str, remote: str = "") -> list[str]:
        """Return a command line. The user's own options come first, since ssh uses the first."""
        shared = []
        if self.control is not None:
            shared = [
                *("-o", "ControlMaster=auto", "-o", f"ControlPath={self.control}"),
                *("-o", "ControlPersist=15"),
            ]
        alive = ["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"]
        line = ["ssh", *self.target.options, *shared, *alive, *more, "--", self.target.host]
        return [*line, remote] if remote else line

    def probe(self, program: Sequence[str]) -> list[str]:
        """Return the command that asks the host for its version and its folder for sockets."""
        return self.command("-T", remote=remote_command([*program, "listen", "--where"]))

    def studio(self, program: Sequence[str], ours: Path, theirs: str) -> list[str]:
        """Return the command that opens the studio, and forwards the socket `theirs` on the host to
        `ours` on this machine."""
        return self.command(
            *("-t", "-C", "-o", "SendEnv=LC_COLORTERM", "-R", f"{theirs}:{ours}"),
            remote=remote_command([*program, *self.target.arguments], socket=theirs),
        )

    def attach(self, ours: Path, theirs: str) -> list[str]:
        """Return the command that only forwards the socket, without a studio, until its input
        ends."""
        options = ("-T", "-C", "-o", "ExitOnForwardFailure=yes", "-R", f"{theirs}:{ours}")
        return self.command(*options, remote=remote_command(["cat"], socket=theirs))

    def cancel(self, ours: Path, theirs: str) -> list[str]:
        """Return the command that ends the forwarding in a connection that the user shares."""
        return self.command("-O", "cancel", "-R", f"{theirs}:{ours}")

    def end(self) -> list[str]:
        """Return the command that ends our own connection."""
        return self.command("-O", "exit")

    def settings(self) -> list[str]:
        """Return the command that prints the user's settings for the host, without connecting."""
        return ["ssh", *self.target.options, "-G", "--", self.target.host]


def has_shared_connection(settings: str) -> bool:
    """Return whether the user's settings (`ssh -G`) already share connections to this host."""
    found = dict(line.partition(" ")[::2] for line in settings.lower().splitlines())
    return found.get("controlpath", "none") != "none"


def remote_command(words: Sequence[str], *, socket: str = "") -> str:
    """Return a command for the user's login shell on the host, whichever that is.

    It finds programs that pip or pipx installed for the user, passes on the terminal's colours, and
    removes the forwarded socket at the end.
    """
    lines = [
        'PATH="$PATH:$HOME/.local/bin"',
        'if [ -n "$LC_COLORTERM" ]; then export COLORTERM="$LC_COLORTERM"; fi',
        shlex.join(words),
    ]
    if socket:
        # After a lost connection, the shell lives on just long enough to remove the socket.
        lines.insert(0, "trap : HUP TERM")
        lines += ["code=$?", f"rm -f {shlex.quote(socket)}", "exit $code"]
    return f"exec sh -c {shlex.quote('; '.join(lines))}"


class Answer(NamedTuple):
    """A host's answer to `Ssh.probe`."""

    folder: str
    """Its folder for sockets."""
    program: str
    """Its version of suno-tui."""
    age: int
    """As `protocol.other_age`."""


def answer_in(text: str) -> Answer | None:
    """Find the answer to `Ssh.probe` in a command's output; None if there is none."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue  # something that the shell prints when it starts
        folder = found.get("listeners") if isinstance(found, dict) else None
        # In ssh's `-R`, a colon is a separator.
        if isinstance(folder, str) and folder.startswith("/") and folder.isprintable():
            if ":" in folder:
                return None
            spoken, oldest = (
                value if type(value := found.get(name)) is int else VERSION
                for name in ("protocol", "oldest")
            )
            age = other_age({"protocol": spoken, "oldest": oldest})
            return Answer(folder, program_of(found), age)
    return None

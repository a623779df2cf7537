"""What the environment of a process says of keys, addresses and proxies.

A song belongs to the key and the address of the shell that queued it, kept as a mark (a digest: no
key is written down). A worker sends only songs whose mark its own environment yields, and songs
that need nothing from the environment.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold, Status, Task

ROUTE = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
"""Variables, in either case, that tell httpx how to reach a provider."""

KEY_REFUSED = (HoldCode.INVALID_API_KEY, HoldCode.NO_KEY)
"""Holds of songs that another key for the same address may send."""


@dataclass(frozen=True)
class Shell:
    """The part of an environment that matters to the queue."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    """By provider, the mark of the variables with its key or its address, if any is set."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """By provider, its address in this environment; for those that have a mark."""
    route: str = ""

    @classmethod
    def of(
        cls,
        env: Mapping[str, str],
        variables: Mapping[str, Sequence[str]],
        addresses: Mapping[str, str],
    ) -> Shell:
        """Read an environment; `variables` are those with each provider's key and address."""
        accounts = {}
        for provider, names in variables.items():
            if any(env.get(name) for name in names):
                accounts[provider] = _mark_of(env, names, provider)
        known = {name: addresses[name] for name in accounts if name in addresses}
        ways = sorted(name for name in env if name.lower() in ROUTE)
        return cls(accounts, known, _mark_of(env, ways) if ways else "")

    @property
    def whose(self) -> str:
        """A mark of all its accounts; empty if the environment names none."""
        return _digest(*sorted(self.accounts.values())) if self.accounts else ""

    @property
    def mark(self) -> str:
        """A mark by which workers of different environments differ."""
        return f"{self.whose or '-'}.{self.route or '-'}"

    @property
    def lock_note(self) -> str:
        """The text beside the process number in a lock's file; that number is of no use on another
        machine or in another container."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        return f"{self.mark} {socket.gethostname() or '?'} {started}"

    def may_drive(self, task: Task) -> bool:
        """Return whether a worker here can drive the task: any worker can download files."""
        return (
            task.account is None
            or task.account in self.accounts.values()
            or task.status is Status.DOWNLOADING
        )

    def why_not(self, task: Task) -> Hold:
        """Return the hold of a task that belongs to another shell."""
        where = f" at {task.base_url}" if task.base_url else ""
        return Hold(
            HoldCode.OTHER_SHELL,
            f"It was queued in a shell that has another key or address for {task.provider!r}"
            f"{where}. It continues there: run `suno-tui work` in that shell, or "
            f"`suno-tui queue retry {task.id}` in one that has the right address.",
        )


def mark_in(note: str) -> str:
    """Return the mark in a lock's note."""
    return note.partition(" ")[0]


def whose_in(note: str) -> str:
    """Return the mark of the accounts in a lock's note."""
    whose = mark_in(note).partition(".")[0]
    return "" if whose == "-" else whose


def host_in(note: str) -> str:
    """Return the machine's name in a lock's note."""
    return note.split(" ")[1] if note.count(" ") else ""


def _mark_of(env: Mapping[str, str], names: Sequence[str], what: str = "") -> str:
    # No variable here holds a value: a traceback may show variables.
    mark = hashlib.blake2s(what.encode(), digest_size=8)
    for name in names:
        mark.update(f"\0{name.lower()}=".encode())
        mark.update(env.get(name, "").encode("utf-8", "surrogateescape"))
    return mark.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.blake2s("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()

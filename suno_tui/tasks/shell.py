"""The keys, addresses and proxies in the environment of a process.

A song belongs to the key and the address of the shell that queued it; they are stored as a mark, a
digest that does not reveal the key. A worker sends only songs with a mark of its own environment,
and songs that need nothing from the environment.
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
"""Variables, in lower or upper case, that tell httpx how to reach a provider."""

KEY_REFUSED = (HoldCode.INVALID_API_KEY, HoldCode.NO_KEY)
"""Holds of songs that may be sent with another key for the same address."""


@dataclass(frozen=True)
class Shell:
    """The part of an environment that matters to the queue."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    """By provider, the mark of the variables with its key or its address, if any is set."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """By provider, its address in this environment; only for providers that have a mark."""
    route: str = ""
    """The mark of the variables in `ROUTE`; empty if none is set."""

    @classmethod
    def of(
        cls,
        env: Mapping[str, str],
        variables: Mapping[str, Sequence[str]],
        addresses: Mapping[str, str],
    ) -> Shell:
        """Read an environment; `variables` names those with each provider's key and address."""
        accounts = {}
        for provider, names in variables.items():
            if any(env.get(name) for name in names):
                accounts[provider] = _mark_of(env, names, provider)
        known = {name: addresses[name] for name in accounts if name in addresses}
        routes = sorted(name for name in env if name.lower() in ROUTE)
        return cls(accounts, known, _mark_of(env, routes) if routes else "")

    @property
    def accounts_mark(self) -> str:
        """One mark for all accounts; empty if the environment names none."""
        return _digest(*sorted(self.accounts.values())) if self.accounts else ""

    @property
    def mark(self) -> str:
        """A mark that differs between workers of different environments."""
        return f"{self.accounts_mark or '-'}.{self.route or '-'}"

    @property
    def lock_note(self) -> str:
        """The text after the process id in a lock file: mark, host and start time. The process id
        alone means nothing on another machine or in another container."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        return f"{self.mark} {socket.gethostname() or '?'} {started}"

    def may_drive(self, task: Task) -> bool:
        """Return whether a worker with this environment can drive the task.

        Any worker can download files.
        """
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


def accounts_mark_in(note: str) -> str:
    """Return the mark of the accounts in a lock's note."""
    accounts = mark_in(note).partition(".")[0]
    return "" if accounts == "-" else accounts


def host_in(note: str) -> str:
    """Return the machine's name in a lock's note."""
    return note.split(" ")[1] if note.count(" ") else ""


def _mark_of(env: Mapping[str, str], names: Sequence[str], what: str = "") -> str:
    # No local variable holds a value of the environment, as a traceback may show variables.
    mark = hashlib.blake2s(what.encode(), digest_size=8)
    for name in names:
        mark.update(f"\0{name.lower()}=".encode())
        mark.update(env.get(name, "").encode("utf-8", "surrogateescape"))
    return mark.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.blake2s("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()

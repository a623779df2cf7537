"""What a process's environment gives its worker: whose songs it may send, and by which way.

A song belongs to the key and the address of the shell that queued it, kept as a mark (a digest: no
key is ever written down). A worker sends only songs whose mark its own environment gives, and those
that need nothing from the environment.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from suno_tui.queue.records import Hold, Status, Task

ROUTE = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
"""Variables, in either case, by which httpx finds its way to a provider."""

KEY_REFUSED = ("invalid_api_key", "no_key")
"""Holds with which a song may go on with another key for the same address."""


@dataclass(frozen=True)
class Shell:
    """An environment, as far as it matters to the queue."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    """By provider, the mark of the variables that name its key or its address, if any is set."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """By provider, where it is from here; for those that have a mark."""
    route: str = ""

    @classmethod
    def of(
        cls,
        env: Mapping[str, str],
        variables: Mapping[str, Sequence[str]],
        addresses: Mapping[str, str],
    ) -> Shell:
        """Read an environment; `variables` are those that each provider's key and address are
        read from."""
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
        """What tells workers of different environments apart."""
        return f"{self.whose or '-'}.{self.route or '-'}"

    @property
    def note(self) -> str:
        """What stands in a lock's file beside the process's number, which means nothing on another
        machine or in another container."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        return f"{self.mark} {socket.gethostname() or '?'} {started}"

    def may_drive(self, task: Task) -> bool:
        """Whether a worker here can do something for the task: files are anybody's to fetch."""
        return (
            task.account is None
            or task.account in self.accounts.values()
            or task.status is Status.DOWNLOADING
        )

    def why_not(self, task: Task) -> Hold:
        """Why a task waits that belongs to another shell."""
        where = f" at {task.base_url}" if task.base_url else ""
        return Hold(
            "other_shell",
            f"It was queued in a shell that has another key or address for {task.provider!r}"
            f"{where}. It goes on there: run `suno-tui work` in that shell, or "
            f"`suno-tui queue retry {task.id}` in one that has the right address.",
        )


def mark_in(note: str) -> str:
    """The mark in a lock's note."""
    return note.partition(" ")[0]


def whose_in(note: str) -> str:
    """The mark of the accounts in a lock's note."""
    whose = mark_in(note).partition(".")[0]
    return "" if whose == "-" else whose


def host_in(note: str) -> str:
    """The machine's name in a lock's note."""
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

"""A dialect: what is asked of a provider and what its answers mean, without I/O.

`client.py` does the HTTP for all dialects. Each is a file of calls and readers, which tests feed
with tables, and a table of data in `tables/` (`Capabilities`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.errors import ProviderError
from suno_tui.providers.remote import Accepted, Credits, RemoteTask
from suno_tui.providers.song import Song

Facts = Mapping[str, Any]
"""What a provider told of itself, as JSON: kept on disk, and given to its dialect again."""


class Call(NamedTuple):
    """A request: its path on the provider's origin, and its body, sent as JSON."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = {}


class Reply(NamedTuple):
    """An answer: HTTP status, whole body, `Retry-After` in seconds, the provider's address."""

    status: int
    body: bytes
    retry_after: float | None = None
    base_url: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Dialect(Protocol):
    """The API of a kind of provider. Its readers may raise `ProviderError`."""

    @property
    def capabilities(self) -> Capabilities: ...

    def create(self, song: Song, *, nonce: str, callback_url: str | None) -> Call:
        """Return the request that sends the song. The same nonce gives the same request."""

    def created(self, reply: Reply) -> Accepted:
        """Read the answer to `create`."""

    def poll(self, ids: Sequence[str]) -> Call:
        """Return the query of some tasks, at most `Capabilities.batch`."""

    def tasks(self, reply: Reply, ids: Sequence[str]) -> Mapping[str, RemoteTask | ProviderError]:
        """Read the answer to `poll`."""

    def census(self) -> Call | None:
        """Return the call that tells how many tasks run; None if there is none."""

    def idle(self, reply: Reply) -> bool:
        """Read the answer to `census`: whether no task runs."""

    def balance(self) -> Call | None:
        """Return the query of the balance; None if nothing costs anything, or none is told."""

    def credits(self, reply: Reply) -> Credits:
        """Read the answer to `balance`."""

    def refusal(self, reply: Reply) -> ProviderError | None:
        """Return what an answer refuses, whatever its status; None if it is none.

        Whether the error is `settled` is the verdict for a create: nothing was charged.
        """

    def probe(self) -> tuple[Call, ...]:
        """Return the calls that tell what the provider is. They cost nothing and change nothing."""

    def learn(self, replies: Sequence[Reply | None]) -> Facts:
        """Read the answers to `probe`, None for one that failed; what is missing behind them was
        not asked and stays as it is known. Raises `WrongAddress` if another kind of server answers
        there."""

    def knowing(self, facts: Facts) -> Dialect:
        """Return the dialect of a provider that told so much of itself."""

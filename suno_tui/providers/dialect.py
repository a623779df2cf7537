"""A dialect: the requests of a provider's API and the meaning of its answers, without I/O.

`client.py` does the HTTP for all dialects. Each dialect is a file with functions that make requests
(calls) and parse answers (readers), and a table of data in `tables/` (`Capabilities`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.errors import ProviderError
from suno_tui.providers.remote import Accepted, Credits, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.source import Source, Upload

Facts = Mapping[str, Any]
"""What a provider reported about itself, as JSON; kept on disk and given to its dialect later."""


class Call(NamedTuple):
    """A request: its path on the provider's origin, and its body, sent as JSON.

    With a file to upload, the body is sent as a form.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = {}
    upload: Upload | None = None


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

    def create(
        self, song: Song, *, nonce: str, callback_url: str | None, source: Source | None = None
    ) -> Call:
        """Return the request that sends the song, with the track that it carries on from, if any.

        The same nonce gives the same request.
        """

    def upload(self, song: Song, source: Source) -> Call | None:
        """Return the request that uploads the source before the song is sent; None if the source is
        sent with the song or is at the provider already."""

    def uploaded(self, reply: Reply) -> str:
        """Read the answer to `upload`; return the source's address."""

    def created(self, reply: Reply) -> Accepted:
        """Read the answer to `create`."""

    def poll(self, ids: Sequence[str]) -> Call:
        """Return the query for some tasks, at most `Capabilities.batch`."""

    def tasks(self, reply: Reply, ids: Sequence[str]) -> Mapping[str, RemoteTask | ProviderError]:
        """Read the answer to `poll`."""

    def activity(self) -> Call | None:
        """Return the query for how many tasks run; None if the API has none."""

    def idle(self, reply: Reply) -> bool:
        """Read the answer to `activity`; return whether no task runs."""

    def balance(self) -> Call | None:
        """Return the query for the balance; None if the provider is free or the API has none."""

    def credits(self, reply: Reply) -> Credits:
        """Read the answer to `balance`."""

    def refusal(self, reply: Reply) -> ProviderError | None:
        """Return the error of an answer that is a refusal, whatever its status; else None.

        If the answer is to `create`, `settled` says whether it proves that nothing was charged.
        """

    def probe(self) -> tuple[Call, ...]:
        """Return the queries that show what the provider is. They cost and change nothing."""

    def learn(self, replies: Sequence[Reply | None]) -> Facts:
        """Read the answers to `probe`; None stands for one that failed. If there are fewer answers
        than queries, the facts of the others stay as they are known. Raises `WrongAddress` if
        another kind of server answers there."""

    def with_facts(self, facts: Facts) -> Dialect:
        """Return the dialect for a provider with these facts."""

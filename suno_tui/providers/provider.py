"""The interface of a provider for the worker and the screens, whatever its dialect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.dialect import Call, Facts, Reply
from suno_tui.providers.remote import Accepted, Credits, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.source import Source

if TYPE_CHECKING:
    from suno_tui.providers.transfer import Fetched, RejectedFile

T = TypeVar("T")


class Provider(Protocol):
    """A provider. The methods are documented at `client.Client`."""

    base_url: str
    in_process: bool
    """Whether it is the built-in one, so that requests cost next to nothing."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def probe(self, *, quick: bool = False) -> Facts:
        """Ask what it is and what it can do; with `quick`, in one request."""

    async def create(
        self,
        song: Song,
        *,
        nonce: str,
        callback_url: str | None = None,
        source: Source | None = None,
    ) -> Accepted:
        """Send a song once."""

    async def upload(self, song: Song, source: Source) -> Source:
        """Upload the track that a song carries on from, if it must be there before the song."""

    async def ask(self, call: Call, read: Callable[[Reply], T]) -> T:
        """Send a request that makes no song and costs nothing."""

    async def task(self, task_id: str) -> RemoteTask:
        """Query a task."""

    async def idle(self) -> bool:
        """Return whether it reports that no task runs."""

    async def credits(self) -> Credits:
        """Return the balance."""

    async def download(
        self,
        url: str,
        part: Path,
        *,
        most: int,
        least: float = 0,
        rejected: RejectedFile | None = None,
        on_bytes: Callable[[int, int | None], None] | None = None,
    ) -> Fetched:
        """Download a file."""

    async def aclose(self) -> None:
        """Close its connections."""

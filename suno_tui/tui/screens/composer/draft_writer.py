"""Writes drafts in order and off the event loop, so that a slow disk delays no key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.draft_session import DraftSession


class Saved(NamedTuple):
    """The result of a write: the draft's name before and after, and the error, if any."""

    before: str | None
    after: str | None
    forked: bool = False
    gone: bool = False
    """Whether it was forked because another program had deleted or renamed it."""
    trouble: StudioError | None = None


class DraftWriter:
    """Runs a draft session on a thread; nothing else uses the session while the form is open."""

    def __init__(self, session: DraftSession) -> None:
        self.session = session
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="drafts")

    def now(self, song: Song, provider: str | None, *, settle: bool = False) -> Saved:
        """Write the song after all earlier writes; return when it is on the disk.

        `provider` makes the song; None is the default provider.
        """
        return self._disk.submit(self._write, song, provider, settle).result()

    async def later(self, song: Song, provider: str | None, *, settle: bool = False) -> Saved:
        """Write as `now` does, without blocking the event loop."""
        return await asyncio.wrap_future(self._disk.submit(self._write, song, provider, settle))

    def switch_to(self, name: str | None, song: Song | None, provider: str | None) -> None:
        """Write another draft from now on."""
        self._disk.submit(self.session.switch_to, name, song, provider).result()

    def rename(self, name: str) -> Saved:
        """Give the draft a name of the user's own. Raises `StudioError`."""
        before, forks = self.session.name, self.session.forks
        self._disk.submit(self.session.rename, name).result()
        return self._saved(before, forks)

    def close(self) -> None:
        """Finish all writes, and release the draft for other studios."""
        self._disk.submit(self.session.close)
        self._disk.shutdown()

    def _write(self, song: Song, provider: str | None, settle: bool) -> Saved:
        self.session.provider = provider
        before, forks = self.session.name, self.session.forks
        do: Callable[[Song], object] = self.session.settle if settle else self.session.save
        try:
            do(song)
        except StudioError as error:
            return Saved(before, self.session.name, trouble=error)
        return self._saved(before, forks)

    def _saved(self, before: str | None, forks: int) -> Saved:
        after, forked = self.session.name, self.session.forks > forks
        gone = forked and (before == after or before not in self.session.folder.names())
        return Saved(before, after, forked, gone)

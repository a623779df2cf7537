"""Writes drafts in their order, away from the event loop: a slow disk holds no key up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.draft_session import DraftSession


class Saved(NamedTuple):
    """What came of a write: the draft's name before and after, and what went wrong, if anything."""

    before: str | None
    after: str | None
    forked: bool = False
    gone: bool = False
    """Whether it was forked because somebody else had deleted or renamed it."""
    trouble: StudioError | None = None


class DraftWriter:
    """The only one who touches the keeper while the form is open."""

    def __init__(self, keeper: DraftSession) -> None:
        self.keeper = keeper
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="drafts")

    def now(self, song: Song, *, settle: bool = False) -> Saved:
        """Write, after all that is to be written before; returns when it is on the disk."""
        return self._disk.submit(self._write, song, settle).result()

    async def later(self, song: Song, *, settle: bool = False) -> Saved:
        """The same, while everything else goes on."""
        return await asyncio.wrap_future(self._disk.submit(self._write, song, settle))

    def take(self, name: str | None, song: Song | None) -> None:
        """Go on with another draft."""
        self._disk.submit(self.keeper.take, name, song).result()

    def rename(self, name: str) -> Saved:
        """Keep the draft under a name of the user's own. Raises what the folder raises."""
        before, forks = self.keeper.name, self.keeper.forks
        self._disk.submit(self.keeper.rename, name).result()
        return self._saved(before, forks)

    def close(self) -> None:
        """Finish what is to be written, and let others have the draft."""
        self._disk.submit(self.keeper.close)
        self._disk.shutdown()

    def _write(self, song: Song, settle: bool) -> Saved:
        before, forks = self.keeper.name, self.keeper.forks
        do: Callable[[Song], object] = self.keeper.settle if settle else self.keeper.save
        try:
            do(song)
        except StudioError as error:
            return Saved(before, self.keeper.name, trouble=error)
        return self._saved(before, forks)

    def _saved(self, before: str | None, forks: int) -> Saved:
        after, forked = self.keeper.name, self.keeper.forks > forks
        gone = forked and (before == after or before not in self.keeper.folder.names())
        return Saved(before, after, forked, gone)

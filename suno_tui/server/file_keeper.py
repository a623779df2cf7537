"""Keeps the files of takes in the storage: stores them, and deletes expired and lost files."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from suno_tui.common.errors import HomeError, StudioError
from suno_tui.server import ledger
from suno_tui.server.database import Store
from suno_tui.server.render_process import Stopped
from suno_tui.server.storage import NotOurs, Storage, StorageTrouble

log = logging.getLogger(__name__)

TIDY_SECONDS = 60
"""How often to delete expired files."""
SWEEP_SECONDS = 6 * 3600
"""How often to look for lost files, stored by a process that died before the ledger had them."""
SETTLE_SECONDS = 3600
"""The age in seconds from which a file counts as lost while takes are being made."""
WAITS = (1, 2, 4, 8, 15, 30)
"""Seconds between attempts to store a file; the last one is repeated."""
POLL_SECONDS = 2
"""How often to check the clock, which may be set."""


class FileKeeper:
    """Keeps the files of one ledger. `stopping` is set when the service ends."""

    def __init__(
        self,
        store: Store,
        storage: Storage,
        *,
        clock: Callable[[], float],
        stopping: asyncio.Event,
    ) -> None:
        self._store = store
        self._storage = storage
        self._clock = clock
        self._stopping = stopping
        self._swept: float | None = None
        self._claimed = False
        self._claiming = asyncio.Lock()
        self._held: set[str] = set()
        self.trouble: str | None = None
        """The kind of trouble that the storage has now."""
        self._tidy_trouble: str | None = None
        self.failures: Counter[str] = Counter()
        """How often the storage failed, by the kind of trouble."""

    @property
    def url(self) -> str | None:
        """The address at which other machines can store files now; None if they can't."""
        return self._storage.url if self._claimed else None

    @contextmanager
    def holding(self, *names: str) -> Iterator[None]:
        """Protect files from being deleted as lost until the ledger has them."""
        self._held.update(names)
        try:
            yield
        finally:
            self._held.difference_update(names)

    async def save(self, name: str, data: bytes) -> None:
        """Store a file, and wait while the storage can't be used. Raises `Stopped`."""
        attempt = 0
        while True:
            try:
                await self._claim()
                await asyncio.to_thread(self._storage.save, name, data)
            except StorageTrouble as error:
                self._note(error)
            else:
                self._note(None)
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(WAITS[min(attempt, len(WAITS) - 1)]):
                    await self._stopping.wait()
                raise Stopped
            attempt += 1

    async def _claim(self) -> None:
        """Make sure, before anything is stored or deleted, that no other server uses the storage:
        each would delete the other's files as lost. Raises `StorageTrouble`."""
        async with self._claiming:
            if not self._claimed:
                try:
                    await asyncio.to_thread(self._storage.claim, self._store.read.path.parent)
                except NotOurs as error:
                    raise StorageTrouble("taken", str(error)) from None
                except (HomeError, OSError) as error:
                    raise StorageTrouble("failed", f"{error}") from None
                self._claimed = True

    def _note(self, error: StorageTrouble | None) -> None:
        kind = None if error is None else error.kind
        if error is not None:
            self.failures[error.kind] += 1
        if kind != self.trouble:
            if error is None:
                log.info("the storage can be used again")
            else:
                log.warning("the storage can't be used: %s; tasks wait", error)
        self.trouble = kind

    async def keep_tidy(self) -> None:
        """Delete expired files, and lost files at the start and every 6 hours, until cancelled."""
        while True:
            tidied = self._clock()
            await self._tidy(tidied)
            while 0 <= self._clock() - tidied < TIDY_SECONDS:  # noqa: ASYNC110 - it may be set
                await asyncio.sleep(POLL_SECONDS)

    async def _tidy(self, now: float) -> None:
        try:
            await self._claim()
        except StorageTrouble as error:
            self._note(error)
            return
        trouble = None
        try:
            await self._delete_expired(now)
            if self._swept is None or now - self._swept >= SWEEP_SECONDS:
                await self._delete_lost(now)
                self._swept = now
                self._note(None)
        except StorageTrouble as error:
            trouble = error.kind
            self.failures[trouble] += 1
            if trouble != self._tidy_trouble:
                log.warning("old files can't be deleted from the storage: %s", error)
        except StudioError:
            log.exception("old files could not be cleared away")
        self._tidy_trouble = trouble

    async def _delete_expired(self, now: float) -> None:
        """Delete expired files; their names stay in the ledger (410)."""
        if due := ledger.due_files(self._store.read, now):
            await asyncio.to_thread(self._storage.delete, due)
        await self._store.write(lambda db: ledger.record_deleted(db, due, now))

    async def _delete_lost(self, now: float) -> None:
        """Delete files that were stored but never came into the ledger."""

        def old_files() -> list[str]:
            return [each.name for each in self._storage.stored() if each.modified_at <= old]

        settle = self._storage.settle_seconds
        # The first time, files from before the start were left by processes that have died.
        old = now - (settle if self._swept is None else max(settle, SETTLE_SECONDS))
        found = await asyncio.to_thread(old_files)
        # The order matters: a file stored before the listing is held now, or in the ledger.
        held = set(self._held)
        lost = set(found) - held - ledger.stored_files(self._store.read)
        if lost:
            await asyncio.to_thread(self._storage.delete, lost)
            log.info("%s lost files were deleted", len(lost))

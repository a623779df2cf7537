"""Keep the index up to date with the files, and find tracks wherever the user has moved them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from time import monotonic

from suno_tui.library import scan
from suno_tui.library.change_lock import ChangeLock
from suno_tui.library.errors import UnknownTrack
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.index_process import MANY, IndexProcess
from suno_tui.library.track import Track
from suno_tui.library.track_files import beside, names_in, path_in
from suno_tui.library.trash import Trash

_GLANCE_SECONDS = 2.0
"""How long filing a take searches for a track that the user has moved."""
_MANY = 1000
"""With more changed paths than this, all files are checked."""


class IndexSync:
    """Reads changed files into the index. Any thread may call it; only one reads at a time."""

    def __init__(self, index: Index, trash: Trash, lock: ChangeLock) -> None:
        self._index = index
        self._trash = trash
        self._lock = lock
        self._process = IndexProcess(index)
        self._scanning = threading.Lock()
        self._stopping = threading.Event()
        self.progress: scan.Progress | None = None
        """Called with the progress of every refresh, from the thread that reads."""

    def refresh(
        self, progress: scan.Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> bool:
        """As `Library.refresh`."""

        def stopped() -> bool:
            return self._stopping.is_set() or (stop is not None and stop())

        def report(done: int, all: int) -> None:
            for listener in (progress, self.progress):
                if listener is not None:
                    listener(done, all)

        with self._scanning:
            finished = self._refresh(report, stopped)
        if not stopped() and self._trash.unfinished():
            with self._lock.held():
                self._trash.finish()
        return finished

    def _refresh(self, report: scan.Progress, stopped: Callable[[], bool]) -> bool:
        if stopped():
            return False
        if self._index.is_shared and self._are_many():
            finished = self._process.refresh(report, stopped)
            if finished is not None:
                return finished
        return scan.refresh(self._index, progress=report, stop=stopped)

    def _are_many(self) -> bool:
        """Return whether there are so many files that a separate process should read them."""
        if self._index.complete:
            return self._index.count_files() >= MANY
        found = os.walk(self._index.places[LIBRARY])
        return any(count >= MANY for count in accumulate(len(names) for _, _, names in found))

    def rescan(self, paths: Iterable[Path]) -> bool:
        """As `Library.rescan`."""
        before, paths = self._index.version(), list(paths)
        if len(paths) > _MANY or not self._index.complete:
            self.refresh()
        else:
            changed = [
                (place, path_in(root, path))
                for path in paths
                for place, root in enumerate(self._index.places)
                if root in path.parents
            ]
            with self._scanning:
                scan.rescan(self._index, changed)
        return self._index.version() != before

    def known_folders(self) -> Iterator[str]:
        """Yield the folders found in the library and the trash."""
        for place, root in enumerate(self._index.places):
            for folder in self._index.folder_paths(place):
                if folder:
                    yield f"{root}/{folder}"

    def folders_version(self) -> object:
        """Return a value that changes whenever these folders change."""
        return self._index.folders_version()

    def complete(self) -> None:
        """Read all files if that was never finished."""
        if not self._index.complete:
            self.refresh()

    def glance(self) -> None:
        """Refresh, but give up after two seconds."""
        end = monotonic() + _GLANCE_SECONDS
        if self._scanning.acquire(timeout=_GLANCE_SECONDS):
            try:
                scan.refresh(self._index, stop=lambda: monotonic() > end)
            finally:
                self._scanning.release()

    def locate(self, ids: Iterable[str]) -> list[tuple[int, Track]]:
        """Return tracks with their places; refreshes if one was moved. Raises `UnknownTrack`."""
        located = []
        for track_id in ids:
            found = self._index.find("id = ?", track_id)
            if not found or not found[0][1].file.exists():
                with self._lock.lent():
                    self.refresh()
                found = self._index.find("id = ?", track_id)
            if not found:
                raise UnknownTrack(track_id)
            located += found
        return located

    def reread_with_audio(self, file: Path) -> None:
        """Read a track file and its audio, which the track file may have gained or lost."""
        scan.reread(self._index, LIBRARY, file)
        audio, _ = beside(file.stem, names_in(file.parent))
        if audio is not None:
            scan.reread(self._index, LIBRARY, file.with_name(audio))

    def version(self) -> int:
        """As `Library.version`."""
        return self._index.version()

    @property
    def was_killed(self) -> bool:
        """Whether `stop` has killed a process that was writing the index."""
        return self._process.was_killed

    def stop(self) -> None:
        """Make every refresh end early; what it has read is kept."""
        self._stopping.set()
        self._process.stop()

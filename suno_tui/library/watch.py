"""Notice changes to the files by other programs, through the system's notifications."""

from __future__ import annotations

import contextlib
import select
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import StudioError
from suno_tui.common.file_systems import is_silent
from suno_tui.common.notifications import FolderTree, WakingEvent, open_inotify

STEP = 0.1
"""Seconds in which notifications are collected."""
_LOOK = 1.0
"""Least seconds between two refreshes if the system reports no changes."""
_SHARE = 50
"""Without notifications, at most one part in this many of the time is spent on refreshing."""


class Watched(Protocol):
    """What a watch needs of the library."""

    def rescan(self, paths: Iterable[Path]) -> bool: ...
    def refresh(self) -> bool: ...
    def version(self) -> int: ...
    def known_folders(self) -> Iterable[str]: ...
    def folders_version(self) -> object: ...


class Watch:
    """A thread that makes the library read changed files until it is closed.

    If there are no notifications (the system's limit is reached, or the file system has none), it
    refreshes now and then, less often if that takes long.
    """

    def __init__(
        self, library: Watched, folders: tuple[Path, ...], on_change: Callable[[], None] | None
    ) -> None:
        self._library = library
        self._folders = folders
        self._on_change = on_change
        self._stopping = WakingEvent()
        self._thread = threading.Thread(target=self._run, name="library watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching soon."""
        self._stopping.set()

    def close(self) -> None:
        """Stop watching, and wait until the thread has ended."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            for folder in self._folders:
                make_folder(folder)
            if sys.platform == "linux":
                while not self._stopping.is_set():
                    self._follow_inotify()
            else:
                self._follow_watchfiles()
        except (OSError, RuntimeError, ImportError, StudioError):
            while not self._stopping.is_set():
                self._stopping.wait(self._refresh_all())

    def _follow_inotify(self) -> None:
        """Read what the kernel reports, until reports are lost.

        Raises `OSError` if the kernel can't report everything.
        """
        inotify = open_inotify()
        if inotify is None:
            raise OSError("no notifications")
        with contextlib.closing(FolderTree(inotify)) as tree:
            for root in self._folders:
                tree.add(str(root), follow=True)
            version = self._library.folders_version()
            for folder in self._library.known_folders():
                if self._stopping.is_set():
                    return
                tree.add(folder)
            # Files may have changed before the watch began, and there may be new folders.
            patience = self._refresh_all()
            if self._library.folders_version() != version:
                new = [folder for folder in self._library.known_folders() if tree.add(folder)]
                self._read(map(Path, new))
            quiet = patience if any(map(is_silent, self._folders)) else None
            while True:
                select.select([tree.fileno(), self._stopping.fileno()], [], [], quiet)
                if self._stopping.wait(STEP):
                    return
                changed = tree.changed()
                if changed is None:
                    return  # reports were lost, perhaps of new folders: start over
                if quiet is not None and not changed:
                    quiet = self._refresh_all()
                else:
                    self._read(changed)

    def _follow_watchfiles(self) -> None:
        """As `_follow_inotify`, on macOS: with `watchfiles`, ten times a second.

        Raises `OSError`, `RuntimeError`, `ImportError`.
        """
        from watchfiles import watch

        begun = False
        for changes in watch(
            *self._folders,
            watch_filter=None,
            debounce=int(STEP * 1000),
            step=int(STEP * 1000),
            rust_timeout=1000,
            yield_on_timeout=True,
            stop_event=self._stopping,
            raise_interrupt=False,
        ):
            # Files may have changed between the last refresh and the start of the watch.
            self._read([Path(path) for _, path in changes] if begun else None)
            begun = True

    def _refresh_all(self) -> float:
        """Refresh; return the seconds until the next refresh if no change is reported."""
        before = time.monotonic()
        self._read(None)
        return max(_LOOK, (time.monotonic() - before) * _SHARE)

    def _read(self, paths: Iterable[Path] | None) -> None:
        """Make the library read these paths, or everything that changed if None."""
        if paths is not None and not (paths := list(paths)):
            return
        # A file that can't be read now is read after its next change, or at the next start.
        with contextlib.suppress(StudioError, OSError):
            before = self._library.version()
            if paths is None:
                self._library.refresh()
            else:
                self._library.rescan(paths)
            if self._on_change is not None and self._library.version() != before:
                self._on_change()

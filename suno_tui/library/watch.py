"""Notice changes of the files by others, from the system's notifications."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import StudioError

STEP = 100
"""Milliseconds in which notifications are collected."""
_FIRST = 1000
"""Milliseconds after which, at the latest, changes from before the watch are looked for."""
_SHARE = 50
"""Without notifications, one part in so many of the time is spent on refreshing."""


class Watched(Protocol):
    """What a watch needs of the library."""

    def rescan(self, paths: Iterable[Path]) -> bool: ...
    def refresh(self) -> bool: ...
    def version(self) -> int: ...


class Watch:
    """A thread that has the library read changed files until it is closed.

    Without notifications (the system's limit, a file system without them), it refreshes now and
    then, the less often the longer that takes.
    """

    def __init__(
        self, library: Watched, folders: tuple[Path, ...], on_change: Callable[[], None] | None
    ) -> None:
        self._library = library
        self._folders = folders
        self._on_change = on_change
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="library watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for folder in self._folders:
                make_folder(folder)
            begun = False
            for paths in self._changes():
                # Files may have changed between the last refresh and the begin of the watch.
                self._read(paths if begun else None)
                begun = True
        except (OSError, RuntimeError, StudioError):
            while not self._stopping.is_set():
                before = time.monotonic()
                self._read(None)
                self._stopping.wait(max(1.0, (time.monotonic() - before) * _SHARE))

    def _changes(self) -> Iterator[list[Path]]:
        from watchfiles import watch

        for changes in watch(
            *self._folders,
            watch_filter=None,
            debounce=STEP,
            step=STEP,
            rust_timeout=_FIRST,
            yield_on_timeout=True,
            stop_event=self._stopping,
            raise_interrupt=False,
        ):
            yield [Path(path) for _, path in changes]

    def _read(self, paths: list[Path] | None) -> None:
        """Have the library read these paths, or for None everything that changed."""
        if paths is not None and not paths:
            return
        # What can't be read now is read after its next change, or at the next start.
        with contextlib.suppress(StudioError, OSError):
            before = self._library.version()
            if paths is None:
                self._library.refresh()
            else:
                self._library.rescan(paths)
            if self._on_change is not None and self._library.version() != before:
                self._on_change()

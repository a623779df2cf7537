"""Noticing what others do to the files: the system tells, so that nothing has to be looked for."""

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
"""Milliseconds between two looks at what the system told."""
_FIRST = 1000
"""Milliseconds after which, at the latest, what happened before the watch began is looked for."""
_SHARE = 50
"""Where the system can't tell, one part in so many of the time is spent on looking."""


class Followed(Protocol):
    """What a watch needs of the library."""

    def follow(self, paths: Iterable[Path]) -> bool: ...
    def refresh(self) -> bool: ...
    def version(self) -> int: ...


class Watch:
    """A thread that follows the changes in folders until it is closed.

    Where the system can't tell (its limit of watches, a file system without them), it looks now
    and then, the less often the longer that takes.
    """

    def __init__(
        self, library: Followed, folders: tuple[Path, ...], told: Callable[[], None] | None
    ) -> None:
        self._library = library
        self._folders = folders
        self._told = told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="library watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for folder in self._folders:
                make_folder(folder)
            begun = False
            for paths in self._changes():
                # The watch began some time after the library was last looked through.
                self._follow(paths if begun else None)
                begun = True
        except (OSError, RuntimeError, StudioError):
            while not self._stopping.is_set():
                before = time.monotonic()
                self._follow(None)
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

    def _follow(self, paths: list[Path] | None) -> None:
        """Follow the changes of these paths; of None, look for all."""
        if paths is not None and not paths:
            return
        # What can't be read now is met again with its next change, or the next start.
        with contextlib.suppress(StudioError, OSError):
            before = self._library.version()
            if paths is None:
                self._library.refresh()
            else:
                self._library.follow(paths)
            if self._told is not None and self._library.version() != before:
                self._told()

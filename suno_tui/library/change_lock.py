"""The lock around changes of the library's files, among threads and processes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from suno_tui.common.locks import Lock


class ChangeLock:
    """A lock for one change at a time. The thread that holds it may take it again."""

    def __init__(self, file: Path) -> None:
        self.between_processes = Lock(file)
        self._between_threads = threading.RLock()
        self._depth = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; blocks until no other thread or process has it."""
        with self._between_threads:
            if not self._depth:
                self.between_processes.acquire(wait=True)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self.between_processes.release()

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Release the lock between processes for a while, so that a worker can file a take."""
        depth, self._depth = self._depth, 0
        if depth:
            self.between_processes.release()
        try:
            yield
        finally:
            if depth:
                self.between_processes.acquire(wait=True)
            self._depth = depth

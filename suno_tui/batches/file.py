"""A batch file on disk: read, changed row by row, and never written over what others wrote."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from suno_tui.batches.rows import MOST, kind_of
from suno_tui.batches.templates import template
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotText, byte_order_mark, decode, read_file

_Stamp = tuple[int, int, int]


class BatchFile:
    """A file, and its text as it was read last, for any thread.

    Raises `UsageError` for a name of no known kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = kind_of(path.name)
        self.name = path.stem
        """What the batch is called."""
        self.text = ""
        self.reads = 0
        """How often it was read: another number is another text."""
        self._data = b""
        self._stamp: _Stamp | None = None
        self._lock = threading.RLock()
        self._before: list[bytes] = []
        """The contents before each change that was made here."""

    @classmethod
    def create(cls, path: Path) -> BatchFile:
        """Make a file with two songs to begin with. Raises `UsageError` if there is one."""
        file = cls(path)
        file.check_new()
        write_bytes(path, template(file.kind).encode(), mode=0o644)
        return file

    def check_new(self) -> None:
        """Raise `UsageError` if no new file can be made there."""
        if self.path.exists():
            raise UsageError(f"{self.path} exists already.")
        if not self.path.parent.is_dir():
            raise UsageError(f"There is no folder {self.path.parent}.")

    def read(self) -> str:
        """Read the file and return its text. Raises `UsageError`."""
        with self._lock:
            self._stamp = self._stamp_now()
            self.reads += 1
            self._data = self._read()
            try:
                self.text = decode(self._data)
            except NotText as error:
                raise UsageError(f"{self.path}: {error}.") from error
            return self.text

    def touched(self) -> bool:
        """Return whether the file was written since it was read, at the cost of one look."""
        return self._stamp_now() != self._stamp

    def change(self, do: Callable[[str], str]) -> None:
        """Replace the text by what `do` makes of it.

        Raises `UsageError` if somebody else has changed the file since it was read, as `do` does,
        and `HomeError`.
        """
        with self._lock:
            before = self._data
            self._write(byte_order_mark(before) + do(self.text).encode())
            self._before.append(before)

    def undo(self) -> bool:
        """Take back the last change that was made here; return False if there is none."""
        with self._lock:
            if self._before:
                self._write(self._before[-1])
                self._before.pop()
                return True
        return False

    def _write(self, data: bytes) -> None:
        if self._read() != self._data:
            self.read()
            raise UsageError(
                "Somebody else has changed the file meanwhile: nothing was written, and it was "
                "read anew. Try again."
            )
        # A link stays a link, and the file keeps its mode.
        real = self.path.resolve()
        if not os.access(real, os.W_OK):
            raise UsageError(f"{self.path} is read-only.")
        write_bytes(real, data, mode=stat.S_IMODE(real.stat().st_mode))
        self.read()

    def _read(self) -> bytes:
        try:
            return read_file(self.path, most=MOST)
        except OSError as error:
            raise UsageError(f"{self.path}: {error.strerror or error}.") from error

    def _stamp_now(self) -> _Stamp | None:
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns

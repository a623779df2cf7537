"""A batch file on disk: read and changed row by row, but never over another program's changes."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from suno_tui.batches.rows import MOST, Row, kind_of, read_rows
from suno_tui.batches.templates import template
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotText, byte_order_mark, decode, read_file

_Stamp = tuple[int, int, int]
_OTHER_ROW = (
    "This row was changed in the file meanwhile. Nothing was written. Look at the table again."
)


class FileChanged(UsageError):
    """The file was changed since it was read, so nothing was written."""

    title = "The file has changed"


class Reading(NamedTuple):
    """The result of reading a file; it is never changed, only replaced."""

    number: int = 0
    """A number that changes whenever the contents do; 0 before the first reading."""
    data: bytes | None = None
    text: str = ""
    why: str = ""
    """A message if the file can't be read; the text is empty then."""


class BatchFile:
    """A batch file, and its text when it was last read. Any thread may use it.

    Raises `UsageError` for a name of an unknown kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = kind_of(path.name)
        self.name = path.stem
        """The name of the batch."""
        self.reading = Reading()
        self._stamp: _Stamp | None = None
        self._lock = threading.RLock()
        self._changes: list[tuple[bytes, bytes]] = []
        """The contents before and after each of our own changes."""

    @classmethod
    def create(cls, path: Path) -> BatchFile:
        """Create a file with two example songs. Raises `UsageError` if the file exists."""
        file = cls(path)
        file.check_new()
        write_bytes(path, template(file.kind).encode(), mode=0o644)
        return file

    def check_new(self) -> None:
        """Raise `UsageError` if the file exists or its folder doesn't."""
        if self.path.exists():
            raise UsageError(f"{self.path} exists already.")
        if not self.path.parent.is_dir():
            raise UsageError(f"There is no folder {self.path.parent}.")

    @property
    def text(self) -> str:
        """The text when it was last read; empty if it can't be read."""
        return self.reading.text

    def read(self) -> str:
        """Read the file and return its text. Raises `UsageError`."""
        with self._lock:
            found = self._load()
        if found.why:
            raise UsageError(found.why)
        return found.text

    def current(self) -> Reading:
        """Return the last reading; reads the file first if it was written since."""
        with self._lock:
            return self._load() if self.touched() or not self.reading.number else self.reading

    def touched(self) -> bool:
        """Return whether the file was written since it was read; doesn't read the file."""
        return self._stamp_now() != self._stamp

    def change(self, do: Callable[[str], str], row: Row | None = None) -> None:
        """Replace the text by `do(text)`; with `row`, only if the text still has that row.

        Raises `UsageError` if the file was changed since it was read, whatever `do` raises, and
        `HomeError`.
        """
        with self._lock:
            _, before, text, why = self.reading
            if why or before is None:
                raise UsageError(why or f"{self.path} was not read.")
            if row is not None and row not in read_rows(text, self.kind):
                raise FileChanged(_OTHER_ROW)
            after = byte_order_mark(before) + do(text).encode()
            self._write(after)
            self._changes.append((before, after))

    def undo(self) -> bool:
        """Undo our own last change; return False if there is none.

        Raises `UsageError` if the file was changed since then, and `HomeError`.
        """
        with self._lock:
            if not self._changes:
                return False
            before, after = self._changes[-1]
            if self._load().data != after:
                raise FileChanged("The file was changed since. Nothing was undone.")
            self._write(before)
            self._changes.pop()
            return True

    def _write(self, data: bytes) -> None:
        known = self.reading
        if self._load().data != known.data:
            raise FileChanged(
                "The file was changed meanwhile. Nothing was written, and the file was read again. "
                "Try again."
            )
        # A link stays a link, and the file keeps its mode.
        real = self.path.resolve()
        if not os.access(real, os.W_OK):
            raise UsageError(f"{self.path} is read-only.")
        write_bytes(real, data, mode=stat.S_IMODE(real.stat().st_mode))
        self._load()

    def _load(self) -> Reading:
        self._stamp = self._stamp_now()
        data, text, why = None, "", ""
        try:
            data = read_file(self.path, most=MOST)
            text = decode(data)
        except OSError as error:
            why = f"{self.path}: {error.strerror or error}."
        except NotText as error:
            why = f"{self.path}: {error}."
        old = self.reading
        number = old.number + ((data, why) != (old.data, old.why))
        self.reading = Reading(number, data, text, why)
        return self.reading

    def _stamp_now(self) -> _Stamp | None:
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns

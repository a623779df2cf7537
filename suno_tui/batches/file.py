"""A batch file on disk: read, changed row by row, and never written over what others wrote."""

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
    "This row has changed in the file meanwhile: nothing was written. Look at the table again."
)


class FileChanged(UsageError):
    """The file is not as it was read, so nothing was written."""

    title = "The file has changed"


class Reading(NamedTuple):
    """What one look at a file found; it is replaced as a whole."""

    number: int = 0
    """Another number is another content; 0 before the first look."""
    data: bytes | None = None
    text: str = ""
    why: str = ""
    """Why it can't be read, as a message; the text is empty then."""


class BatchFile:
    """A file, and its text as it was read last, for any thread.

    Raises `UsageError` for a name of no known kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = kind_of(path.name)
        self.name = path.stem
        """What the batch is called."""
        self.reading = Reading()
        self._stamp: _Stamp | None = None
        self._lock = threading.RLock()
        self._changes: list[tuple[bytes, bytes]] = []
        """The contents before and after each change that was made here."""

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

    @property
    def text(self) -> str:
        """The text as it was read last; empty if it can't be read."""
        return self.reading.text

    def read(self) -> str:
        """Read the file and return its text. Raises `UsageError`."""
        with self._lock:
            found = self._load()
        if found.why:
            raise UsageError(found.why)
        return found.text

    def current(self) -> Reading:
        """Return what was read last, after reading the file if it was written since."""
        with self._lock:
            return self._load() if self.touched() or not self.reading.number else self.reading

    def touched(self) -> bool:
        """Return whether the file was written since it was read, at the cost of one look."""
        return self._stamp_now() != self._stamp

    def change(self, do: Callable[[str], str], row: Row | None = None) -> None:
        """Replace the text by what `do` makes of it; with `row`, only if it still has that row.

        Raises `UsageError` if the file was changed since it was read, as `do` does, and
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
        """Take back the last change that was made here; return False if there is none.

        Raises `UsageError` if the file was changed since then, and `HomeError`.
        """
        with self._lock:
            if not self._changes:
                return False
            before, after = self._changes[-1]
            if self._load().data != after:
                raise FileChanged("The file has changed since; nothing was undone.")
            self._write(before)
            self._changes.pop()
            return True

    def _write(self, data: bytes) -> None:
        known = self.reading
        if self._load().data != known.data:
            raise FileChanged(
                "The file has changed meanwhile: nothing was written, and it was read anew. Try "
                "again."
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

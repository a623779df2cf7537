"""Locks among processes: the kernel's, or lock files if the file system has none."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import home_error
from suno_tui.common.file_systems import NO_LOCKS, abilities
from suno_tui.common.lock_file import LockFile

LOCK_FILE_SUFFIX = ".held"
"""The suffix of a lock's name for the file that is the lock if there is no `flock`."""

folders_without_locks: set[Path] = set()
"""The folders whose file system turned out to have no locks."""


class Lock:
    """A lock among all processes, which the kernel releases when its holder dies (`flock`).

    The file contains the holder's process id and its note. On a file system without `flock`, a
    second file next to it is the lock (`lock_file.py`).
    """

    def __init__(self, path: Path, *, note: str = "") -> None:
        self.path = path
        self._note = note
        self._handle: int | None = None
        self._file: LockFile | None = None

    def acquire(self, *, wait: bool = False) -> bool:
        """Take the lock; return False if another process has it and `wait` is off."""
        make_folder(self.path.parent)
        try:
            # Children don't inherit the handle (PEP 446): one that outlives us can't keep the lock.
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise home_error(self.path, error) from error
        try:
            if not self._lock(handle, wait=wait):
                os.close(handle)
                return False
        except BaseException:
            os.close(handle)
            raise
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n{self._note}\n".encode(), 0)
        self._handle = handle
        return True

    def _lock(self, handle: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise home_error(self.path, error) from error
        else:
            return True
        folders_without_locks.add(self.path.parent)
        file = self._lock_file()
        try:
            while not file.take(self._note):
                if not wait:
                    return False
                time.sleep(0.05)
        except OSError as error:
            raise home_error(file.path, error) from error
        self._file = file
        return True

    def _lock_file(self) -> LockFile:
        return LockFile(self.path.with_name(self.path.name + LOCK_FILE_SUFFIX))

    def release(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.release()
            self._file = None
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    def holder(self) -> int | None:
        """Return the process id of the holder; None if the lock is free."""
        found = self.held_by()
        return found[0] if found else None

    def held_by(self) -> tuple[int, str] | None:
        """Return the holder's process id (0 if unreadable or on another machine) and its note; None
        if the lock is free."""
        if self._handle is not None:
            return os.getpid(), self._note
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(handle, 256, 0).decode("utf-8", "ignore")
            number, _, note = text.partition("\n")
            return int(number) if number.isdigit() else 0, note.strip()
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise home_error(self.path, error) from error
            folders_without_locks.add(self.path.parent)
            with contextlib.suppress(OSError):
                if found := self._lock_file().holder():
                    return found.process if found.here else 0, found.note
        finally:
            os.close(handle)
        return None


def note_missing_locks(folder: Path) -> str | None:
    """Try a lock in a folder, and add the folder to `folders_without_locks` if that fails.

    Return the file system's error message; None if it has locks.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            folders_without_locks.add(folder)
            return str(error.strerror)
    return None


def missing_locks(folder: Path) -> str | None:
    """Return a warning if the file system of a folder has no locks, else None.

    Takes less than a millisecond on a local disk.
    """
    able = abilities(folder)
    refused = note_missing_locks(folder)
    if refused is None and able.locks:
        return None
    return (
        f"The disk of {folder} has no file locks ({refused or 'for parts of files'}), so the "
        "studio uses lock files. Open this home on one machine at a time; if that machine breaks "
        f"down, delete the files that end in {LOCK_FILE_SUFFIX} before you use another one."
    )

"""Where things are on disk, and how they are written: whole or not at all.

`SUNO_TUI_HOME` is one folder with everything; unset, the platform's own places are used.
Files are replaced (temporary file in the same folder, fsync, rename), so a reader sees the old or
the new one, never half of one. Folders are 0700; a file that may hold a secret is 0600.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.errors import DamagedFile, HomeError
from suno_tui.files import MOST_TOML, NotText, NotToml, Unfit, parse_toml, read_file
from suno_tui.lock_file import NO_LOCKS, LockFile

APP = "suno-tui"


class Home(NamedTuple):
    """The folders and files of one studio. None of them need exist yet."""

    config: Path
    """The folder of `config.toml`."""
    data: Path
    """The folder of what the user would miss: library, queue, drafts, recipes, trash."""
    cache: Path
    """Disposable: deleting it loses nothing."""
    log: Path

    @classmethod
    def find(cls, env: Mapping[str, str] | None = None) -> Home:
        """The home that the environment names (`cli.md`); creates nothing."""
        named = (os.environ if env is None else env).get("SUNO_TUI_HOME")
        if named:
            root = Path(named).expanduser().absolute()
            return cls(config=root, data=root, cache=root / "cache", log=root / "log")
        import platformdirs

        return cls(
            config=Path(platformdirs.user_config_dir(APP)),
            data=Path(platformdirs.user_data_dir(APP)),
            cache=Path(platformdirs.user_cache_dir(APP)),
            log=Path(platformdirs.user_log_dir(APP)),
        )

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def last_picture(self) -> Path:
        """What the screen showed at its last end."""
        return self.cache / "last-picture.json"

    @property
    def state_file(self) -> Path:
        """What the screen remembers between runs (theme, volume, pane); never settings."""
        return self.data / "state.toml"

    @property
    def library(self) -> Path:
        return self.data / "library"

    @property
    def queue(self) -> Path:
        return self.data / "queue.sqlite"

    @property
    def worker_lock(self) -> Path:
        return self.data / "worker.lock"

    @property
    def drafts(self) -> Path:
        return self.data / "drafts"

    @property
    def recipes(self) -> Path:
        return self.data / "recipes"

    @property
    def editor(self) -> Path:
        """The texts that the user's own editor has open, or had when the studio ended."""
        return self.data / "editor"

    @property
    def trash(self) -> Path:
        return self.data / "trash"

    @property
    def local(self) -> Path:
        return self.data / "local"

    def create(self) -> None:
        """Make the folders. Raises `HomeError` with the path and the reason."""
        for folder in (self.config, self.data, self.cache, self.log):
            make_folder(folder)


def make_folder(path: Path) -> Path:
    """The folder, made with its parents as 0700 where it was missing. Raises `HomeError`."""
    missing = []
    at = path
    while not at.exists():
        missing.append(at)
        at = at.parent
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise home_error(path, error) from error
    if not path.is_dir():
        raise HomeError(f"{path} is not a folder. Move it away, or name another SUNO_TUI_HOME.")
    return path


def home_error(path: Path, error: OSError) -> HomeError:
    """The error for people: which path, what the system says, what to do about it."""
    if isinstance(error, Unfit):
        return HomeError(f"{path}: {error.strerror}. Move it away.")
    advice = {
        errno.ENOSPC: "The disk is full. Free some space; the studio goes on by itself.",
        errno.EDQUOT: "Your disk quota is used up. Free some space; the studio goes on by itself.",
        errno.EACCES: "You may not write there. Give yourself permission or set SUNO_TUI_HOME.",
        errno.EPERM: "You may not write there. Give yourself permission or set SUNO_TUI_HOME.",
        errno.EROFS: "That disk is read-only. Set SUNO_TUI_HOME to a folder that can be written.",
    }.get(error.errno or 0, "Check the path, or set SUNO_TUI_HOME to another folder.")
    return HomeError(f"{path}: {error.strerror or error}. {advice}")


def read_bytes(path: Path) -> bytes | None:
    """What is in a file; None where there is none. Raises `HomeError`."""
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise home_error(path, error) from error


def write_bytes(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace a file: readers see the old bytes or the new ones. Raises `HomeError`."""
    try:
        make_folder(path.parent)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                if mode != 0o600:  # as it was made
                    only_for_owner(Path(temporary), mode)
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise home_error(path, error) from error


def only_for_owner(path: Path, mode: int = 0o600) -> None:
    """Set a file's mode, if its file system knows modes (vfat, SMB and some FUSE refuse)."""
    try:
        path.chmod(mode)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def sync_folder(path: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems (FUSE, SMB) know no fsync of a folder: the rename itself still holds.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF):
            raise
    finally:
        os.close(handle)


def write_toml(path: Path, table: Mapping[str, Any], *, mode: int = 0o600) -> None:
    """Replace a TOML file. `None` values are left out, since TOML has no null."""
    import tomli_w

    write_bytes(
        path, tomli_w.dumps(_without_none(table), multiline_strings=True).encode(), mode=mode
    )


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value if item is not None]
    return value


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's table; a missing file is an empty one.

    Raises `DamagedFile` where it is not TOML in UTF-8, `HomeError` where it can't be read.
    """
    try:
        data = read_file(path, most=MOST_TOML)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise home_error(path, error) from error
    try:
        return parse_toml(data)
    except (NotText, NotToml) as error:
        raise DamagedFile(path, f"{error}. Mend it or move it away.") from error


class Lock:
    """One holder among all processes, freed by the kernel when the holder dies (`flock`).

    The file holds the holder's process id and its note; the lock itself is the kernel's. On a file
    system without `flock`, a file beside it is the lock (`lock_file.py`).
    """

    def __init__(self, path: Path, *, note: str = "") -> None:
        self.path = path
        self._note = note
        self._handle: int | None = None
        self._file: LockFile | None = None

    def acquire(self, *, wait: bool = False) -> bool:
        """Take the lock; False where somebody else has it and `wait` is off."""
        make_folder(self.path.parent)
        try:
            # Not inherited by children (PEP 446): a child that outlives us must not hold it.
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
        without_locks.add(self.path.parent)
        file = self._beside()
        try:
            while not file.take(self._note):
                if not wait:
                    return False
                time.sleep(0.05)
        except OSError as error:
            raise home_error(file.path, error) from error
        self._file = file
        return True

    def _beside(self) -> LockFile:
        return LockFile(self.path.with_name(self.path.name + HELD))

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
        """The process id of the holder, wherever it is; None where the lock is free."""
        found = self.held_by()
        return found[0] if found else None

    def twin_holds(self) -> bool:
        """Whether somebody else holds it who carries the same note; never without a note."""
        found = self.held_by()
        return not self.held and bool(self._note) and found is not None and found[1] == self._note

    def held_by(self) -> tuple[int, str] | None:
        """The holder's process id (0 if unreadable or another machine's) and its note; None where
        it is free."""
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
            without_locks.add(self.path.parent)
            with contextlib.suppress(OSError):
                if found := self._beside().holder():
                    return found.process if found.here else 0, found.note
        finally:
            os.close(handle)
        return None


HELD = ".held"
"""What is added to a lock's name for the file that stands for the lock."""

without_locks: set[Path] = set()
"""The folders in which this process met a file system without locks."""


def note_missing_locks(folder: Path) -> str | None:
    """Try a lock in a folder, and add it to `without_locks` if its file system has none.

    Return the file system's refusal in words; None if there are locks.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            without_locks.add(folder)
            return str(error.strerror)
    return None


def missing_locks(folder: Path) -> str | None:
    """Say what follows if the file system of a folder has no locks; None if it has. Takes less than
    a millisecond on a local disk."""
    from suno_tui.sqlite import abilities  # the start's first picture needs no database

    able = abilities(folder)
    refused = note_missing_locks(folder)
    if refused is None and able.locks:
        return None
    return (
        f"The disk of {folder} has no file locks ({refused or 'for parts of files'}), so the "
        "studio uses lock files. Open this home on one machine at a time; if that machine breaks "
        f"down, delete the files that end in {HELD} before another one goes on."
    )

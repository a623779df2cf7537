"""Get notified by the kernel when files change (inotify), instead of polling them.

Linux only, and network file systems don't report changes by other machines. So users of this module
must check their files now and then in any case.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from inotify_simple import INotify

# From inotify(7).
_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x0002, 0x0004, 0x0008
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x0040, 0x0080, 0x0100, 0x0200
_OVERFLOW, _IGNORED = 0x4000, 0x8000
_ONLY_FOLDERS, _DONT_FOLLOW, _IS_FOLDER = 0x0100_0000, 0x0200_0000, 0x4000_0000
_opening = threading.Lock()
_MANY = 2000
"""From this number of watches on, closing them takes so long that another process does it."""
_CHECKS = (0.1, 0.4)
"""Seconds from a notification to the checks of the files. There are two, since a database's log is
written before the change becomes visible: the disk is synced in between. During constant writes,
these are the only checks."""


def load_inotify() -> None:
    """Prepare `open_inotify`, whose first call takes 20 ms, as Python looks for the C library.

    Call it in a thread that is not waited for: an instance made there would be left open.
    """
    if (opened := open_inotify()) is not None:
        opened.close()


def open_inotify() -> INotify | None:
    """Return a new inotify instance; None if the system has no inotify, or no more instances."""
    try:
        from inotify_simple import INotify

        with _opening:  # so that it looks for the library only once
            return INotify(nonblocking=True)
    except (ImportError, OSError, AttributeError):  # the last: another system's C library
        return None


class WakingEvent(threading.Event):
    """An event that can be waited for together with files: `fileno` is readable once it is set."""

    def __init__(self) -> None:
        super().__init__()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def __del__(self) -> None:
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        return self._reader

    def set(self) -> None:
        super().set()
        with contextlib.suppress(BlockingIOError):
            os.write(self._writer, b"\0")

    def clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 64)
        super().clear()


class FolderTree:
    """Watches folders with their subfolders, and returns which paths in them have changed.

    Raises `OSError` if the system has no more watches.
    """

    _EVENTS = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE

    def __init__(self, inotify: INotify) -> None:
        self._inotify = inotify
        self._folders = _Paths()

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when something has changed."""
        return int(self._inotify.fileno())

    def close(self) -> None:
        """Stop watching.

        The kernel needs 80 ms to remove 50,000 watches. To avoid that wait, a `cat` process holds
        many watches until this process has ended.
        """
        if len(self._folders) > _MANY:
            with contextlib.suppress(OSError):
                _hold_until_we_end(self._inotify.fileno())
        self._inotify.close()

    def add(self, folder: str, *, follow: bool = False) -> bool:
        """Watch a folder without its subfolders; return whether it exists and was not watched yet.

        With `follow`, it may be a link to a folder.
        """
        flags = _ONLY_FOLDERS if follow else _ONLY_FOLDERS | _DONT_FOLLOW
        try:
            watch = self._inotify.add_watch(folder, self._EVENTS | flags)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False
        known = self._folders.get(watch) is not None
        self._folders.put(watch, folder)
        return not known

    def add_all(self, folder: str) -> None:
        """Watch a folder and all its subfolders."""
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            self.add(folder)  # before listing it, so that new entries are not missed
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                waiting += [e.path for e in entries if e.is_dir(follow_symlinks=False)]

    def changed(self) -> list[Path] | None:
        """Return the paths that have changed since the last call; None if events were lost."""
        paths = dict[str, None]()
        for watch, mask, _, name in self._inotify.read(timeout=0):
            if mask & _OVERFLOW:
                return None
            if mask & _IGNORED:
                self._folders.drop(watch)
            elif (folder := self._folders.get(watch)) is not None:
                path = f"{folder}/{name}" if name else folder
                paths[path] = None
                if mask & _IS_FOLDER and mask & _MOVED_FROM:
                    self._forget(path)
                elif mask & _IS_FOLDER and mask & (_CREATE | _MOVED_TO):
                    self.add_all(path)
        return [Path(path) for path in paths]

    def _forget(self, moved: str) -> None:
        """Stop watching a folder that was moved away, with its subfolders: their paths changed."""
        inside = f"{moved}/"
        for watch, folder in self._folders.all():
            if folder == moved or folder.startswith(inside):
                self._folders.drop(watch)
                with contextlib.suppress(OSError):
                    self._inotify.rm_watch(watch)


class _Paths:
    """The paths of watches, by their numbers. As the kernel counts from 1, the first ones are kept
    in one text: in a dict, 50,000 paths would take 12 MB."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("L", [0])
        self._others: dict[int, str | None] = {}
        """Watches with other numbers, or whose path has changed; None for removed ones."""

    def __len__(self) -> int:
        return len(self._ends)

    def put(self, watch: int, path: str) -> None:
        if watch == len(self._ends) and not self._others:
            self._text += os.fsencode(path)
            self._ends.append(len(self._text))
        elif self.get(watch) != path:
            self._others[watch] = path

    def drop(self, watch: int) -> None:
        self._others[watch] = None

    def get(self, watch: int) -> str | None:
        if watch in self._others:
            return self._others[watch]
        if not 0 < watch < len(self._ends):
            return None
        return os.fsdecode(bytes(self._text[self._ends[watch - 1] : self._ends[watch]]))

    def all(self) -> list[tuple[int, str]]:
        watches = {*range(1, len(self._ends)), *self._others}
        return [(watch, path) for watch in watches if (path := self.get(watch)) is not None]


def _hold_until_we_end(file: int) -> None:
    """Make another process keep a file open until this one has ended. Raises `OSError`."""
    ours, its = os.pipe()
    try:
        subprocess.Popen(
            ["cat"],
            stdin=ours,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(file,),
            start_new_session=True,
        )
    except BaseException:
        os.close(its)
        raise
    finally:
        os.close(ours)
    # `its` stays open until this process ends; then `cat` ends.


class ChangeWatch:
    """Calls `on_change` on the running event loop after one of the files was written to.

    It is called within half a second, and at most five times a second. For SQLite files, writes to
    their logs (`-wal`) count too. `close` closes `inotify`; without one, nothing is called.
    """

    def __init__(
        self, inotify: INotify | None, files: tuple[Path, ...], on_change: Callable[[], None]
    ) -> None:
        import asyncio  # late, as most commands don't need it

        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._names = {name for file in files for name in (file.name, f"{file.name}-wal")}
        self._checks: list[asyncio.TimerHandle] = []
        self.listening = False
        """Whether the next change is reported; if not, a check of the files is due anyway."""
        self._inotify = inotify
        if self._inotify is not None:
            try:
                for folder in {file.parent for file in files}:
                    self._inotify.add_watch(folder, _MODIFY | _MOVED_TO | _CREATE | _DELETE)
            except OSError:  # too many watches, or no folder yet: changes can't be reported
                self._inotify.close()
                self._inotify = None
        if self._inotify is not None:
            self._listen()

    @property
    def watching(self) -> bool:
        """Whether changes by processes of this machine are reported."""
        return self._inotify is not None

    def close(self) -> None:
        for check in self._checks:
            check.cancel()
        if self._inotify is not None:
            self._loop.remove_reader(self._inotify)
            self._inotify.close()
            self._inotify = None

    def _listen(self) -> None:
        if self._inotify is not None:
            self._loop.add_reader(self._inotify, self._read)
            self.listening = True

    def _read(self) -> None:
        if self._inotify is None or self._names.isdisjoint(
            event.name for event in self._inotify.read(timeout=0)
        ):
            return
        # Writes before the last check are covered by it.
        self._loop.remove_reader(self._inotify)
        self.listening = False
        self._checks = [self._loop.call_later(after, self._on_change) for after in _CHECKS]
        self._checks.append(self._loop.call_later(_CHECKS[-1], self._listen))

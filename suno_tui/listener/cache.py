"""The listener's cache: files by their SHA-256, and sounds that play while their file arrives.

Nothing is written outside the cache's folder: file names are built only from checked hashes and
known suffixes. The folder has mode 0700, its files 0600. If the cache would exceed its limit, the
least recently used files are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import make_folder, set_mode
from suno_tui.listener.protocol import File
from suno_tui.media.kinds import sniff
from suno_tui.player.sound import RATE, CantPlay, Sound, decode

if TYPE_CHECKING:
    from suno_tui.player.sound import Samples

MEGABYTES = 1000
"""The default limit of the cache."""
_ARRIVING = ".arriving"
_MORE = 1.2
"""An arriving file is decoded again when it has grown by this factor. A smaller factor would cost
more processor time; a larger one would make the sound wait for bytes that have arrived already."""
_MOST_KNOWN = 5000
_FIRST_BYTES = 8 << 10
_HELD_BACK = RATE // 4
"""Frames at the end of an incomplete file that are not played yet: the next bytes change them."""


class CantKeep(Exception):
    """A file can't be taken into the cache; the message tells the user why."""


class OutOfStep(CantKeep):
    """Another connection sends the same file: ask again how many bytes are in the cache."""


class Cache:
    """The files of one folder. Any thread may call it."""

    def __init__(self, folder: Path, *, megabytes: int = MEGABYTES) -> None:
        """Open the cache, and create its folder if necessary. Raises `HomeError`."""
        self.folder = make_folder(folder)
        set_mode(folder, 0o700)
        self._most = megabytes << 20
        self._changed = threading.Condition()
        self._beginning = threading.Lock()
        self._arriving: dict[str, Arrival] = {}
        self.known: dict[Path, File] = {}
        """The most recent files that `path_of` was called with, by path."""
        self.find: Callable[[File], Path | None] = lambda _file: None
        """Returns the path of a file elsewhere on this machine; such a file is not sent."""
        self.used: Callable[[], Iterable[Path]] = tuple
        """Returns the files that are loaded now, and must not be removed."""

    def path(self, file: File) -> Path:
        """Return the path of a file in the cache, which exists once the file is complete."""
        return self.folder / (file.hash + file.kind)

    def path_of(self, file: File) -> Path:
        """Return where a file is or will be, on this machine; remembered in `known`."""
        path = self.find(file) or self.path(file)
        with self._changed:
            self.known.pop(path, None)
            self.known[path] = file
            while len(self.known) > _MOST_KNOWN:
                del self.known[next(iter(self.known))]
        return path

    def hash_of(self, path: Path) -> str:
        """Return the hash of a file that `path_of` returned."""
        file = self.known.get(path)
        return path.stem if file is None else file.hash

    def whole(self, file: File) -> bool:
        return self.size_of(self.path(file)) == file.size

    def present(self, file: File) -> int:
        """Return how many bytes of a file are here: its size if it is complete."""
        if self.find(file) is not None:
            return file.size
        if self.whole(file):
            with contextlib.suppress(OSError):
                os.utime(self.path(file))
            return file.size
        size = self.size_of(self.part(file))
        return size if size < file.size else 0  # complete but never verified: start over

    def begin(self, file: File, start: int) -> Arrival:
        """Begin to receive a file from byte `start`, which must be what `present` returns.

        If another connection was sending the file, that one is stopped. Raises `CantKeep`, and
        `OutOfStep` if `present` returns another number now.
        """
        with self._beginning:
            with self._changed:
                before = self._arriving.pop(file.hash, None)
            if before is not None:
                before.stop()
            if start >= file.size:
                raise CantKeep("It has no such bytes.")
            if start != self.present(file):
                raise OutOfStep("Its beginning is not here.")
            if file.size > self._most:
                raise CantKeep(f"It is larger than the whole cache ({self._most >> 20} MB).")
            self._make_room(file.size - start, file.hash)
            try:
                arrival = Arrival(self, file, start)
            except OSError as error:
                raise CantKeep(f"The cache can't be written ({error.strerror}).") from error
            with self._changed:
                self._arriving[file.hash] = arrival
            return arrival

    def forget(self, arrival: Arrival) -> None:
        """Remove a stopped arrival, and wake the sounds that wait for its bytes."""
        with self._changed:
            if self._arriving.get(arrival.file.hash) is arrival:
                del self._arriving[arrival.file.hash]
            self._changed.notify_all()

    def grew(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, file: File, least: int, stopped: Callable[[], bool]) -> bool:
        """Wait until a file is complete or has `least` bytes; return False if `stopped`."""
        with self._changed:
            while not stopped():
                if self.whole(file) or self.size_of(self.part(file)) >= least:
                    return True
                self._changed.wait(0.5)
        return False

    def readable(self, file: File) -> Path:
        """Return the path of a file, or of the part of it that has arrived."""
        return self.path(file) if self.whole(file) else self.part(file)

    def part(self, file: File) -> Path:
        """Return where a file is while it arrives."""
        return self.folder / (file.hash + _ARRIVING)

    def size_of(self, path: Path) -> int:
        """Return the size of a file in bytes; 0 if it does not exist."""
        try:
            return path.stat().st_size
        except OSError:
            return 0

    def _make_room(self, size: int, mine: str) -> None:
        """Remove the least recently used files, except `mine`, until `size` more bytes fit.

        Raises `CantKeep` if that is not enough.
        """
        with self._changed:
            used = {path.stem for path in self.used()} | self._arriving.keys() | {mine}
            size += sum(each.file.size - each.bytes for each in self._arriving.values())
        files: list[tuple[float, int, Path]] = []
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    files.append((status.st_mtime, status.st_size, path))
        total = sum(each for _, each, _ in files) + size
        for _, each, path in sorted(files):
            if total <= self._most:
                break
            if path.stem not in used:
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= each
        if total > self._most:
            raise CantKeep("The cache is full of music that is in use.")


class Arrival:
    """A file whose bytes are arriving. One thread writes; any thread may stop it."""

    def __init__(self, cache: Cache, file: File, start: int) -> None:
        self.file = file
        self.bytes = start
        self._cache = cache
        self._part = cache.part(file)
        self._lock = threading.Lock()
        """Held while the file is written, so that no other thread closes it meanwhile."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self._part, flags, 0o600)
        os.ftruncate(self._handle, start)
        self._stopped = False

    def write(self, piece: bytes) -> bool:
        """Write the next bytes; return whether the file is complete now and has the right hash.

        Raises `CantKeep`, which ends the arrival.
        """
        try:
            with self._lock:
                if self._stopped:
                    raise OutOfStep("Another connection sends it.")
                self._check(piece)
                self._write(piece)
                whole = self.bytes == self.file.size
                if whole:
                    self._finish()
        except OSError as error:
            self.stop()
            raise CantKeep(f"The cache can't be written ({error.strerror}).") from error
        except CantKeep:
            self.stop()
            raise
        if whole:
            self.stop()
        else:
            self._cache.grew()
        return whole

    def stop(self) -> None:
        """End the arrival; the bytes stay, and `begin` can continue after them."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            os.close(self._handle)
        self._cache.forget(self)

    def _check(self, piece: bytes) -> None:
        if self.bytes + len(piece) > self.file.size:
            self._discard()
            raise CantKeep("More bytes came than were announced.")
        if not self.bytes and sniff(piece[:64]) != self.file.kind:
            self._discard()
            raise CantKeep(f"Its first bytes are not those of {self.file.kind[1:].upper()}.")

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            count = os.pwrite(self._handle, rest, self.bytes)
            self.bytes += count
            rest = rest[count:]

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            self._part.unlink()

    def _finish(self) -> None:
        digest = hashlib.sha256()
        with self._part.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        if digest.hexdigest() != self.file.hash:
            self._discard()
            raise CantKeep("It arrived damaged.")
        self._part.replace(self._cache.path(self.file))


class ArrivingSound(Sound):
    """The sound of a file in the cache, which may still be arriving.

    Whenever the file has grown, it is decoded again from its beginning and only the new frames are
    used: a decoder makes the same samples from the beginning as from the whole file.
    """

    def __init__(self, cache: Cache, file: File) -> None:
        self._cache = cache
        self._of = file
        super().__init__(cache.path(file))

    def drop(self) -> None:
        super().drop()
        self._cache.grew()

    def _pieces(self) -> Generator[Samples, None, None]:
        """Yield new samples until the whole file is decoded, or the sound was dropped."""
        least, taken = min(_FIRST_BYTES, self._of.size), 0
        while self._cache.wait(self._of, least, lambda: self._stop):
            path = self._cache.readable(self._of)
            whole = path != self._cache.part(self._of)
            size = self._cache.size_of(path)
            least = min(self._of.size, int(max(size, _FIRST_BYTES) * _MORE))
            try:
                for piece in _from(path, taken, 0 if whole else _HELD_BACK):
                    yield piece
                    taken += len(piece)
            except CantPlay:
                if whole:
                    raise
            if whole:
                return


def _from(path: Path, start: int, held_back: int) -> Iterator[Samples]:
    """Yield the samples of a file from frame `start` on, without the last `held_back` frames."""
    import numpy as np

    at = 0
    rest = np.zeros((0, 2), np.int16)
    with contextlib.closing(decode(path, RATE // 4)) as pieces:
        for piece in pieces:
            new = piece[max(0, start - at) :]
            at += len(piece)
            rest = np.concatenate([rest, new]) if len(rest) else new
            if len(rest) > held_back:
                yield rest[: len(rest) - held_back]
                rest = rest[len(rest) - held_back :]

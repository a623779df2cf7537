"""The listener's audio: files by their SHA-256, and sounds that play while their file arrives.

Nothing is written outside of the cache's folder: the names of its files are made here, of checked
hashes and known suffixes. The folder is 0700, its files are 0600. If it would grow beyond its
limit, the files that were used longest ago are removed.
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
"""The usual limit."""
_ARRIVING = ".arriving"
_MORE = 1.2
"""A file that arrives is decoded again when it has grown by this factor: less would cost more
time of the processor, more would let the sound wait for what is there already."""
_MOST_KNOWN = 1000
_FIRST_BYTES = 8 << 10
_HELD_BACK = RATE // 4
"""Frames at the end of an unfinished file that are not played yet: the next bytes change them."""


class CantKeep(Exception):
    """A file can't be taken into the cache; the message says why, for people."""


class OutOfStep(CantKeep):
    """Another connection sends the same file: ask again how much of it is here."""


class Cache:
    """The files of one folder. Any thread may call it."""

    def __init__(self, folder: Path, *, megabytes: int = MEGABYTES) -> None:
        """Open the cache; create its folder. Raises `HomeError`."""
        self.folder = make_folder(folder)
        set_mode(folder, 0o700)
        self._most = megabytes << 20
        self._changed = threading.Condition()
        self._beginning = threading.Lock()
        self._arriving: dict[str, Arrival] = {}
        self.known: dict[Path, File] = {}
        """The files that were asked for, by their paths."""
        self.used: Callable[[], Iterable[Path]] = tuple
        """Returns the files that are loaded now, and must stay."""

    def path(self, file: File) -> Path:
        """Return where a file is, or will be once it is whole."""
        return self.folder / (file.hash + file.kind)

    def path_of(self, file: File) -> Path:
        """Return `path`, and remember the file: a sound is made of it next."""
        path = self.path(file)
        with self._changed:
            self.known.pop(path, None)
            self.known[path] = file
            while len(self.known) > _MOST_KNOWN:
                del self.known[next(iter(self.known))]
        return path

    def whole(self, file: File) -> bool:
        return self.size_of(self.path(file)) == file.size

    def present(self, file: File) -> int:
        """Return how many of its bytes are here; all of them, if it is whole."""
        if self.whole(file):
            with contextlib.suppress(OSError):
                os.utime(self.path(file))
            return file.size
        size = self.size_of(self.part(file))
        return size if size < file.size else 0  # all of it, and not verified: from the beginning

    def begin(self, file: File, start: int) -> Arrival:
        """Take in the bytes of a file from `start`, of which `present` has told.

        Another connection that was sending it is out of step from now on. Raises `CantKeep`, and
        `OutOfStep` if there are more or fewer bytes by now.
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
        """Note that no more bytes come, and wake the sounds that wait for them."""
        with self._changed:
            if self._arriving.get(arrival.file.hash) is arrival:
                del self._arriving[arrival.file.hash]
            self._changed.notify_all()

    def grew(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, file: File, least: int, stopped: Callable[[], bool]) -> bool:
        """Wait until a file is whole or has so many bytes; return False if `stopped`."""
        with self._changed:
            while not stopped():
                if self.whole(file) or self.size_of(self.part(file)) >= least:
                    return True
                self._changed.wait(0.5)
        return False

    def readable(self, file: File) -> Path:
        """Return the path of what is here of a file."""
        return self.path(file) if self.whole(file) else self.part(file)

    def part(self, file: File) -> Path:
        """Return where a file is while it arrives."""
        return self.folder / (file.hash + _ARRIVING)

    def size_of(self, path: Path) -> int:
        """Return the bytes of a path; 0 if it does not exist."""
        try:
            return path.stat().st_size
        except OSError:
            return 0

    def _make_room(self, size: int, mine: str) -> None:
        """Remove the files that were used longest ago, except `mine`, as far as the limit wants.

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
            raise CantKeep("The cache is full of what is played now.")


class Arrival:
    """A file of which the bytes are coming in. One thread writes; any may stop it."""

    def __init__(self, cache: Cache, file: File, start: int) -> None:
        self.file = file
        self.bytes = start
        self._cache = cache
        self._part = cache.part(file)
        self._lock = threading.Lock()
        """Held while the file is written to, so that nobody closes it meanwhile."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self._part, flags, 0o600)
        os.ftruncate(self._handle, start)
        self._stopped = False

    def write(self, piece: bytes) -> bool:
        """Write the next bytes; return whether the file is whole now, and what it should be.

        Raises `CantKeep`; the arrival has ended then.
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
        """End it; the bytes that came stay, and `begin` can go on behind them."""
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
            raise CantKeep("Its bytes are not those that were announced.")
        self._part.replace(self._cache.path(self.file))


class ArrivingSound(Sound):
    """The sound of a file in the cache, which may still be arriving.

    The beginning of the file is decoded again whenever it has grown, and the frames that are new
    are taken: decoders make the same samples from it as from the whole file.
    """

    def __init__(self, cache: Cache, file: File) -> None:
        self._cache = cache
        self._of = file
        super().__init__(cache.path(file))

    def drop(self) -> None:
        super().drop()
        self._cache.grew()

    def _pieces(self) -> Generator[Samples, None, None]:
        """Yield new samples until the whole file is decoded, or nobody needs the sound."""
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
    """Yield the samples of a file from a frame, but for the last ones."""
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

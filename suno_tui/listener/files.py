"""What the studio knows of the files that it sends: their hashes and loudness."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from suno_tui.common.safe_files import open_file
from suno_tui.listener.about import About
from suno_tui.listener.protocol import MOST_FILE, File
from suno_tui.media.errors import CantPlay
from suno_tui.media.kinds import KINDS, sniff
from suno_tui.player.sound import RATE, decode

Loudness = tuple[float | None, int]
"""The loudness in LUFS (None if unknown), and the largest sample."""
_MOST = 500


class KnownFiles:
    """A cache of hashes and loudness of files by path, for unchanged files. Thread-safe."""

    def __init__(
        self,
        locate: Callable[[str], Path | None] = lambda _hash: None,
        about: Callable[[Path], About | None] = lambda _path: None,
    ) -> None:
        """`locate` finds a file of the library by its hash; `about` returns a file's facts."""
        self._locate = locate
        self.about = about
        self._files: dict[Path, tuple[tuple[int, int], File]] = {}
        self._unusable: set[Path] = set()
        self._paths: dict[str, Path] = {}
        self._loudness: dict[str, Loudness] = {}
        self._lock = threading.Lock()
        self._measuring = threading.Lock()

    def file(self, path: Path) -> File:
        """Return hash, size and kind of a file; reads it once. Raises `CantPlay`."""
        try:
            status = path.stat()
            with self._lock:
                found = self._files.pop(path, None)
                if found is not None:
                    self._files[path] = found  # move it to the end, as the last used
            if found is not None and found[0] == (status.st_mtime_ns, status.st_size):
                file = found[1]
            else:
                file = self._read(path)
        except (CantPlay, OSError) as error:
            with self._lock:
                self._unusable.add(path)
            if isinstance(error, FileNotFoundError):
                raise CantPlay(f"{path}: it is gone.") from error
            if isinstance(error, OSError):
                raise CantPlay(f"{path}: it can't be read ({error.strerror}).") from error
            raise
        self._unusable.discard(path)
        return file

    def known(self, path: Path) -> File | None:
        """Return what `file` returned last, without reading the disk; None if there is nothing."""
        with self._lock:
            found = self._files.get(path)
            return found[1] if found else None

    def unusable(self, path: Path) -> bool:
        """Return whether `file` failed the last time."""
        return path in self._unusable

    def _read(self, path: Path) -> File:
        with open_file(path) as opened:
            status = os.fstat(opened.fileno())
            if status.st_size > MOST_FILE:
                raise CantPlay(f"{path}: it is too large to be sent to your machine.")
            head = opened.read(64)
            kind = sniff(head)
            if kind not in KINDS:
                raise CantPlay(f"{path}: your machine can't play this kind of file.")
            digest, size = hashlib.sha256(head), len(head)
            while piece := opened.read(1 << 20):
                digest.update(piece)
                size += len(piece)
        file = File(digest.hexdigest(), size, kind)
        with self._lock:
            self._files[path] = (status.st_mtime_ns, status.st_size), file
            self._paths[file.hash] = path
            while len(self._files) > _MOST:
                _, old = self._files.pop(next(iter(self._files)))
                self._paths.pop(old.hash, None)
        return file

    def path(self, digest: str | None) -> Path | None:
        """Return the path of a file with this hash, read before or in the library; else None."""
        if digest is None:
            return None
        if digest not in self._paths and (found := self._locate(digest)) is not None:
            self._paths[digest] = found
        return self._paths.get(digest)

    def loudness(self, path: Path) -> Loudness:
        """Return the loudness of a file; decodes it once, which takes about a second."""
        from suno_tui.common.loudness import loudness

        with self._measuring:
            try:
                digest = self.file(path).hash
                if digest not in self._loudness:
                    level, peak = loudness(decode(path), RATE)
                    # Silence is minus infinity, which JSON can't express.
                    self._loudness[digest] = (level if level > -200 else None), peak
                return self._loudness[digest]
            except CantPlay:
                return None, 0

"""The trash: each deletion is a folder, in which the tracks keep their old paths."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from suno_tui.common.atomic_files import make_folder
from suno_tui.library.index import LIBRARY, TRASH, Index
from suno_tui.library.scan import reread
from suno_tui.library.track import Track
from suno_tui.library.track_files import (
    copy_track,
    free_stem,
    move_rest,
    move_track,
    path_in,
    remove_empty,
)
from suno_tui.library.track_reader import read_track_file

_DELETING = ".deleting-"


class Trash:
    """Moves tracks to the trash and back, and deletes them. The caller holds the library's lock."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._library, self._root = index.places
        self.folder = self._root

    def put(self, tracks: Iterable[Track]) -> str:
        """Move tracks to the trash; return the name of this deletion. Names sort by time."""
        token = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"
        for track in tracks:
            path = path_in(self._library, track.file)
            target = self._root / token / path
            self._move(LIBRARY, track.file, TRASH, target)
        return token

    def restore(self, tracks: Iterable[Track]) -> None:
        """Move tracks back to where they were, under another name if theirs is taken now."""
        for track in tracks:
            home = self._origin(track.file)
            stem = free_stem(home.parent, home.stem)
            if stem == home.stem:
                self._move(TRASH, track.file, LIBRARY, home)
                continue
            # An interrupted move to another name could not be finished: copy, then delete.
            target = home.with_name(f"{stem}.toml")
            copy_track(track.file, target)
            self.delete([(TRASH, track)])
            reread(self._index, LIBRARY, target)

    def delete(self, tracks: Iterable[tuple[int, Track]]) -> None:
        """Delete tracks for good. Each first moves, track file first, to a hidden folder."""
        doomed = self._root / f"{_DELETING}{secrets.token_hex(6)}"
        for number, (place, track) in enumerate(tracks):
            with contextlib.suppress(FileNotFoundError):
                target = doomed / str(number) / track.file.name
                move_track(track.file, target, track_file_first=True)
            root = self._index.places[place]
            self._index.put([], gone=[(place, path_in(root, track.file))])
            remove_empty(track.file.parent, root)
        shutil.rmtree(doomed, ignore_errors=True)

    def clear(self) -> None:
        """Delete everything else in the trash, such as the files of damaged tracks."""
        if not self._root.is_dir():
            return
        doomed = make_folder(self._root / f"{_DELETING}{secrets.token_hex(6)}")
        for path in list(self._root.iterdir()):
            if not path.name.startswith("."):
                path.rename(doomed / path.name)
        gone = [(TRASH, path) for files in self._index.files(TRASH).values() for path in files]
        self._index.put([], gone=gone)
        shutil.rmtree(doomed, ignore_errors=True)

    def unfinished(self) -> bool:
        """Return whether a move or deletion was interrupted, or is under way in another process."""
        return bool(self._half_deleted() or self._half_moved())

    def finish(self) -> None:
        """Finish interrupted deletions, and moves between the library and the trash."""
        for folder in self._half_deleted():
            shutil.rmtree(folder, ignore_errors=True)
        for path in self._half_moved():
            move_rest(self._root / path, self._origin(self._root / path))
            reread(self._index, TRASH, self._root / path)

    def _half_deleted(self) -> list[Path]:
        return list(self._root.glob(f"{_DELETING}*"))

    def _half_moved(self) -> list[str]:
        """Return the track files in the trash without audio: it may still be in the library."""
        return [
            path
            for files in self._index.files(TRASH).values()
            for path, known in files.items()
            if known.beside.startswith("/")
        ]

    def _origin(self, file: Path) -> Path:
        """Return where a track file came from: its path below the folder of its deletion."""
        _, _, path = path_in(self._root, file).partition("/")
        return self._library / (path or file.name)

    def _move(self, source: int, file: Path, place: int, target: Path) -> None:
        root, new_root = self._index.places[source], self._index.places[place]
        # Another process may have moved it first.
        with contextlib.suppress(FileNotFoundError):
            move_track(file, target, track_file_first=place == TRASH)
        facts = read_track_file(place, new_root, path_in(new_root, target))
        self._index.put([facts] if facts else [], gone=[(source, path_in(root, file))])
        remove_empty(file.parent, root)

"""Changes of tracks and of the library's own files, each of which can be undone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.atomic_files import read_bytes, write_bytes, write_toml
from suno_tui.common.errors import DamagedFile
from suno_tui.library.change_lock import ChangeLock
from suno_tui.library.filing import retag
from suno_tui.library.index import LIBRARY, TRASH, Index
from suno_tui.library.index_sync import IndexSync
from suno_tui.library.scan import PLAYLISTS, reread
from suno_tui.library.tags import tagged
from suno_tui.library.track import Track
from suno_tui.library.track_files import change_file
from suno_tui.library.trash import Trash
from suno_tui.library.undo import Action, CantUndo, Edited, FileChanged, History, Moved

if TYPE_CHECKING:
    from suno_tui.library.repair import Repair


class Changes:
    """Makes changes under the library's lock, and undoes them (an `UndoTarget`)."""

    def __init__(self, index: Index, sync: IndexSync, trash: Trash, lock: ChangeLock) -> None:
        self._index = index
        self._folder = index.places[LIBRARY]
        self._sync = sync
        self._trash = trash
        self._lock = lock
        self.history = History()

    def set_keys(self, track_id: str, changes: Mapping[str, Any]) -> None:
        """Set keys of a track file; its audio's tags and the index follow."""
        with self._lock.held():
            place, track = self._sync.locate([track_id])[0]
            before, _ = change_file(track.file, changes)
            after = self._update(place, track)
            if before != after:
                self.history.add(Edited(track.id, track.name, before, after))

    def trash(self, ids: Iterable[str]) -> str:
        """As `Library.trash`."""
        with self._lock.held():
            found = [track for place, track in self._sync.locate(ids) if place == LIBRARY]
            with self._recorded(found, trashed=True):
                return self._trash.put(found)

    def restore(self, ids: Iterable[str]) -> None:
        """As `Library.restore`."""
        with self._lock.held():
            found = [track for place, track in self._sync.locate(ids) if place == TRASH]
            with self._recorded(found, trashed=False):
                self._trash.restore(found)

    def delete(self, ids: Iterable[str]) -> None:
        """As `Library.delete`."""
        with self._lock.held():
            found = self._sync.locate(ids)
            self._trash.delete(found)
            self.history.forget({track.id for _, track in found})

    def undo(self) -> Action | None:
        """As `Library.undo`."""
        with self._lock.held():
            return self.history.undo(self)

    def redo(self) -> Action | None:
        """As `Library.redo`."""
        with self._lock.held():
            return self.history.redo(self)

    def rewrite(self, track_id: str, old: bytes, new: bytes) -> bytes:
        """Replace the bytes of a track file if they are still `old`; return its bytes afterwards.

        Raises `CantUndo` if the file was changed since, and `UnknownTrack`.
        """
        with self._lock.held():
            place, track = self._sync.locate([track_id])[0]
            _check_unchanged(track.file, old)
            write_bytes(track.file, new)
            return self._update(place, track)

    def put_back(self, file: Path, old: bytes | None, new: bytes | None) -> None:
        """As `rewrite`, for a file that is not a track file; None means that it doesn't exist."""
        with self._lock.held():
            _check_unchanged(file, old)
            if new is None:
                file.unlink()
            else:
                write_bytes(file, new)
            if file.is_relative_to(self._folder) and self._folder / PLAYLISTS not in file.parents:
                self._sync.reread_with_audio(file)

    def repair(self, repair: Repair) -> None:
        """As `Library.repair`."""
        file = repair.file
        with self.writing(f"the facts of {file.stem}", file):
            _check_unchanged(file, repair.before)
            if repair.before:
                write_bytes(_free_aside(file), repair.before)
            if repair.aside:
                file.unlink()
            else:
                write_toml(file, repair.new)
            self._sync.reread_with_audio(file)

    @contextlib.contextmanager
    def writing(self, what: str, *files: Path) -> Iterator[None]:
        """Hold the lock while files of the library are written; one undo reverts them all."""
        with self._lock.held():
            before = [read_bytes(file) for file in files]
            try:
                yield
            finally:
                with self.history.together(f"a change of {what}"):
                    for file, old in zip(files, before, strict=True):
                        if (new := read_bytes(file)) != old:
                            self.history.add(FileChanged(file, what, old, new))

    @contextlib.contextmanager
    def _recorded(self, tracks: list[Track], *, trashed: bool) -> Iterator[None]:
        """Record for undo the tracks that were moved, even if an error cut the move short."""
        try:
            yield
        finally:
            moved = tuple(track.id for track in tracks if not track.file.exists())
            if moved:
                self.history.add(Moved(moved, trashed))

    def _update(self, place: int, old: Track) -> bytes:
        """Let the index and the audio's tags follow a changed track file; return its bytes."""
        facts = reread(self._index, place, old.file)
        # Audio that has lost its end is left as it is: its size is what shows the loss.
        if facts is not None and facts.track is not None and not facts.trouble:
            new = facts.track
            # The user may name a track even if its tags can't be written.
            with contextlib.suppress(DamagedFile):
                if tagged(new) != tagged(old):
                    change_file(old.file, retag(new))
                    reread(self._index, place, old.file)
        return read_bytes(old.file) or b""


def _check_unchanged(file: Path, expected: bytes | None) -> None:
    if read_bytes(file) != expected:
        raise CantUndo(f"{file} was changed since. It was left as it is.")


def _free_aside(file: Path) -> Path:
    """Return a free name for the copy of a damaged file; no other file is overwritten."""
    number, aside = 1, file.with_name(f"{file.name}.damaged")
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{number}")
    return aside

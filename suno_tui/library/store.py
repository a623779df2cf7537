"""The interface to the library for the rest of the program."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from suno_tui.common.errors import DamagedFile
from suno_tui.common.made_once import made_once
from suno_tui.library import scan
from suno_tui.library.by_audio import TracksByAudio
from suno_tui.library.change_lock import ChangeLock
from suno_tui.library.changes import Changes
from suno_tui.library.errors import AmbiguousTrack, UnknownTrack
from suno_tui.library.facts import LONE_AUDIO
from suno_tui.library.filed import find_filed
from suno_tui.library.filing import NewTake, file_take, sweep
from suno_tui.library.index import LIBRARY, TRASH, Index
from suno_tui.library.index_sync import IndexSync
from suno_tui.library.playlists import Playlists
from suno_tui.library.query import order_by, parse
from suno_tui.library.search_results import SearchResults
from suno_tui.library.searches import Searches
from suno_tui.library.track import MOST_STARS, Family, Track
from suno_tui.library.track_files import open_sound
from suno_tui.library.trash import Trash
from suno_tui.library.undo import Action
from suno_tui.library.views import ALL, View, Views
from suno_tui.library.watch import Watch
from suno_tui.media.kinds import PROVIDER_KINDS

if TYPE_CHECKING:
    from suno_tui.library.importing.imports import Imports
    from suno_tui.library.repair import Record, Repair


class Library(TracksByAudio):
    """A folder of tracks. Any thread may use it, and several processes at once.

    Track files hold the truth; lists come from an index of them in `cache`, which `refresh` updates
    after the user changed files.
    """

    def __init__(self, folder: Path, *, trash: Path, cache: Path) -> None:
        self.folder = folder
        self._index = Index(cache / "library.sqlite", (folder, trash))
        self._lock = ChangeLock(trash / ".lock")
        self._trash = Trash(self._index)
        self._sync = IndexSync(self._index, self._trash, self._lock)
        self.changes = Changes(self._index, self._sync, self._trash, self._lock)
        self._filing = threading.Lock()
        self._watch: Watch | None = None

    # Reading.

    def tracks(
        self, query: str = "", *, sort: str = "-added", limit: int | None = None
    ) -> list[Track]:
        """Return the tracks that match a query, in its order, else by `sort`: newest first.

        Completes the index first if that was never done. Raises `QueryError`.
        """
        asked = parse(query).check()
        self._sync.complete()
        order = asked.order or order_by(sort)
        return self._ordered(self._index.numbers(asked.where, asked.values, order, LIBRARY, limit))

    def search(
        self, query: str = "", *, sort: str = "-added", view: View = ALL, songs: bool = False
    ) -> SearchResults:
        """As `tracks`, for a list on the screen: returns at once with what the index holds so far.

        Only `view` is searched; with `songs`, the result has one track for each song. Mistakes in
        the query are reported in the result, and the rest filters. Raises what `Views.search` does.
        """
        return self.views.search(view, query, sort=sort, songs=songs)

    def get(self, track_id: str) -> Track:
        """Return the track with an id, from the library or the trash. Raises `UnknownTrack`."""
        found = self._index.find("id = ?", track_id)
        if not found and not self._index.complete:
            self._sync.complete()
            found = self._index.find("id = ?", track_id)
        if not found:
            raise UnknownTrack(track_id)
        return found[0][1]

    def known(self, track_id: str) -> Track | None:
        """Return a track of the library, not the trash; None if the index doesn't have it (yet)."""
        return self._index.by_ids(LIBRARY, [track_id]).get(track_id)

    def find(self, beginning: str) -> Track:
        """Return the track with an id, or the only one whose id begins so; also from the trash.

        Raises `UnknownTrack`, `AmbiguousTrack`.
        """
        self._sync.complete()
        found = self._index.find("id = ?1 OR substr(id, 1, ?2) = ?1", beginning, len(beginning))
        tracks = [track for _, track in found]
        for track in tracks:
            if track.id == beginning or (len(tracks) == 1 and beginning):
                return track
        if not tracks or not beginning:
            raise UnknownTrack(beginning)
        some = ", ".join(f"{track.id} ({track.name} {track.take})" for track in tracks[:4])
        raise AmbiguousTrack(f"{len(tracks)} tracks have an id that begins like that: {some}.")

    def still_here(self, ids: Iterable[str]) -> list[str]:
        """Return the ids whose tracks are in the library, not in the trash."""
        here = self._index.numbers_of(ids := list(ids))
        return [track_id for track_id in ids if track_id in here]

    def other_takes(self, track: Track) -> list[Track]:
        """Return the other takes of the same task, by take number."""
        if not track.task_id:
            return []
        where = "place = ? AND task_id = ? AND provider = ? AND id <> ?"
        found = self._index.find(where, LIBRARY, track.task_id, track.provider, track.id)
        return [other for _, other in found]

    def family(self, track: Track) -> Family:
        """Return the track that `track` was made from, and the tracks made from it."""
        parent = self.known(track.origin.parent) if track.origin is not None else None
        where = "place = ? AND parent = ? AND parent <> ''"
        found = [each for _, each in self._index.find(where, LIBRARY, track.id)]
        return Family(parent, sorted(found, key=lambda each: (each.created_at, each.take)))

    def takes(self, track: Track) -> list[Track]:
        """Return all takes of a track's song that are in the library, by take number."""
        return sorted([track, *self.other_takes(track)], key=lambda each: each.take)

    def lead(self, track: Track) -> Track:
        """Return the take that stands for a track's song: the best rated, else the first."""
        return max(self.takes(track), key=lambda each: (each.rating, -each.take))

    def count(self, *, songs: bool = False) -> int:
        """Return how many tracks, or songs, the library has, without the trash."""
        return self._index.count(LIBRARY, songs=songs)

    def trashed(self) -> list[Track]:
        """Return the tracks in the trash, the latest deletion first."""
        return self._ordered(self._index.numbers("", (), "path DESC", TRASH))

    def damaged(self) -> list[DamagedFile]:
        """Return an error for each file that can't be understood and each track whose audio is
        incomplete; the files are left as they are."""
        return [DamagedFile(path, why) for path, why in self._index.trouble() if why != LONE_AUDIO]

    def lone_audio(self) -> list[Path]:
        """Return the audio in the library's folder without a track file: it can be imported."""
        return [path for path, why in self._index.trouble() if why == LONE_AUDIO]

    def damage(self, track: Track) -> str:
        """Describe what is wrong with the audio of a track; empty if nothing is."""
        return self._index.trouble_of(track.id)

    def version(self) -> int:
        """Return a number that changes when any process changes the library; takes microseconds."""
        return self._index.version()

    @property
    def index_file(self) -> Path:
        """The file to which every process writes when `version` changes."""
        return self._index.file

    def open_sound(self, audio: Path) -> BinaryIO:
        """Open an audio file of the library to send or copy it.

        Raises `OSError` if it isn't audio, or is a link out of the library.
        """
        return open_sound(audio, self.folder)

    def _ordered(self, numbers: list[int]) -> list[Track]:
        found = self._index.by_numbers(numbers)
        return [found[number] for number in numbers if number in found]

    # Keeping up with the files.

    @property
    def complete(self) -> bool:
        """Whether the index has read all files at least once; if not, call `refresh`."""
        return self._index.complete

    @property
    def read(self) -> bool:
        """Whether all files were read, or there are none."""
        return self.complete or not self.folder.exists() or not any(self.folder.iterdir())

    def on_progress(self, listener: scan.Progress | None) -> None:
        """Have every refresh call `listener(done, all)` with counts of files, from its thread."""
        self._sync.progress = listener

    def refresh(
        self, *, progress: scan.Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> bool:
        """Read the files that the user changed; fast if there are none.

        Calls `progress(done, all)` now and then, and gives up if `stop()` is true; returns whether
        it got to the end. Finishes what a crash left half done in the trash.
        """
        return self._sync.refresh(progress, stop)

    def rescan(self, paths: Iterable[Path]) -> bool:
        """Read these changed files and folders; return whether any track changed.

        Reads all files if there are very many paths.
        """
        return self._sync.rescan(paths)

    def watch(self, on_change: Callable[[], None] | None = None) -> Watch:
        """Start a thread that reads all changes from now on, within a second.

        It calls `on_change` after each change, and ends when the watch or the library is closed, or
        another watch begins.
        """
        if self._watch is not None:
            self._watch.close()
        self._watch = Watch(self._sync, (self.folder, self._trash.folder), on_change)
        return self._watch

    def stop(self) -> None:
        """Make every refresh give up at once; what it has read so far is kept."""
        self._sync.stop()

    def leave(self) -> None:
        """Make every refresh, long search and watch give up at once; changes under way go on.

        Afterwards, only `close` may be called."""
        self.stop()
        self._index.end_reading()
        if self._watch is not None:
            self._watch.stop()

    def close(self) -> None:
        """Stop the watch and every refresh, and close the index."""
        self.leave()
        if self._watch is not None:
            self._watch.close()
        # After a kill, SQLite would first work off that process's long log.
        self._index.close(keep_log=self._sync.was_killed)

    # Changes.

    def add(
        self,
        take: NewTake,
        audio: Path,
        cover: Path | None,
        *,
        whole: bool = True,
        kinds: Sequence[str] = PROVIDER_KINDS,
        as_it_came: bool = False,
    ) -> Track:
        """File a take and remove the given files; the same take again gives the same track.

        The audio is checked to be complete, and tagged. Without `whole`, its end may be missing:
        half of a song that was paid for is better than none. Audio of other kinds than `kinds` is
        kept as it came and never parsed (`Track.kept`); with `as_it_came`, so is audio that fails
        the check. Raises `BadAudio`, `HomeError` if the disk refuses and `CantRead` if nothing can
        be read now; the files are left where they are then.
        """
        with self._filing:
            sweep(self.folder, take.track_id)
            track = find_filed(self._index, self._sync, take) or file_take(
                self._index, take, audio, cover, whole, self._lock.held,
                kinds=kinds, as_it_came=as_it_came,
            )  # fmt: skip
            for taken in (audio, cover):
                if taken is not None:
                    with contextlib.suppress(OSError):
                        taken.unlink()
        return track

    def annotate(
        self,
        track_id: str,
        *,
        favorite: bool | None = None,
        rating: int | None = None,
        notes: str | None = None,
    ) -> Track:
        """Set the favourite mark, rating or notes of a track. None leaves a value as it is.

        Raises `UnknownTrack`, `DamagedFile`, `HomeError`, and `ValueError` for a rating that is
        not 0 to 5.
        """
        if rating is not None and rating not in range(MOST_STARS + 1):
            raise ValueError(f"a rating is 0 to {MOST_STARS}")
        changes = {"favorite": favorite, "rating": rating, "notes": notes}
        self.changes.set_keys(track_id, changes)
        return self.get(track_id)

    def edit(
        self,
        track_id: str,
        *,
        title: str | None = None,
        style: str | None = None,
        tags: str | None = None,
        lyrics: str | None = None,
    ) -> Track:
        """Change the texts of a track, the tags in its audio file, and so its SHA-256.

        File names stay. Raises `UnknownTrack`, `DamagedFile`, `HomeError`.
        """
        changes = {"title": title, "style": style, "tags": tags, "lyrics": lyrics}
        self.changes.set_keys(track_id, changes)
        return self.get(track_id)

    def trash(self, ids: Iterable[str]) -> str:
        """Move tracks to the trash; return the token of this move. Raises `UnknownTrack`."""
        return self.changes.trash(ids)

    def keep(self, track_id: str, others: Iterable[str], *, rating: int) -> Track:
        """Keep the better take: give it at least this rating, and trash the others.

        One undo reverts both. Raises what `annotate` and `trash` raise; what was done then stays.
        """
        with self._lock.held():
            if track_id not in self.still_here([track_id]):
                raise UnknownTrack(track_id)  # it is in the trash: no take would be left
            winner = self.get(track_id)
            with self.changes.history.together(f"the choice of {winner.name} {winner.take}"):
                winner = self.annotate(track_id, rating=max(rating, winner.rating))
                self.trash(others)
        return winner

    def restore(self, ids: Iterable[str]) -> list[Track]:
        """Move tracks back from the trash to where they were. Raises `UnknownTrack`."""
        ids = list(ids)
        self.changes.restore(ids)
        return [self.get(track_id) for track_id in ids]

    def delete(self, ids: Iterable[str]) -> None:
        """Delete tracks for good, from the library or the trash. Can't be undone."""
        self.changes.delete(ids)

    def empty_trash(self) -> int:
        """Delete everything in the trash for good; return the number of tracks."""
        with self._lock.held():
            ids = [track.id for track in self.trashed()]
            self.delete(ids)
            self._trash.clear()
        return len(ids)

    def together(self) -> AbstractContextManager[None]:
        """Return a context manager: one `undo` reverts all changes made inside it."""
        return self.changes.history.together()

    def undo(self) -> Action | None:
        """Undo the last change that this program made; None if there is none."""
        return self.changes.undo()

    def redo(self) -> Action | None:
        """Redo the change that was undone last; None if there is none."""
        return self.changes.redo()

    def repairs(self, records: Iterable[Record] = ()) -> list[Repair]:
        """Return a repair for each damaged file. Writes nothing.

        `records` is what the queue knows of takes that were filed.
        """
        from suno_tui.library.repair import find_repairs

        self._sync.complete()
        return find_repairs(self._index, records)

    def repair(self, repair: Repair) -> None:
        """Write a repaired track file, and keep the old one next to it as `.damaged`.

        One `undo` reverts it. Raises `CantUndo` if the file was changed since, `HomeError`.
        """
        self.changes.repair(repair)

    @made_once
    def playlists(self) -> Playlists:
        """The playlists, in a folder of the library."""
        return Playlists(self.folder / scan.PLAYLISTS, self._index, self.changes.writing)

    @made_once
    def views(self) -> Views:
        """The views that a list can show: all, favourites, playlists, saved searches, the trash."""
        return Views(self._index, self.playlists, self.searches)

    @made_once
    def imports(self) -> Imports:
        """Imports existing audio; its journals are next to the trash."""
        from suno_tui.library.importing.imports import Imports

        folder = self._trash.folder.with_name("imports")
        return Imports(folder, self._index, self._sync, self._lock, self.changes.history)

    @made_once
    def searches(self) -> Searches:
        """The saved searches, in a file next to the playlists."""
        return Searches(self.folder / scan.PLAYLISTS / "searches.toml", self.changes.writing)

"""The library as the other floors use it: filing takes, lists, searches, marks and the trash."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO

from suno_tui.api.song import Song
from suno_tui.errors import DamagedFile, StudioError
from suno_tui.home import Lock, read_bytes, write_bytes, write_toml
from suno_tui.library import scan
from suno_tui.library.filed import find_near, is_there
from suno_tui.library.filing import Take, file_take, retag, sweep
from suno_tui.library.folder import beside, change_file, look, names_in, open_sound, path_in
from suno_tui.library.hits import Hits
from suno_tui.library.index import LIBRARY, TRASH, Index, Seen
from suno_tui.library.playlists import Playlists
from suno_tui.library.query import order_by, parse
from suno_tui.library.searches import Searches
from suno_tui.library.tags import tagged
from suno_tui.library.track import MOST_STARS, Track, identify
from suno_tui.library.trash import Trash
from suno_tui.library.undo import Action, CantUndo, Edited, Filed, History, Restored, Trashed
from suno_tui.library.watch import Watch
from suno_tui.media.kinds import PROVIDER_KINDS

if TYPE_CHECKING:
    from suno_tui.library.repair import Record, Repair

_GLANCE_SECONDS = 2.0
"""How long filing looks for a track that somebody has moved."""
_MANY = 1000
"""Changes at a time for which all files are looked at anew."""


class UnknownTrack(StudioError):
    """No track of that id: it was deleted, or its file was moved out of the library."""

    title = "That track is gone"
    code = "unknown_track"
    exit_code = 2

    def __init__(self, track_id: str) -> None:
        super().__init__(f"There is no track {track_id!r} in the library.")


class AmbiguousTrack(StudioError):
    """Several tracks have ids that begin so."""

    title = "Which track is that?"
    code = "ambiguous_track"
    exit_code = 2


class Library:
    """A folder of tracks. May be used from any thread, and by several processes at once.

    Text files hold the truth; lists come from an index of them in `cache`. `refresh` brings that
    up to date with what was done to the files by hand.
    """

    def __init__(self, folder: Path, *, trash: Path, cache: Path) -> None:
        self.folder = folder
        self._index = Index(cache / "library.sqlite", (folder, trash))
        self._trash = Trash(self._index)
        self._lock = threading.RLock()
        self._depth = 0
        self._process_lock = Lock(trash / ".lock")
        self._scanning = threading.Lock()
        self._closing = threading.Event()
        self._filing = threading.Lock()
        self._watch: Watch | None = None
        self._history = History()
        self.reading: scan.Progress | None = None
        """Told how far it is by whoever comes to read the files first, from that thread."""

    def tracks(
        self, query: str = "", *, sort: str = "-added", limit: int | None = None
    ) -> list[Track]:
        """The tracks that fit a query, in its own or the given order; newest first.

        Where the index hasn't been completed yet, that is done first. Raises `QueryError`.
        """
        asked = parse(query).check()
        self._complete()
        order = asked.order or order_by(sort)
        numbers = self._index.numbers(asked.where, asked.values, order, LIBRARY, limit)
        found = self._index.by_numbers(numbers)
        return [found[number] for number in numbers if number in found]

    def search(self, query: str = "", *, sort: str = "-added") -> Hits:
        """As `tracks`, for a list on the screen: at once, with what the index holds by now.

        Mistakes in the query are told by the result, and the rest of the query filters.
        """
        asked = parse(query)
        return Hits(self._index, asked, asked.order or order_by(sort))

    def get(self, track_id: str) -> Track:
        """The track of an id, in the library or the trash. Raises `UnknownTrack`."""
        found = self._index.find("id = ?", track_id)
        if not found and not self._index.complete:
            self._complete()
            found = self._index.find("id = ?", track_id)
        if not found:
            raise UnknownTrack(track_id)
        return found[0][1]

    def find(self, beginning: str) -> Track:
        """The track of an id, or the only one whose id begins so, in the library or the trash.

        Raises `UnknownTrack`, `AmbiguousTrack`.
        """
        self._complete()
        found = self._index.find("id = ?1 OR substr(id, 1, ?2) = ?1", beginning, len(beginning))
        tracks = [track for _, track in found]
        for track in tracks:
            if track.id == beginning or (len(tracks) == 1 and beginning):
                return track
        if not tracks or not beginning:
            raise UnknownTrack(beginning)
        some = ", ".join(f"{track.id} ({track.name} {track.take})" for track in tracks[:4])
        raise AmbiguousTrack(f"{len(tracks)} tracks have an id that begins so: {some}.")

    def still_here(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids whose tracks are in the library, and not in the trash."""
        ids = list(ids)
        here = self._index.ids_in(LIBRARY, ids)
        return [track_id for track_id in ids if track_id in here]

    def sisters(self, track: Track) -> list[Track]:
        """The other takes of the same task, in their order."""
        if not track.task_id:
            return []
        found = self._index.find(
            "place = ? AND task_id = ? AND provider = ? AND id <> ?",
            LIBRARY,
            track.task_id,
            track.provider,
            track.id,
        )
        return [sister for _, sister in found]

    def count(self) -> int:
        """How many tracks the library has, the trash left out."""
        return self._index.count(LIBRARY)

    def trashed(self) -> list[Track]:
        """What is in the trash, the latest first."""
        found = self._index.by_numbers(numbers := self._index.numbers("", (), "path DESC", TRASH))
        return [found[number] for number in numbers if number in found]

    def damaged(self) -> list[DamagedFile]:
        """The files that can't be understood, and tracks whose audio has lost its end, with the
        reason; they are left where they are."""
        return [DamagedFile(path, why) for path, why in self._index.trouble()]

    def damage(self, track: Track) -> str:
        """What is wrong with the audio of a track; empty where nothing is."""
        return self._index.trouble_of(track.id)

    def version(self) -> int:
        """Another number whenever any process changed the library; costs microseconds."""
        return self._index.version()

    @property
    def complete(self) -> bool:
        """Whether the index has seen all files; if not, call `refresh`."""
        return self._index.complete

    @property
    def read(self) -> bool:
        """Whether all files were seen, or there is none to be seen."""
        return self.complete or not self.folder.exists() or not any(self.folder.iterdir())

    def refresh(
        self,
        *,
        progress: Callable[[int, int], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> bool:
        """Follow what was done to the files by hand; quick where that is nothing.

        `progress(done, all)` is told now and then, `stop()` is asked whether to give up; True
        where it got to the end. Finishes what a crash left half done in the trash.
        """

        def stopped() -> bool:
            return self._closing.is_set() or (stop is not None and stop())

        def tell(done: int, all: int) -> None:
            for told in (progress, self.reading):
                if told is not None:
                    told(done, all)

        with self._scanning:
            finished = scan.refresh(self._index, progress=tell, stop=stopped)
        if self._trash.unfinished():
            with self._changing():
                self._trash.finish()
        return finished

    def follow(self, paths: Iterable[Path]) -> bool:
        """Follow changes of these files and folders, by anybody; the rest isn't looked at.

        For very many, all files are looked at: the system may have lost count. True where any
        track changed.
        """
        before, paths = self.version(), list(paths)
        if len(paths) > _MANY or not self._index.complete:
            self.refresh()
        else:
            places = [
                (place, path_in(root, path))
                for path in paths
                for place, root in enumerate(self._index.places)
                if root in path.parents
            ]
            with self._scanning:
                scan.follow(self._index, places)
        return self.version() != before

    def watch(self, told: Callable[[], None] | None = None) -> Watch:
        """Follow all changes from now on, within a second, in a thread of its own.

        `told` is called from that thread after a change. It ends when it or the library is
        closed; another one takes its place.
        """
        if self._watch is not None:
            self._watch.close()
        self._watch = Watch(self, (self.folder, self._trash.folder), told)
        return self._watch

    def add(
        self,
        *,
        song: Song | None,
        provider: str,
        model: str,
        task_id: str,
        take: int,
        title: str,
        tags: str,
        created_at: datetime,
        audio: Path,
        cover: Path | None,
        lyrics: str = "",
        queue_id: str = "",
        whole: bool = True,
        kinds: Sequence[str] = PROVIDER_KINDS,
        as_it_came: bool = False,
    ) -> Track:
        """File a take and take its files over; the same take again is the same track.

        `task_id` is the provider's, `queue_id` what the studio's own queue calls the task.

        The audio is proved to be whole and gets its tags. Raises `BadAudio` where it isn't (with
        `whole` off a missing end is forgiven: half of a song that was paid for is better than
        none), `HomeError` where the disk refuses, `CantRead` where nothing can be read now; then
        the files are left where they are. Audio of another kind than `kinds` is kept as it came
        and not looked into (`Track.kept`); with `as_it_came` so is whatever isn't whole.
        """
        new = Take(
            song=song,
            provider=provider,
            model=model,
            task_id=task_id,
            take=take,
            title=title,
            tags=tags,
            created_at=created_at,
            lyrics=lyrics,
            queue_id=queue_id,
        )
        track_id = identify(provider, task_id, take)
        with self._filing:
            sweep(self.folder, track_id)
            track = self._already_filed(track_id, new)
            if track is None:
                track = file_take(
                    self._index, new, audio, cover, whole, self._changing,
                    kinds=kinds, as_it_came=as_it_came,
                )  # fmt: skip
            for taken in (audio, cover):
                if taken is not None:
                    with contextlib.suppress(OSError):
                        taken.unlink()
        return track

    def open_sound(self, audio: Path) -> BinaryIO:
        """Open an audio file of the library to hand it out.

        Raises `OSError` for what is no audio, or is a link out of the library.
        """
        return open_sound(audio, self.folder)

    def mark(
        self,
        track_id: str,
        *,
        favorite: bool | None = None,
        rating: int | None = None,
        notes: str | None = None,
    ) -> Track:
        """Set what the user thinks of a track. None leaves a value as it is.

        Raises `UnknownTrack`, `DamagedFile`, `HomeError`, and `ValueError` for a rating that is
        not 0 to 5.
        """
        if rating is not None and rating not in range(MOST_STARS + 1):
            raise ValueError(f"a rating is 0 to {MOST_STARS}")
        return self._change(track_id, {"favorite": favorite, "rating": rating, "notes": notes})

    def edit(
        self,
        track_id: str,
        *,
        title: str | None = None,
        style: str | None = None,
        tags: str | None = None,
        lyrics: str | None = None,
    ) -> Track:
        """Change what a track is called; the tags in its audio file, and its SHA-256, follow.

        File names stay. Raises `UnknownTrack`, `DamagedFile`, `HomeError`.
        """
        changes = {"title": title, "style": style, "tags": tags, "lyrics": lyrics}
        return self._change(track_id, changes)

    def trash(self, ids: Iterable[str]) -> str:
        """Move tracks to the trash; the token names this move. Raises `UnknownTrack`."""
        with self._changing():
            found = [track for place, track in self._located(ids) if place == LIBRARY]
            try:
                token = self._trash.put(found)
            finally:
                self._remember_moved(found, Trashed)
        return token

    def keep(self, track_id: str, others: Iterable[str], *, rating: int) -> Track:
        """The better take: it is rated at least so high, the others go to the trash.

        Undone as one change. Raises as `mark` and `trash` do; what was done before stays.
        """
        with self._changing():
            if track_id not in self.still_here([track_id]):
                raise UnknownTrack(track_id)  # in the trash: none of the takes would be left
            winner = self.get(track_id)
            with self._history.together(f"the choice of {winner.name} {winner.take}"):
                winner = self.mark(track_id, rating=max(rating, winner.rating))
                self.trash(others)
        return winner

    def restore(self, ids: Iterable[str]) -> list[Track]:
        """Bring tracks back from the trash, to where they were. Raises `UnknownTrack`."""
        ids = list(ids)
        with self._changing():
            found = [track for place, track in self._located(ids) if place == TRASH]
            try:
                self._trash.restore(found)
            finally:
                self._remember_moved(found, Restored)
        return [self.get(track_id) for track_id in ids]

    def delete(self, ids: Iterable[str]) -> None:
        """Delete tracks for good, from the library or the trash. Can't be undone."""
        with self._changing():
            found = self._located(ids)
            self._trash.delete(found)
            lost = {track.id for _, track in found}
            self._history.forget(lost)

    def empty_trash(self) -> int:
        """Delete all that is in the trash for good; how many tracks that were."""
        with self._changing():
            ids = [track.id for track in self.trashed()]
            self.delete(ids)
            self._trash.clear()
        return len(ids)

    def together(self) -> AbstractContextManager[None]:
        """The changes made inside are one for `undo`."""
        return self._history.together()

    def undo(self) -> Action | None:
        """Take back the last change that was made here; None where there is nothing to undo."""
        with self._changing():
            return self._history.undo(self)

    def redo(self) -> Action | None:
        """Make the change again that was undone last."""
        with self._changing():
            return self._history.redo(self)

    def rewrite(self, track_id: str, old: bytes, new: bytes) -> bytes:
        """Put a text file's bytes in place of others, if it still holds those; what it holds now.

        Raises `CantUndo` where somebody else has changed it since, `UnknownTrack`.
        """
        with self._changing():
            place, track = self._located([track_id])[0]
            if read_bytes(track.file) != old:
                raise CantUndo(f"{track.file} was changed since. It was left as it is.")
            write_bytes(track.file, new)
            return self._follow(place, track)

    def put_back(self, file: Path, old: bytes | None, new: bytes | None) -> None:
        """As `rewrite`, for a file that is no track's; None is a file that isn't there."""
        with self._changing():
            if read_bytes(file) != old:
                raise CantUndo(f"{file} was changed since. It was left as it is.")
            if new is None:
                file.unlink()
            else:
                write_bytes(file, new)
            if file.is_relative_to(self.folder) and self.playlists.folder not in file.parents:
                self._look_beside(file)

    def repairs(self, records: Iterable[Record] = ()) -> list[Repair]:
        """Return what is damaged and what of it can be rebuilt; writes nothing.

        `records` is what the queue knows of takes that were filed.
        """
        from suno_tui.library.repair import find_repairs

        self._complete()
        return find_repairs(self._index, records)

    def repair(self, wanted: Repair) -> None:
        """Write what a repair has found. The file as it was is kept beside it, as `.damaged`.

        One `undo` takes it back. Raises `CantUndo` where it was changed since, `HomeError`.
        """
        file = wanted.file
        with self._writing(f"the facts of {file.stem}", file):
            if read_bytes(file) != wanted.before:
                raise CantUndo(f"{file} was changed since. It was left as it is.")
            if wanted.before:
                write_bytes(_free_aside(file), wanted.before)
            if wanted.aside:
                file.unlink()
            else:
                write_toml(file, wanted.new)
            self._look_beside(file)

    def _look_beside(self, file: Path) -> None:
        """Let the index know of a text file, and of the audio that had none or has none now."""
        self._look_again(LIBRARY, file)
        audio, _ = beside(file.stem, names_in(file.parent))
        if audio is not None:
            self._look_again(LIBRARY, file.with_name(audio))

    @contextlib.contextmanager
    def _writing(self, what: str, *files: Path) -> Iterator[None]:
        """The lock, around what writes files of ours; one `undo` takes that back."""
        with self._changing():
            before = [read_bytes(file) for file in files]
            try:
                yield
            finally:
                with self._history.together(f"a change of {what}"):
                    for file, old in zip(files, before, strict=True):
                        if (new := read_bytes(file)) != old:
                            self._history.add(Filed(file, what, old, new))

    @cached_property
    def playlists(self) -> Playlists:
        """The playlists, in a folder of the library."""
        return Playlists(self.folder / scan.PLAYLISTS, self._index, self._writing)

    @cached_property
    def searches(self) -> Searches:
        """The saved searches, beside the playlists."""
        return Searches(self.folder / scan.PLAYLISTS / "searches.toml", self._writing)

    def stop(self) -> None:
        """Whatever still looks at files gives up soon; what it has read is kept."""
        self._closing.set()

    def close(self) -> None:
        """Stop watching and whatever still looks at files, and let go of the index."""
        self.stop()
        if self._watch is not None:
            self._watch.close()
        self._index.close()

    def _remember_moved(self, tracks: list[Track], how: type[Trashed | Restored]) -> None:
        """Those that were moved can be moved back, also where the move was cut off by an error."""
        moved = tuple(track.id for track in tracks if not track.file.exists())
        if moved:
            self._history.add(how(moved))

    def _complete(self) -> None:
        if not self._index.complete:
            self.refresh()

    def _already_filed(self, track_id: str, new: Take) -> Track | None:
        """The track of a take whose files really exist, even if the index doesn't know it yet.

        What was paid for waits for no scan: only where the track was known and has been moved,
        the files are looked at for a moment.
        """
        known = [track for _, track in self._index.find("id = ?", track_id)]
        for track in known:
            if is_there(track):
                return track
        if not any(track.file.exists() for track in known) and known:
            self._glance()
            for _, track in self._index.find("id = ?", track_id):
                if is_there(track):
                    return track
        return find_near(self._index, new, track_id)

    def _glance(self) -> None:
        """Look at the files as `refresh` does, but give up after a moment."""
        end = monotonic() + _GLANCE_SECONDS
        if self._scanning.acquire(timeout=_GLANCE_SECONDS):
            try:
                scan.refresh(self._index, stop=lambda: monotonic() > end)
            finally:
                self._scanning.release()

    def _located(self, ids: Iterable[str]) -> list[tuple[int, Track]]:
        """Tracks and their places as they are now, wherever a person has moved them."""
        found = []
        for track_id in ids:
            here = self._index.find("id = ?", track_id)
            if not here or not here[0][1].file.exists():
                with self._letting_others():
                    self.refresh()
                here = self._index.find("id = ?", track_id)
            if not here:
                raise UnknownTrack(track_id)
            found += here
        return found

    def _change(self, track_id: str, given: Mapping[str, Any]) -> Track:
        changes = {name: value for name, value in given.items() if value is not None}
        with self._changing():
            place, track = self._located([track_id])[0]
            before, _ = change_file(track.file, changes)
            after = self._follow(place, track)
            if before != after:
                self._history.add(Edited(track.id, track.name, before, after))
        return self.get(track_id)

    def _follow(self, place: int, old: Track) -> bytes:
        """Let the audio's tags and the index follow a changed text file; its bytes in the end."""
        seen = self._look_again(place, old.file)
        new = seen.track if seen is not None else None
        whole = seen is not None and not seen.trouble
        # A file that has lost its end is left as it is: its size is what tells that.
        if new is not None and whole and tagged(new) != tagged(old):
            # Tags that can't be written must not keep a person from naming the track.
            with contextlib.suppress(DamagedFile):
                change_file(old.file, retag(new))
                self._look_again(place, old.file)
        return read_bytes(old.file) or b""

    def _look_again(self, place: int, file: Path) -> Seen | None:
        path = path_in(self._index.places[place], file)
        seen = look(place, self._index.places[place], path)
        self._index.put([seen] if seen else [], gone=[] if seen else [(place, path)])
        return seen

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time, among all threads and processes."""
        with self._lock:
            if not self._depth:
                self._process_lock.acquire(wait=True)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._process_lock.release()

    @contextlib.contextmanager
    def _letting_others(self) -> Iterator[None]:
        """Let go of the lock between processes for a while: a worker must be able to file."""
        depth, self._depth = self._depth, 0
        if depth:
            self._process_lock.release()
        try:
            yield
        finally:
            if depth:
                self._process_lock.acquire(wait=True)
            self._depth = depth


def _free_aside(file: Path) -> Path:
    """The name under which a damaged file is kept; no other is overwritten."""
    number, aside = 1, file.with_name(f"{file.name}.damaged")
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{number}")
    return aside

"""The index: an SQLite cache of the library's track files, for lists and searches in milliseconds.

It holds nothing that the files don't: if it is missing, old or damaged, it is rebuilt. All
processes share one index file, so each sees the changes of the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.common.sqlite import OLD_MARKS, in_parts
from suno_tui.library.list_queries import LIBRARY as LIBRARY
from suno_tui.library.list_queries import TRASH as TRASH
from suno_tui.library.list_queries import ListQueries
from suno_tui.library.row_mapping import (
    SELECT,
    TABLES,
    SongKey,
    TrackRows,
    choose_leads,
    forget,
    insert,
    read,
    rows_of,
)
from suno_tui.library.tables import Database
from suno_tui.library.track import Track

SCHEMA = 10
"""Raise this whenever the tables or their contents change."""

_OF_IDS = "+place = ? AND id"
"""`+` keeps SQLite from going through all tracks of the place."""


class TrackFileFacts(NamedTuple):
    """What was read from one track file: a track, or what is wrong with it, or both.

    It is both if the end of the audio is missing: the rest can be played.
    """

    place: int
    path: str
    """Relative to its place, with `/`."""
    changed: int
    size: int
    beside: str
    """The names of the audio and the cover, joined by `/`."""
    audio_size: int
    """Bytes; -1 if there is none."""
    digest: bytes
    track: Track | None
    trouble: str


class FileRows(NamedTuple):
    """`TrackFileFacts` as rows of the tables; the process that read the file builds them."""

    place: int
    path: str
    file: tuple[object, ...]
    """The columns of `files` from `changed` to `digest`."""
    trouble: str
    track: TrackRows | None


def file_rows(facts: TrackFileFacts) -> FileRows:
    """Return what was read from a track file as rows of the index."""
    place, path, *file, track, trouble = facts
    rows = None if track is None else rows_of(place, path, track)
    return FileRows(place, path, tuple(file), trouble, rows)


class Holding(NamedTuple):
    """The facts by which a track is recognised if its audio is imported again."""

    id: str
    place: int
    path: str
    audio: str
    """The name of its audio."""
    sha256: str
    audio_size: int
    provider: str
    task_id: str
    take: int
    duration: float


class Known(NamedTuple):
    """What the index remembers of a track file."""

    changed: int
    size: int
    beside: str
    audio_size: int
    trouble: str


class Index(ListQueries):
    """What is known of all track files. Any thread may read and write it."""

    def __init__(self, file: Path, places: tuple[Path, Path], *, filling: bool = False) -> None:
        self.file = file
        self.places = places
        # Old and new versions of SQLite split words differently: neither can use the other's index.
        schema = SCHEMA + 1000 * OLD_MARKS
        super().__init__(Database(file, schema=schema, tables=TABLES, filling=filling))

    def by_numbers(self, numbers: list[int]) -> dict[int, Track]:
        """Return tracks by their row numbers; those that are gone are left out."""
        found: dict[int, Track] = {}
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            sql = f"{SELECT} WHERE number IN ({','.join('?' * len(some))})"
            for row in self._database.rows(sql, *some):
                found[row[0]] = self._track(row)
        return found

    def ids(self, numbers: list[int]) -> list[str]:
        """Return the ids of tracks by their row numbers, in that order."""
        found: dict[int, str] = {}
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            sql = f"SELECT number, id FROM tracks WHERE number IN ({','.join('?' * len(some))})"
            found.update(self._database.rows(sql, *some))
        return [found[number] for number in numbers if number in found]

    def numbers_of(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the row numbers of the tracks in the library by their ids."""
        found: dict[str, int] = {}
        for some, marks in in_parts(ids):
            sql = f"SELECT id, number FROM tracks WHERE {_OF_IDS} IN ({marks})"
            found.update(self._database.rows(sql, LIBRARY, *some))
        return found

    def find(self, where: str, *values: object) -> list[tuple[int, Track]]:
        """Return the matching tracks with their places, ordered by take number."""
        rows = self._database.rows(f"{SELECT} WHERE {where} ORDER BY take, number", *values)
        return [(row[2], self._track(row)) for row in rows]

    def by_ids(self, place: int, ids: Iterable[str]) -> dict[str, Track]:
        """Return the tracks of a place by their ids; those that aren't there are left out."""
        return {track.id: track for track in self._tracks_of(f"{_OF_IDS} IN", place, ids)}

    def by_paths(self, place: int, paths: Iterable[str]) -> dict[str, Track]:
        """Return the tracks of a place by the paths of their track files."""
        inside = "number IN (SELECT track FROM files WHERE place = ? AND path IN"
        found = self._tracks_of(inside, place, paths, end=")")
        root = self.places[place]
        return {track.file.relative_to(root).as_posix(): track for track in found}

    def holdings(self) -> list[Holding]:
        """Return the facts that an import compares with, for every track in both places."""
        sql = (
            "SELECT tracks.id, tracks.place, tracks.path, audio, sha256, audio_size, provider, "
            "task_id, take, duration "
            "FROM tracks JOIN files ON files.place = tracks.place AND files.path = tracks.path"
        )
        return [Holding(*row) for row in self._database.rows(sql, aside=True)]

    def trouble(self) -> list[tuple[Path, str]]:
        """Return the files that can't be read or whose audio is damaged, with the reason."""
        rows = self._database.rows(
            "SELECT place, path, trouble FROM files WHERE trouble <> '' ORDER BY +place, path"
        )
        return [(self.places[place] / path, why) for place, path, why in rows]

    def trouble_of(self, track_id: str) -> str:
        """Describe what is wrong with the audio of a track; empty if nothing is."""
        rows = self._database.rows(
            "SELECT trouble FROM files JOIN tracks ON track = number WHERE tracks.id = ? "
            "AND files.place = tracks.place AND files.path = tracks.path",
            track_id,
        )
        return str(rows[0][0]) if rows else ""

    @property
    def born(self) -> int:
        """When the index was created; another number means that an empty one has replaced it."""
        return int(self._meta("born") or 0)

    @property
    def is_shared(self) -> bool:
        """Whether other processes can use the index too; False if it is only in memory."""
        return not self._database.in_memory

    def count_files(self) -> int:
        """Return how many files are known."""
        return int(self._database.rows("SELECT count(*) FROM files")[0][0])

    @property
    def complete(self) -> bool:
        """Whether all files have been read at least once."""
        return bool(self._meta("complete"))

    def folders(self, place: int, below: str = "") -> dict[str, int]:
        """Return each known folder's time of change by its path: `below` and those in it."""
        sql = "SELECT path, changed FROM folders WHERE place = ?"
        return dict(self._rows_below(sql, "path", place, below))

    def folder_paths(self, place: int) -> Iterator[str]:
        """Yield the paths of all known folders; reads 1,000 at a time, since there may be many."""
        sql = "SELECT path FROM folders WHERE place = ? AND path > ? ORDER BY path LIMIT 1000"
        some = [("",)]
        while some := self._database.rows(sql, place, some[-1][0], aside=True):
            for (path,) in some:
                yield path

    def folders_version(self) -> object:
        """Return a value that changes if a folder is added, removed or renamed."""
        sql = "SELECT count(*), total(changed) FROM folders"
        return self._database.rows(sql, aside=True)[0]

    def files(
        self, place: int, below: str = "", *, deep: bool = True
    ) -> dict[str, dict[str, Known]]:
        """Return the known track files of a place: folder → path → what is known.

        Only the files in the folder `below` are returned and, with `deep`, in its subfolders.
        """
        found: dict[str, dict[str, Known]] = {}
        # By default SQLite would use the primary key, and walk through the whole place.
        by_folder = "INDEXED BY files_by_folder" if below or not deep else ""
        sql = (
            "SELECT folder, path, changed, size, beside, audio_size, trouble "
            f"FROM files {by_folder} WHERE place = ?"
        )
        if deep:
            rows = self._rows_below(sql, "folder", place, below)
        else:
            rows = self._database.rows(f"{sql} AND folder = ?", place, below)
        for folder, path, *known in rows:
            found.setdefault(folder, {})[path] = Known(*known)
        return found

    def put(self, seen: Iterable[TrackFileFacts], *, gone: Iterable[tuple[int, str]] = ()) -> None:
        """Add what was read and remove what is gone, in one transaction."""
        self.put_rows(map(file_rows, seen), gone=gone)

    def put_rows(self, seen: Iterable[FileRows], *, gone: Iterable[tuple[int, str]] = ()) -> None:
        """As `put`, with rows that another process may have built."""

        def work(writer: sqlite3.Connection) -> None:
            songs = set[SongKey]()
            [last] = writer.execute("SELECT coalesce(max(number), 0) FROM tracks").fetchone()
            numbers = count(last + 1)
            changed = [forget(writer, place, path, songs) for place, path in gone]
            changed += [self._remember(writer, one, songs, numbers) for one in seen]
            choose_leads(writer, songs)
            if any(changed):
                _raise_version(writer)

        seen, gone = list(seen), list(gone)
        self._database.write(work)

    def put_folders(self, place: int, changed: dict[str, int], gone: Iterable[str] = ()) -> None:
        """Remember the times of change of folders."""

        def work(writer: sqlite3.Connection) -> None:
            writer.executemany("DELETE FROM folders WHERE place = ? AND path = ?", old)
            writer.executemany("REPLACE INTO folders VALUES (?, ?, ?)", new)

        old = [(place, path) for path in gone]
        new = [(place, path, moment) for path, moment in changed.items()]
        self._database.write(work)

    def finish(self) -> None:
        """Note that all files have been read, so lists are complete from now on."""

        def work(writer: sqlite3.Connection) -> None:
            writer.execute("REPLACE INTO meta VALUES ('complete', 1)")
            _raise_version(writer)

        if not self.complete:
            self._database.write(work)

    def _rows_below(self, sql: str, column: str, place: int, folder: str) -> list[tuple[Any, ...]]:
        if not folder:
            # There may be a hundred thousand rows; the screen's small queries must not wait.
            return self._database.rows(sql, place, aside=True)
        # `0` is the character after `/`: this range holds the paths that begin with the folder's.
        inside = f"{column} >= ? AND {column} < ? AND ({column} = ? OR {column} > ?)"
        values = (folder, f"{folder}0", folder, f"{folder}/")
        return self._database.rows(f"{sql} AND {inside}", place, *values)

    def interrupt(self) -> None:
        """Interrupt the long search that is running, if any."""
        self._database.interrupt()

    def end_reading(self) -> None:
        """Interrupt long queries, now and from now on, because the index will be closed soon."""
        self._database.end_reading()

    def close(self, *, keep_log: bool = False) -> None:
        """Close it. `keep_log`: see `Database.close`."""
        self._database.close(keep_log=keep_log)
        self._head.drop()

    def _tracks_of(
        self, where: str, place: int, wanted: Iterable[str], end: str = ""
    ) -> Iterable[Track]:
        """Yield the tracks that meet the condition with one of the wanted values."""
        for some, marks in in_parts(wanted):
            for row in self._database.rows(f"{SELECT} WHERE {where} ({marks}){end}", place, *some):
                yield self._track(row)

    def _track(self, row: tuple[Any, ...]) -> Track:
        return read(row, self.places)

    def _remember(
        self,
        writer: sqlite3.Connection,
        one: FileRows,
        songs: set[SongKey],
        numbers: Iterator[int],
    ) -> bool:
        """Replace what is known of one file; add the songs that this changes to `songs`.

        `numbers` yields free row numbers. Returns False if nothing has changed.
        """
        place, path, trouble, track, number = one.place, one.path, one.trouble, one.track, None
        changed, size, _, audio_size, digest = one.file
        known = writer.execute(
            "SELECT digest, trouble FROM files WHERE place = ? AND path = ?", (place, path)
        ).fetchone()
        if track is not None:
            sql = "SELECT number, place, path FROM tracks WHERE id = ?"
            if same := writer.execute(sql, (track.id,)).fetchone():
                # Keep the number: lists that were read before find the track by it.
                number, *other = same
                if other != [place, path]:
                    twin = self.places[other[0]] / other[1]
                    track = None
                    trouble = f"it has the same id as {twin}. Give it another id, or delete it."
        if known == (digest, trouble):
            writer.execute(
                "UPDATE files SET changed = ?, size = ?, audio_size = ? "
                "WHERE place = ? AND path = ?",
                (changed, size, audio_size, place, path),
            )
            return False
        if known is not None:
            forget(writer, place, path, songs)
        if track is None:
            number = None
        else:
            number = next(numbers) if number is None else number
            insert(writer, track, number, songs)
        folder = path.rpartition("/")[0]
        writer.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (place, path, folder, *one.file, trouble, number),
        )
        return True


def _raise_version(writer: sqlite3.Connection) -> None:
    writer.execute(
        "INSERT INTO meta VALUES ('version', 1) ON CONFLICT(name) DO UPDATE SET value = value + 1"
    )

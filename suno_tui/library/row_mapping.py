"""The index's tables, and the mapping of tracks to rows and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.common.sqlite import OLD_MARKS
from suno_tui.library.filenames import fold, searchable
from suno_tui.library.track import Origin, Track
from suno_tui.providers.song import Song

IS_LEAD = "lead = number"
"""The condition for the take that stands for its song: the best rated, else the first. All takes of
a task in one place have the row number of that take as `lead`; a track without a task is its own
lead."""

TABLES = f"""
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE folders(place INTEGER, path TEXT, changed INTEGER, PRIMARY KEY(place, path))
    WITHOUT ROWID;
CREATE TABLE files(place INTEGER, path TEXT, folder TEXT, changed INTEGER, size INTEGER,
    beside TEXT, audio_size INTEGER, digest BLOB, trouble TEXT, track INTEGER,
    PRIMARY KEY(place, path)) WITHOUT ROWID;
CREATE INDEX files_by_folder ON files(place, folder);
CREATE INDEX files_in_trouble ON files(trouble) WHERE trouble <> '';
CREATE TABLE tracks(number INTEGER PRIMARY KEY, id TEXT UNIQUE, place INTEGER, path TEXT,
    audio TEXT, cover TEXT, title TEXT, title_key TEXT, style TEXT, tags TEXT, duration REAL,
    model TEXT, provider TEXT, task_id TEXT, take INTEGER, created REAL, favorite INTEGER,
    rating INTEGER, sha256 TEXT, bpm REAL, key TEXT,
    queue_id TEXT, imported REAL, source TEXT, lead INTEGER, seed TEXT, engine TEXT,
    parent TEXT, relation TEXT);
CREATE INDEX tracks_by_parent ON tracks(parent) WHERE parent <> '';
CREATE INDEX tracks_by_date ON tracks(place, created DESC, title_key, take);
CREATE INDEX tracks_by_title ON tracks(place, title_key, created DESC, take);
CREATE INDEX tracks_by_rating ON tracks(place, rating DESC, created DESC, title_key, take);
CREATE INDEX tracks_by_favorite ON tracks(place, favorite DESC, created DESC, title_key, take);
CREATE INDEX tracks_by_length ON tracks(place, duration DESC, created DESC, title_key, take);
CREATE INDEX tracks_by_style ON tracks(place, style, created DESC, title_key, take);
CREATE INDEX tracks_by_task ON tracks(task_id, provider);
CREATE INDEX takes_by_song ON tracks(lead, take);
CREATE INDEX songs_by_date ON tracks(place, created DESC, title_key, take) WHERE {IS_LEAD};
CREATE INDEX songs_by_title ON tracks(place, title_key, created DESC, take) WHERE {IS_LEAD};
CREATE INDEX songs_by_rating ON tracks(place, rating DESC, created DESC, title_key, take)
    WHERE {IS_LEAD};
CREATE INDEX songs_by_favorite ON tracks(place, favorite DESC, created DESC, title_key, take)
    WHERE {IS_LEAD};
CREATE INDEX songs_by_length ON tracks(place, duration DESC, created DESC, title_key, take)
    WHERE {IS_LEAD};
CREATE INDEX songs_by_style ON tracks(place, style, created DESC, title_key, take)
    WHERE {IS_LEAD};
CREATE TABLE texts(number INTEGER PRIMARY KEY, lyrics TEXT, notes TEXT, song TEXT);
CREATE VIRTUAL TABLE words USING fts5(title, style, tags, lyrics, notes, content='',
    tokenize='unicode61 remove_diacritics {1 if OLD_MARKS else 2}', prefix='1');
INSERT INTO words(words, rank) VALUES ('automerge', 8);
"""
"""Why `prefix='1'`: only the words that begin with a given letter are so many that reading them one
by one is slow, and each additional prefix length doubles the time to insert many texts.
Why `automerge` 8: merging eight parts at a time, not four, moves the words less often.
"""

_COLUMNS = (
    "number, id, place, path, audio, cover, title, style, tags, duration, model, provider, "
    "task_id, take, created, favorite, rating, sha256, bpm, key, lyrics, notes, song, "
    "queue_id, imported, source, seed, engine, parent, relation"
)
SELECT = f"SELECT {_COLUMNS} FROM tracks JOIN texts USING(number) "
INSERT_WORDS = (
    "INSERT INTO words(rowid, title, style, tags, lyrics, notes) VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_TRACK = f"INSERT INTO tracks VALUES ({','.join('?' * 29)})"
_DEFAULT_ORDER = ("created DESC", "title_key ASC", "take ASC", "number ASC")
"""Appended to every order as a tie-breaker; the SQL indexes end with the same columns."""


def numbers_sql(where: str, order: str) -> str:
    """Return a query for row numbers of tracks and of their leads.

    Its values are the place, those of `where`, the limit and the offset.
    """
    given = {part.partition(" ")[0].lstrip("+") for part in order.split(", ")}
    rest = [part for part in _DEFAULT_ORDER if part.partition(" ")[0] not in given]
    order = ", ".join([order, *rest] if order else rest)
    condition = f"place = ? AND ({where})" if where else "place = ?"
    return f"SELECT number, lead FROM tracks WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?"


def read(row: tuple[Any, ...], places: tuple[Path, Path]) -> Track:
    """Convert a row of `SELECT` to a track."""
    file = places[row[2]] / row[3]
    return Track(
        id=row[1],
        file=file,
        audio=file.with_name(row[4]),
        cover=file.with_name(row[5]) if row[5] else None,
        title=row[6],
        style=row[7],
        tags=row[8],
        duration=row[9],
        model=row[10],
        provider=row[11],
        task_id=row[12],
        take=row[13],
        created_at=datetime.fromtimestamp(row[14], UTC),
        favorite=bool(row[15]),
        rating=row[16],
        sha256=row[17],
        bpm=row[18],
        key=row[19],
        lyrics=row[20],
        notes=row[21],
        song=_read_song(row[22], row[20]) if row[22] else None,
        queue_id=row[23],
        imported=datetime.fromtimestamp(row[24], UTC) if row[24] is not None else None,
        source=row[25],
        seed=int(row[26]) if row[26] is not None else None,
        engine=row[27],
        origin=Origin(row[28], row[29]) if row[28] else None,
    )


SongKey = tuple[int, str, str]
"""What the takes of one song have in common: place, task id and provider."""


def choose_leads(writer: sqlite3.Connection, songs: Iterable[SongKey]) -> None:
    """Choose the leads of songs again after their takes have changed."""
    # By default SQLite would walk through the whole place.
    indexed, takes = "INDEXED BY tracks_by_task", "task_id = ?1 AND provider = ?2 AND place = ?3"
    for place, task_id, provider in songs:
        values = (task_id, provider, place)
        best = writer.execute(
            f"SELECT number FROM tracks {indexed} WHERE {takes} "
            "ORDER BY rating DESC, take, number LIMIT 1",
            values,
        ).fetchone()
        if best is not None:
            writer.execute(
                f"UPDATE tracks {indexed} SET lead = ?4 WHERE {takes} AND lead IS NOT ?4",
                (*values, best[0]),
            )


def forget(writer: sqlite3.Connection, place: int, path: str, songs: set[SongKey]) -> bool:
    """Remove a file and its track; add its song to `songs`. Returns False if it wasn't known."""
    row = writer.execute(
        "SELECT track FROM files WHERE place = ? AND path = ?", (place, path)
    ).fetchone()
    if row is None:
        return False
    if row[0] is not None:
        old = writer.execute(
            "SELECT title, style, tags, lyrics, notes, place, task_id, provider "
            "FROM tracks JOIN texts USING(number) WHERE number = ?",
            row,
        ).fetchone()
        if old[6]:
            songs.add(old[5:])
        # The full-text table doesn't store the texts, but needs them to remove their words.
        writer.execute(
            "INSERT INTO words(words, rowid, title, style, tags, lyrics, notes) "
            "VALUES ('delete', ?, ?, ?, ?, ?, ?)",
            (*row, *map(searchable, old[:5])),
        )
        writer.execute("DELETE FROM tracks WHERE number = ?", row)
        writer.execute("DELETE FROM texts WHERE number = ?", row)
    writer.execute("DELETE FROM files WHERE place = ? AND path = ?", (place, path))
    return True


class TrackRows(NamedTuple):
    """A track as rows of the tables, still without its number."""

    id: str
    song: SongKey
    track: tuple[object, ...]
    """All columns between `number` and `lead`."""
    origin: tuple[object, ...]
    """All columns after `lead`."""
    texts: tuple[object, ...]
    words: tuple[str, ...]


def rows_of(place: int, path: str, track: Track) -> TrackRows:
    """Convert a track to rows; `path` is its track file's path, relative to the place."""
    song = None
    if track.song is not None:
        table = track.song.to_table()
        # The song's lyrics nearly always equal the track's: twice would double the index's size.
        if table.get("lyrics") == track.lyrics:
            table["lyrics"] = None
        song = json.dumps(table)
    columns = (
        track.id,
        place,
        path,
        track.audio.name,
        track.cover.name if track.cover else None,
        track.title,
        fold(track.name),
        track.style,
        track.tags,
        track.duration,
        track.model,
        track.provider,
        track.task_id,
        track.take,
        track.created_at.timestamp(),
        track.favorite,
        track.rating,
        track.sha256,
        track.bpm,
        track.key,
        track.queue_id,
        track.imported.timestamp() if track.imported else None,
        track.source,
    )
    seed = None if track.seed is None else str(track.seed)  # may be too large for SQLite
    texts = (track.name, track.style, track.tags, track.lyrics, track.notes)
    return TrackRows(
        track.id,
        (place, track.task_id, track.provider),
        columns,
        (seed, track.engine, *(track.origin or ("", ""))),
        (track.lyrics, track.notes, song),
        tuple(map(searchable, texts)),
    )


def insert(writer: sqlite3.Connection, rows: TrackRows, number: int, songs: set[SongKey]) -> None:
    """Insert a track with this row number, and add its song to `songs`.

    The caller must call `choose_leads` afterwards.
    """
    alone = not rows.song[1]
    if not alone:
        songs.add(rows.song)
    # Until `choose_leads`, other tracks have no lead and are in none of the song indexes.
    lead = number if alone else None
    writer.execute(_INSERT_TRACK, (number, *rows.track, lead, *rows.origin))
    writer.execute("INSERT INTO texts VALUES (?, ?, ?, ?)", (number, *rows.texts))
    writer.execute(INSERT_WORDS, (number, *rows.words))


def _read_song(text: str, lyrics: str) -> Song:
    table = json.loads(text)
    if "lyrics" in table and table["lyrics"] is None:
        table["lyrics"] = lyrics
    return Song.from_table(table)

"""The queue's database file: its tables, their version, and how it is opened safely."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from suno_tui.errors import DamagedFile, HomeError, StudioError
from suno_tui.home import home_error, make_folder, only_for_owner
from suno_tui.sqlite import busy_advice, connect

VERSION = 4
"""The format that this program writes; each migration raises it by one."""

TABLES = """
CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,              -- the order in which they were queued
    provider TEXT NOT NULL,
    song TEXT NOT NULL,                -- JSON of Song.to_table
    credits INTEGER NOT NULL CHECK (typeof(credits) = 'integer'),
    callback_url TEXT,
    status TEXT NOT NULL,
    hold_code TEXT, hold_message TEXT,
    error_code TEXT, error_message TEXT,
    task_id TEXT,
    nonce TEXT NOT NULL,
    progress REAL,
    raw_status TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,          -- times are unix seconds
    submitted_at REAL, accepted_at REAL, completed_at REAL, ended_at REAL,
    balance_before INTEGER,
    refund TEXT,
    extra TEXT NOT NULL DEFAULT '{}',
    forgotten_at REAL                  -- the user took it off the queue
);
CREATE INDEX tasks_by_seq ON tasks (seq);
CREATE INDEX tasks_by_status ON tasks (status);
CREATE TABLE takes (
    task TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    title TEXT NOT NULL, tags TEXT NOT NULL, lyrics TEXT NOT NULL, duration REAL,
    url TEXT NOT NULL, image_url TEXT NOT NULL,
    state TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, size INTEGER,
    track_id TEXT, error TEXT,
    PRIMARY KEY (task, number)
) WITHOUT ROWID;
-- One row for every time a song was sent, so that a task sent again keeps what it cost before.
CREATE TABLE charges (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    provider TEXT NOT NULL,
    task_id TEXT,
    credits INTEGER NOT NULL CHECK (typeof(credits) = 'integer'),
    at REAL NOT NULL,
    state TEXT NOT NULL                -- open (sent, outcome unknown), charged, void, refunded
);
CREATE INDEX charges_by_at ON charges (at);
CREATE INDEX charges_by_task ON charges (task);
CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

CANCELLING = "ALTER TABLE tasks ADD COLUMN cancel_at REAL"
"""When the user wished to cancel it."""

BASE_URL = "ALTER TABLE tasks ADD COLUMN base_url TEXT"
"""Where the provider was when the song was queued; unset for the built-in one."""

SHELLS = """ALTER TABLE tasks ADD COLUMN account TEXT;
ALTER TABLE tasks ADD COLUMN answer TEXT;
ALTER TABLE takes ADD COLUMN filings INTEGER NOT NULL DEFAULT 0"""
"""Whose key and address from the environment a song needs; the provider's last answer that was not
understood; how many workers have begun to file a take without coming to an end."""

MIGRATIONS: dict[int, str] = {0: TABLES, 1: CANCELLING, 2: BASE_URL, 3: SHELLS}
"""What leads from each format to the next one; 0 is an empty file."""


class NewerDatabase(StudioError):
    """The queue was written by a newer program: it is left as it is."""

    title = "The queue is of a newer suno-tui"
    code = "newer_database"
    exit_code = 4


def open_database(path: Path) -> sqlite3.Connection:
    """The queue's database, made or brought to our format, readable by its owner alone.

    Raises `NewerDatabase`, `DamagedFile` (the file is left where it is) and `HomeError`.
    """
    make_folder(path.parent)
    try:
        # SQLite gives its -wal and -shm files the mode of the database. A file that is there is
        # left to SQLite alone: closing it here would drop the locks of this process's other
        # connections (POSIX), and another process could delete the log that they write to.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if path.stat().st_mode & 0o077:
            only_for_owner(path)
    except OSError as error:
        raise home_error(path, error) from error
    with database_errors(path):
        connection = connect(path, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again inside: another process may have been faster.
        for step in range(check_format(connection, path), VERSION):
            for statement in MIGRATIONS[step].split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def check_format(connection: sqlite3.Connection, path: Path) -> int:
    """The file's format. Raises `NewerDatabase` where we don't know it."""
    version = _version(connection)
    if version > VERSION:
        raise NewerDatabase(
            f"{path} has format {version}, and this program knows formats up to {VERSION}. "
            "Update suno-tui; nothing was changed."
        )
    return version


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


@contextlib.contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        advice = {
            sqlite3.SQLITE_FULL: "The disk is full. Free some space; the queue goes on by itself.",
            sqlite3.SQLITE_READONLY: "You may not write there. Give yourself permission or set "
            "SUNO_TUI_HOME.",
            sqlite3.SQLITE_CANTOPEN: "Check that its folder can be written.",
            sqlite3.SQLITE_BUSY: busy_advice(path),
        }.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "Check the disk and its space.")
        raise HomeError(f"{path}: {error}. {advice}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(
            path,
            f"not a sound database ({error}). It was left as it is. Move it away to begin an empty "
            "queue; tracks in the library are safe.",
        ) from error

"""The queue's database file: its tables, their version, and how it is opened."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from suno_tui.common import sqlite
from suno_tui.common.errors import StudioError

VERSION = 9
"""The format that this program writes; each migration raises it by one."""

TABLES = """
CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,              -- the order in which they are sent
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
    forgotten_at REAL                  -- when the user took it off the queue
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
"""When the user cancelled it."""

BASE_URL = "ALTER TABLE tasks ADD COLUMN base_url TEXT"
"""The provider's address when the song was queued; unset for the built-in one."""

SHELLS = """ALTER TABLE tasks ADD COLUMN account TEXT;
ALTER TABLE tasks ADD COLUMN answer TEXT;
ALTER TABLE takes ADD COLUMN filings INTEGER NOT NULL DEFAULT 0"""
"""The environment that a song needs; the provider's last answer that was not understood; how many
workers began to file a take and died."""

RETRIES_AND_BALANCES = """ALTER TABLE tasks ADD COLUMN retry_at REAL;
CREATE TRIGGER retry_ends AFTER UPDATE OF hold_code, hold_message ON tasks
WHEN new.retry_at IS NOT NULL AND new.retry_at IS old.retry_at
AND (new.hold_code IS NOT old.hold_code OR new.hold_message IS NOT old.hold_message)
BEGIN UPDATE tasks SET retry_at = NULL WHERE id = new.id; END;
CREATE TABLE balances (
    provider TEXT NOT NULL, base_url TEXT NOT NULL, account TEXT NOT NULL,
    credits INTEGER NOT NULL,
    at REAL NOT NULL,                  -- when it was asked for
    PRIMARY KEY (provider, base_url, account)
) WITHOUT ROWID"""
"""When a held task is tried again, which is cleared with its hold; the last known balance of each
account."""

FAMILY = """ALTER TABLE tasks ADD COLUMN parent TEXT;
ALTER TABLE tasks ADD COLUMN relation TEXT;
ALTER TABLE takes ADD COLUMN seed INTEGER"""
"""The track that a song was made from, and how; the seed of a take, if its provider names it."""

TERMS = """ALTER TABLE tasks ADD COLUMN credit TEXT DEFAULT '0.005';
ALTER TABLE tasks ADD COLUMN url_life REAL DEFAULT 86400;
ALTER TABLE tasks ADD COLUMN position INTEGER;
ALTER TABLE takes ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'"""
"""The price of a credit in dollars and how long the audio is kept, as they were when the song was
queued; its place in the provider's queue; what the provider reports about a take (JSON)."""

REQUESTERS = """ALTER TABLE tasks ADD COLUMN requester TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN request_key TEXT;
CREATE UNIQUE INDEX tasks_by_request_key ON tasks (request_key) WHERE request_key IS NOT NULL;
ALTER TABLE charges ADD COLUMN requester TEXT NOT NULL DEFAULT ''"""
"""Who asked for a song and pays for it (empty: the user); the key of a request, so that the same
request does not make two tasks."""

SOURCES = "ALTER TABLE tasks ADD COLUMN source_mark TEXT NOT NULL DEFAULT ''"
"""Shows whether the audio that a song carries on from is still the same as when it was queued."""

MIGRATIONS: dict[int, str] = dict(
    enumerate(
        (
            *(TABLES, CANCELLING, BASE_URL, SHELLS, RETRIES_AND_BALANCES, FAMILY, TERMS),
            *(REQUESTERS, SOURCES),
        )
    )
)
"""The SQL that leads from each format to the next one; 0 is an empty file."""


class NewerDatabase(StudioError):
    """The queue was written by a newer program, and is left as it is."""

    title = "The queue was written by a newer suno-tui"
    code = "newer_database"
    exit_code = 4


def open_database(path: Path) -> sqlite3.Connection:
    """Open the queue's database; create it or upgrade it to our format if needed.

    Raises `NewerDatabase`, `DamagedFile` (the file stays as it was) and `HomeError`.
    """

    def upgrade(connection: sqlite3.Connection, found: int) -> None:
        _refuse_newer(found, path)
        for step in range(found, VERSION):
            sqlite.run_script(connection, MIGRATIONS[step])

    with database_errors(path):
        return sqlite.open_database(path, timeout=30, version=VERSION, upgrade=upgrade)


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `NewerDatabase` if the file has a format that we don't know."""
    _refuse_newer(sqlite.user_version(connection), path)


def _refuse_newer(version: int, path: Path) -> None:
    if version > VERSION:
        raise NewerDatabase(
            f"{path} has format {version}, and this program knows formats up to {VERSION}. "
            "Update suno-tui; nothing was changed."
        )


def database_errors(path: Path) -> AbstractContextManager[None]:
    """Turn SQLite's errors into ours, which say what to do."""
    return sqlite.database_errors(
        path,
        advice={
            sqlite3.SQLITE_FULL: "the disk is full. Free some space; the queue then resumes.",
            sqlite3.SQLITE_READONLY: "you may not write there. Give yourself permission or set "
            "SUNO_TUI_HOME.",
            sqlite3.SQLITE_CANTOPEN: "it can't be opened. Check that its folder can be written.",
        },
        otherwise="Check the disk and its space.",
        damaged="not a sound database ({error}). It was left as it is. Move it away to begin an "
        "empty queue; tracks in the library are safe.",
    )

"""Open SQLite files: with the oldest library that distributions ship, on any file system.

The distribution's Python uses the distribution's SQLite (RHEL 8: 3.26, Ubuntu 20.04: 3.31, RHEL 9:
3.34), so the tables use no syntax that is newer than `LEAST`.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import re
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from suno_tui.common.errors import StudioError
from suno_tui.common.lock_file import NO_LOCKS

LEAST = (3, 26, 0)
"""The oldest SQLite that every command was tried with."""

OLD_MARKS = sqlite3.sqlite_version_info < (3, 27, 0)
"""FTS5 can't take all marks off a letter that has two, such as ế (`remove_diacritics 2`)."""

_NO_IIF = sqlite3.sqlite_version_info < (3, 32, 0)


class OldSQLite(StudioError):
    """The SQLite that this Python uses lacks what the databases need."""

    title = "SQLite is too old"
    code = "old_sqlite"
    exit_code = 4


class Abilities(NamedTuple):
    """What the file system of a folder can do for a database."""

    locks: bool
    """It knows byte-range locks (`fcntl`)."""
    shared_memory: bool
    """A file can be mapped by several processes, as the WAL's index is."""


_known: dict[int, Abilities] = {}


def abilities(folder: Path) -> Abilities:
    """Try the file system of a folder once per process. If nothing can be written there, all is
    taken to be well: opening the database tells what is wrong."""
    try:
        device = folder.stat().st_dev
        if device not in _known:
            with tempfile.TemporaryFile(dir=folder) as file:
                _known[device] = Abilities(_can_lock(file.fileno()), _can_share(file.fileno()))
    except OSError:
        return Abilities(locks=True, shared_memory=True)
    return _known[device]


def _can_lock(handle: int) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
    except OSError as error:
        return error.errno not in NO_LOCKS
    return True


def _can_share(handle: int) -> bool:
    try:
        os.ftruncate(handle, mmap.PAGESIZE)
    except OSError:
        return True  # a full disk is no answer to this question
    try:
        mmap.mmap(handle, mmap.PAGESIZE).close()
    except OSError:
        return False
    return True


def trouble() -> str | None:
    """Say in one sentence what this Python's SQLite lacks; None if it can do everything."""
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < LEAST:
        needed = ".".join(map(str, LEAST))
        return (
            f"This Python uses SQLite {found}, and suno-tui needs {needed} or later: install a "
            "newer one, or a Python that brings its own (uv, conda, python.org)."
        )
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE words USING fts5(word)")
    except sqlite3.OperationalError:
        return (
            f"This Python's SQLite {found} was built without FTS5, which the library's search "
            "needs: use a Python that brings its own SQLite (uv, conda, python.org)."
        )
    finally:
        memory.close()
    return None


def connect(path: Path, *, timeout: float) -> sqlite3.Connection:
    """Open a database for any thread, without implicit transactions, in WAL mode if the file
    system can do that. `timeout`: how many seconds to wait for another process's transaction.

    Raises `OldSQLite` and `sqlite3.Error`.
    """
    if sqlite3.sqlite_version_info < LEAST:
        raise OldSQLite(trouble())
    able = abilities(path.parent)
    try:
        return _open(path, timeout, able)
    except sqlite3.DatabaseError as error:
        if 'near "strict"' not in str(error).lower():
            raise
    _loosen(path, timeout, able)
    return _open(path, timeout, able)


def lock_folder(path: Path) -> Path:
    """The folder that is a database's lock where the file system has none."""
    return path.with_name(f"{path.name}.lock")


def busy_advice(path: Path) -> str:
    """What to do about a database that stays locked."""
    lock = lock_folder(path)
    if lock.is_dir():
        return (
            "Another process holds it. If no suno-tui runs for this home, on no machine, one was "
            f"killed in mid-write: delete the folder {lock}."
        )
    return "Another process holds it for very long. Try again."


def _plain(path: Path, timeout: float, able: Abilities) -> sqlite3.Connection:
    # Without byte-range locks, a folder beside the file is the lock.
    vfs = "" if able.locks else "?vfs=unix-dotfile"
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path.absolute()))}{vfs}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
    )


def _open(path: Path, timeout: float, able: Abilities) -> sqlite3.Connection:
    connection = _plain(path, timeout, able)
    try:
        if _NO_IIF:
            connection.create_function("iif", 3, _iif, deterministic=True)
        if able.locks and able.shared_memory:
            _use_wal(connection)
        else:
            # In exclusive mode, a file that comes from a machine with WAL opens without its index.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA locking_mode = NORMAL")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here by itself when another process makes the same file.
    for left in reversed(range(100)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if not left or code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            time.sleep(0.05)


def _iif(condition: object, yes: Any, no: Any) -> Any:
    return yes if condition else no


_STRICT = re.compile(r"\)\s*STRICT\s*(?:,\s*)?(WITHOUT\s+ROWID\s*)?\Z", re.IGNORECASE)


def _loosen(path: Path, timeout: float, able: Abilities) -> None:
    """Take STRICT off the tables of a file that an earlier suno-tui made with a newer SQLite.

    It is a check and no format (https://www.sqlite.org/stricttables.html), so only the text of the
    tables changes (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    with contextlib.closing(_plain(path, timeout, able)) as connection:
        # With this, tables that can't be read are passed over instead of ending everything.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("BEGIN IMMEDIATE")
        tables = connection.execute("SELECT rowid, sql FROM sqlite_master WHERE type = 'table'")
        for row, sql in tables.fetchall():
            changed = _STRICT.sub(lambda found: f") {found[1] or ''}".rstrip(), sql)
            if changed != sql:
                connection.execute(
                    "UPDATE sqlite_master SET sql = ? WHERE rowid = ?", (changed, row)
                )
        version = connection.execute("PRAGMA schema_version").fetchone()[0]
        connection.execute(f"PRAGMA schema_version = {version + 1}")
        connection.execute("COMMIT")

"""Open, migrate and change SQLite files, also with old SQLite libraries and on any file system.

A distribution's Python uses the distribution's SQLite (RHEL 8: 3.26, Ubuntu 20.04: 3.31, RHEL 9:
3.34), so the tables use no syntax that is newer than `LEAST`.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from suno_tui.common.atomic_files import make_folder, set_mode
from suno_tui.common.errors import DamagedFile, HomeError, StudioError, home_error
from suno_tui.common.file_systems import Abilities, abilities
from suno_tui.common.text import is_unicode

LEAST = (3, 26, 0)
"""The oldest SQLite with which all commands were tested."""

OLD_MARKS = sqlite3.sqlite_version_info < (3, 27, 0)
"""Whether this SQLite can't remove both marks of a letter such as ế (`remove_diacritics 2`)."""

_NO_IIF = sqlite3.sqlite_version_info < (3, 32, 0)


class OldSQLite(StudioError):
    """This Python's SQLite lacks a feature that the databases need."""

    title = "SQLite is too old"
    code = "old_sqlite"
    exit_code = 4


def missing_features() -> str | None:
    """Return a sentence about what this Python's SQLite lacks; None if it lacks nothing."""
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
    """Open a database for any thread, without implicit transactions.

    It is in WAL mode if the file system supports that. `timeout` is how many seconds to wait for
    another process's transaction. Raises `OldSQLite` and `sqlite3.Error`.
    """
    if sqlite3.sqlite_version_info < LEAST:
        raise OldSQLite(missing_features())
    able = abilities(path.parent)
    try:
        return _open(path, timeout, able)
    except sqlite3.DatabaseError as error:
        if 'near "strict"' not in str(error).lower():
            raise
    _remove_strict(path, timeout, able)
    return _open(path, timeout, able)


Upgrade = Callable[[sqlite3.Connection, int], None]
"""Brings a database from the given format to the current one; 0 is an empty file."""


def open_database(
    path: Path, *, timeout: float, version: int, upgrade: Upgrade
) -> sqlite3.Connection:
    """Open a database whose data must not be lost: for its owner only, synced at every commit.

    A missing file is created. `timeout`: see `connect`; `version`, `upgrade`: see `migrate`. Raises
    `OldSQLite`, `HomeError`, `sqlite3.Error` and the errors of `upgrade`.
    """
    make_folder(path.parent)
    try:
        # SQLite gives its -wal and -shm files the mode of the database. An existing file is not
        # opened here: closing it would drop the locks of this process's other connections (POSIX),
        # and another process could delete the log that they write to.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if path.stat().st_mode & 0o077:
            set_mode(path)
    except OSError as error:
        raise home_error(path, error) from error
    connection = connect(path, timeout=timeout)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, version, upgrade)
    except BaseException:
        connection.close()
        raise
    return connection


def user_version(connection: sqlite3.Connection) -> int:
    """Return the database's format; 0 if it is empty."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def migrate(connection: sqlite3.Connection, version: int, upgrade: Upgrade) -> None:
    """Bring a database to a format in one transaction, unless it has that format."""
    if user_version(connection) == version:
        return
    with transaction(connection):
        # Another process may have been faster.
        if (found := user_version(connection)) != version:
            upgrade(connection, found)
            connection.execute(f"PRAGMA user_version = {version}")


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Execute the statements of a script. Unlike `executescript`, it doesn't commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(statement)  # the last one may lack its semicolon


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, *, nested: bool = False) -> Iterator[None]:
    """Run the block in a transaction: committed at its end, rolled back after an error.

    With `nested`, it may be inside another transaction, as a savepoint; the outer one commits then.
    Without `nested`, that raises an error of SQLite.
    """
    inner = nested and connection.in_transaction
    connection.execute("SAVEPOINT part" if inner else "BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("RELEASE part" if inner else "COMMIT")
    except BaseException:
        # If the disk is full, SQLite has rolled everything back already.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK TO part" if inner else "ROLLBACK")
            if inner:
                connection.execute("RELEASE part")
        raise


def primary_code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code; None for an error of the Python module itself."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextlib.contextmanager
def database_errors(
    path: Path, *, advice: Mapping[int, str], otherwise: str, damaged: str
) -> Iterator[None]:
    """Turn SQLite's errors into `HomeError` and `DamagedFile`.

    `advice` has a reason and what to do for some primary codes; `otherwise` says what to do for all
    others, after SQLite's own reason (except for a database that stays locked: see `busy_advice`).
    `damaged` is the text for a damaged file, with `{error}` in it.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        code = primary_code(error)
        then = busy_advice(path) if code == sqlite3.SQLITE_BUSY else otherwise
        raise HomeError(f"{path}: {advice.get(code or 0, f'{error}. {then}')}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(path, damaged.format(error=error)) from error


def lock_folder(path: Path) -> Path:
    """Return the folder that serves as a database's lock if the file system has no locks."""
    return path.with_name(f"{path.name}.lock")


def busy_advice(path: Path) -> str:
    """Return what to do about a database that stays locked."""
    lock = lock_folder(path)
    if lock.is_dir():
        return (
            "Another process has locked it. If no suno-tui runs for this home on any machine, one "
            f"was killed while writing: delete the folder {lock}."
        )
    return "Another process has locked it for a long time. Try again."


def _connect_raw(path: Path, timeout: float, able: Abilities) -> sqlite3.Connection:
    # Without byte-range locks, a folder next to the file is the lock.
    vfs = "" if able.locks else "?vfs=unix-dotfile"
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path.absolute()))}{vfs}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
    )


def _open(path: Path, timeout: float, able: Abilities) -> sqlite3.Connection:
    connection = _connect_raw(path, timeout, able)
    try:
        if _NO_IIF:
            connection.create_function("iif", 3, _iif, deterministic=True)
        if able.locks and able.shared_memory:
            _use_wal(connection)
        else:
            # In exclusive mode, a file in WAL mode from another machine opens without its index.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA locking_mode = NORMAL")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite itself does not wait here if another process is creating the same file.
    for left in reversed(range(100)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not left or primary_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            time.sleep(0.05)


def _iif(condition: object, yes: Any, no: Any) -> Any:
    return yes if condition else no


_STRICT = re.compile(r"\)\s*STRICT\s*(?:,\s*)?(WITHOUT\s+ROWID\s*)?\Z", re.IGNORECASE)


def _remove_strict(path: Path, timeout: float, able: Abilities) -> None:
    """Remove STRICT from the tables of a file that an earlier suno-tui made with a newer SQLite.

    STRICT does not change the format (https://www.sqlite.org/stricttables.html), so only the SQL
    text of the tables changes (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    with contextlib.closing(_connect_raw(path, timeout, able)) as connection:
        # With this, unreadable tables are skipped without an error.
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


def in_parts(values: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the values in parts that fit into one statement, each with its `?` marks."""
    storable = [value for value in values if is_unicode(value)]
    for start in range(0, len(storable), 500):
        some = storable[start : start + 500]
        yield some, ",".join("?" * len(some))

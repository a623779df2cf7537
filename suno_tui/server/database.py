"""The service's SQLite file: one connection for reading, one thread that writes in groups.

A write is on disk (`synchronous=FULL`) before it is answered. Syncing is what costs, so writes that
wait at the same time share one commit; each has a savepoint of its own, and fails alone.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import DamagedFile, HomeError, home_error
from suno_tui.common.sqlite import busy_advice, connect
from suno_tui.providers.catalog import MODELS
from suno_tui.server.tables import MIGRATIONS, TABLES, VERSION

T = TypeVar("T")
Work = Callable[["Database"], T]


class Database:
    """One connection; opened, and its tables made, with the first use.

    Not for two threads at once. Raises `DamagedFile` where the file is not ours, `HomeError`
    where it can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._open().execute(sql, values)

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.run(sql, *values).fetchone()
        return found if isinstance(found, sqlite3.Row) else None

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row; None without rows."""
        found = self.row(sql, *values)
        return None if found is None else found[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one a savepoint."""
        connection = self._open()
        inner = connection.in_transaction
        connection.execute("SAVEPOINT part" if inner else "BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("RELEASE part" if inner else "COMMIT")
        except BaseException:
            # A full disk has rolled everything back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK TO part" if inner else "ROLLBACK")
                if inner:
                    connection.execute("RELEASE part")
            raise

    @property
    def in_transaction(self) -> bool:
        return self._open().in_transaction

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self.path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    make_folder(path.parent)
    try:
        # Made for its owner only; a file that is there is left to SQLite alone, for closing it
        # here would drop the locks of this process's other connections (POSIX).
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise home_error(path, error) from error
    with _database_errors(path):
        connection = connect(path, timeout=20)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if _version(connection) != VERSION:
                _bring_up_to_date(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _database_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        advice = busy_advice(path) if busy else "Check the disk and its permissions."
        raise HomeError(f"{path}: {error}. {advice}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(path, f"{error}. Move it away to begin anew.") from error


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version not in (0, *MIGRATIONS, VERSION):
        raise DamagedFile(path, f"made by another version of suno-tui (format {version})")
    if version == 0:
        _run_all(connection, TABLES)
        for model in MODELS:
            connection.execute("INSERT INTO models (id) VALUES (?)", (model.id,))
    else:
        for older in range(version, VERSION):
            _run_all(connection, MIGRATIONS[older])
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _run_all(connection: sqlite3.Connection, script: str) -> None:
    # `executescript` would commit first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


class Store:
    """The database as the service uses it: `read` at once, `write` through the writing thread."""

    def __init__(self, path: Path) -> None:
        self.read = Database(path)
        self._path = path
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Work[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def write(self, work: Work[T]) -> T:
        """The result of `work(database)`, once it is committed; what it raises undoes it."""
        if self._thread is None:
            self.read.run("SELECT 1")
            self._thread = threading.Thread(target=self._write, name="local-store", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._waiting.put((future, work))
        # A caller that goes away doesn't take the write with it: it may share a commit.
        return await asyncio.shield(asyncio.wrap_future(future))

    def close(self) -> None:
        """Finish what waits, and close; the next use opens again."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self.read.close()

    def _write(self) -> None:
        database = Database(self._path)
        going = True
        while going:
            batch = [self._waiting.get()]
            with suppress(queue.Empty):
                while len(batch) < 256:
                    batch.append(self._waiting.get_nowait())
            going = None not in batch
            _commit(database, [entry for entry in batch if entry is not None])
        database.close()


def _commit(database: Database, batch: list[tuple[Future[Any], Work[Any]]]) -> None:
    outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        with database.transaction():
            for future, work in batch:
                try:
                    with database.transaction():
                        outcomes.append((future, work(database), None))
                except Exception as error:
                    if not database.in_transaction:
                        raise  # A full disk has undone the others of this batch, too.
                    outcomes.append((future, None, error))
    except Exception as error:
        outcomes = [(future, None, error) for future, _ in batch]
    for future, result, failure in outcomes:
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)

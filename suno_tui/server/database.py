"""The service's SQLite file: one connection for reading, one thread that writes in groups.

A write is on disk (`synchronous=FULL`) before it is answered. Syncing is what costs, so writes that
wait at the same time share one commit; each has a savepoint of its own, and fails alone.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, TypeVar

from suno_tui.common import sqlite
from suno_tui.common.errors import DamagedFile
from suno_tui.providers.tables.suno import MODELS
from suno_tui.server.tables import MIGRATIONS, TABLES, VERSION

T = TypeVar("T")
Work = Callable[["Database"], T]


class Database:
    """One connection; opened, and its tables made, with the first use.

    Not for two threads at once. Raises `DamagedFile` if the file is not ours, `HomeError` if it
    can't be made.
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

    def transaction(self) -> AbstractContextManager[None]:
        """Do everything or nothing; inside another transaction, as a savepoint."""
        return sqlite.transaction(self._open(), nested=True)

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
    def upgrade(connection: sqlite3.Connection, found: int) -> None:
        if found not in (0, *MIGRATIONS):
            raise DamagedFile(path, f"made by another version of suno-tui (format {found})")
        if found == 0:
            sqlite.run_script(connection, TABLES)
            for model in MODELS:
                connection.execute("INSERT INTO models (id) VALUES (?)", (model.id,))
        else:
            for older in range(found, VERSION):
                sqlite.run_script(connection, MIGRATIONS[older])

    with sqlite.database_errors(
        path,
        advice={},
        otherwise="Check the disk and its permissions.",
        damaged="{error}. Move it away to begin anew.",
    ):
        return sqlite.open_database(path, timeout=20, version=VERSION, upgrade=upgrade)


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

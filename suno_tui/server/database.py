"""The service's SQLite file: one connection for reading, one thread that writes in groups.

A write is on disk (`synchronous=FULL`) before its caller gets the result. Since syncing is slow,
writes that wait at the same time share one commit; each of them can fail without the others.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from suno_tui.common import sqlite
from suno_tui.common.errors import DamagedFile
from suno_tui.providers.tables.suno import MODELS
from suno_tui.server.tables import MIGRATIONS, TABLES, VERSION

T = TypeVar("T")
Work = Callable[["Database"], T]

MAX_BATCH = 256
"""The most writes in one commit."""


class Database:
    """One connection, which is opened, and its tables created, at the first use.

    Not for two threads at once. Raises `DamagedFile` if the file is not ours, `HomeError` if it
    can't be created.
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
        """Return the first column of the first row; None if there are no rows."""
        found = self.row(sql, *values)
        return None if found is None else found[0]

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block in a transaction; inside another one, as a savepoint."""
        return sqlite.transaction(self._open(), nested=True)

    @property
    def in_transaction(self) -> bool:
        return self._open().in_transaction

    @property
    def changes(self) -> int:
        """How many rows were changed since the database was opened."""
        return self._open().total_changes

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
        damaged="{error}. Move it away to start with an empty one.",
    ):
        return sqlite.open_database(path, timeout=20, version=VERSION, upgrade=upgrade)


class Snapshots(Database):
    """A connection for reading: all reads in one turn of the event loop see the same snapshot.

    After a commit of another connection, beginning a new snapshot takes longer than a query, since
    SQLite locks and reads its pages again. All commits before the loop's turn began are visible.
    """

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        connection = self._open()
        if not connection.in_transaction and (loop := asyncio._get_running_loop()) is not None:
            connection.execute("BEGIN")
            loop.call_soon(self.end)
        return connection.execute(sql, values)

    def end(self) -> None:
        """End the snapshot. On a disk without shared memory it keeps writers waiting."""
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("COMMIT")


class Store:
    """The service's database: `read` reads directly, `write` goes through the writing thread."""

    def __init__(self, path: Path) -> None:
        self.read = Snapshots(path)
        self._path = path
        self._collected: list[_Write] = []
        self._waiting: queue.SimpleQueue[list[_Write] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def write(self, work: Work[T]) -> T:
        """Return the result of `work(database)` once it is committed; if it raises, it is undone.

        `work` may be called a second time, after the first call was undone. If the caller is
        cancelled, the write is still done, as it may share a commit.
        """
        if self._thread is None:
            self.read.run("SELECT 1")
            self._thread = threading.Thread(target=self._write, name="local-store", daemon=True)
            self._thread.start()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._collected.append(_Write(future, work))
        if len(self._collected) == 1:
            # Hand over all writes of this turn of the loop at once, as waking the thread is slow.
            future.get_loop().call_soon(self._hand_over)
        return await future

    def close(self) -> None:
        """Finish the waiting writes and close; the next use opens the database again."""
        if self._thread is not None:
            self.read.end()
            self._hand_over()
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self.read.close()

    def _hand_over(self) -> None:
        if self._collected:
            self._waiting.put(self._collected)
            self._collected = []

    def _write(self) -> None:
        database = Database(self._path)
        found: list[_Write] | None = []
        while found is not None:
            found = self._waiting.get()
            writes = found or []
            with suppress(queue.Empty):
                while found is not None and len(writes) < MAX_BATCH:
                    found = self._waiting.get_nowait()
                    writes += found or []
            if writes:
                _commit(database, writes)
            # One call per loop, since each call wakes the loop.
            for loop in {write.future.get_loop() for write in writes}:
                mine = [write for write in writes if write.future.get_loop() is loop]
                with suppress(RuntimeError):  # the loop is closed, so no caller waits any more
                    loop.call_soon_threadsafe(_resolve, mine)
        database.close()


@dataclass(slots=True, eq=False)
class _Write:
    """A waiting write, and its result."""

    future: asyncio.Future[Any]
    work: Work[Any]
    result: Any = None
    failure: Exception | None = None

    def run(self, database: Database) -> None:
        """Do the work. Raises `_HalfDone` if it fails after it has changed something."""
        before = database.changes
        self.failure = None
        try:
            self.result = self.work(database)
        except Exception as error:
            if not database.in_transaction:
                raise  # A full disk has undone the others of this batch, too.
            if database.changes != before:
                raise _HalfDone from error
            self.failure = error


class _HalfDone(Exception):
    """A write failed after its first change; its cause says why."""


def _commit(database: Database, writes: list[_Write]) -> None:
    """Do the writes in one transaction, so that each can fail without the others.

    Savepoints would cost as much as the writes and are hardly ever needed. So if a write fails half
    way, all are undone and done again with savepoints.
    """
    try:
        try:
            with database.transaction():
                for write in writes:
                    write.run(database)
        except _HalfDone:
            with database.transaction():
                for write in writes:
                    try:
                        with database.transaction():
                            write.run(database)
                    except _HalfDone as error:
                        assert isinstance(error.__cause__, Exception)
                        write.failure = error.__cause__
    except Exception as error:
        for write in writes:
            write.failure = error


def _resolve(writes: list[_Write]) -> None:
    for write in writes:
        if write.future.done():
            continue  # its caller was cancelled
        if write.failure is not None:
            write.future.set_exception(write.failure)
        else:
            write.future.set_result(write.result)

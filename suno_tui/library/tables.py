"""An SQLite file used as a cache: shared by processes, rebuilt if it is damaged.

If the file can't be used at all (a read-only or full disk), the tables are kept in memory.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import HomeError, StudioError
from suno_tui.common.sqlite import (
    connect,
    lock_folder,
    migrate,
    primary_code,
    run_script,
    transaction,
)

Result = TypeVar("Result")


LEFT_SECONDS = 300
"""Age in seconds of a left-over lock: no process takes that long for one change of the index."""

READ, WRITE, LONG, ASIDE = 0, 1, 2, 3
"""The connections, one for each kind of work so that none waits for another."""


class Interrupted(StudioError):
    """A long query was interrupted, because its result isn't needed any more."""


class Database:
    """The file and its connections, so that a list can be read while a long rebuild writes.

    `tables` is the SQL that creates the tables of `schema`, including `meta(name, value)`.
    `filling` uses more memory to write many rows faster. Any thread may read and write.
    """

    def __init__(self, file: Path, *, schema: int, tables: str, filling: bool = False) -> None:
        self.file = file
        self._filling = filling
        self._schema = schema
        self._tables = tables
        self._locks = [threading.RLock() for _ in range(4)]
        self._connections: list[tuple[sqlite3.Connection, int] | None] = [None] * 4
        self._generation = 0
        self.in_memory = False
        self._ending = False
        self._closed = self._keep_log = False

    def rows(
        self, sql: str, *values: object, long: bool = False, aside: bool = False
    ) -> list[tuple[Any, ...]]:
        """Return all rows of a query. With `long` or `aside`, other queries don't wait for it.

        Raises `Interrupted` if `interrupt` is called during a long query, and for both kinds after
        `end_reading`.
        """
        which = LONG if long else ASIDE if aside else READ
        if self._ending and which != READ:
            raise Interrupted("The library is being closed.")
        try:
            return self._attempt(which, lambda reader: reader.execute(sql, values).fetchall())
        except UnicodeEncodeError:
            return []  # a value that isn't Unicode is in no table

    def interrupt(self) -> None:
        """Interrupt the long query that is running, if any."""
        self._interrupt(LONG)

    def end_reading(self) -> None:
        """Interrupt `long` and `aside` queries, now and from now on, so that no thread waits."""
        self._ending = True
        self._interrupt(LONG)
        self._interrupt(ASIDE)

    def _interrupt(self, which: int) -> None:
        opened = self._connections[which]
        if opened is not None:
            with contextlib.suppress(sqlite3.Error):
                opened[0].interrupt()

    def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do the work in one transaction; if the file turns out unusable, again on a new one."""

        def change(writer: sqlite3.Connection) -> Result:
            with transaction(writer):
                return work(writer)

        return self._attempt(WRITE, change)

    def close(self, *, keep_log: bool = False) -> None:
        """Close the connections. If a thread still needs one, it opens it and closes it again.

        With `keep_log`, SQLite doesn't move its log into the file, which may take long: the next
        writer does. Python 3.11 can't tell SQLite so: it leaves them open until the process ends.
        """
        self.interrupt()
        with contextlib.ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock)
            self._keep_log = keep_log
            self._closed = not keep_log or sys.version_info >= (3, 12)
            if self._closed:
                self._drop()

    def _attempt(self, which: int, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do the work; if the file is unusable, with a new file, then in memory."""
        for _ in range(3):
            generation = self._generation
            if self.in_memory:
                which = WRITE
            try:
                with self._locks[which]:
                    try:
                        return work(self._connection(which))
                    finally:
                        if self._closed:
                            self._drop(which)
            except sqlite3.DatabaseError as error:
                code = primary_code(error)
                if code == sqlite3.SQLITE_INTERRUPT:
                    raise Interrupted("The search was given up.") from None
                if code == sqlite3.SQLITE_ERROR and not _is_broken(error, code):
                    raise  # a mistake in our SQL
                failure = error
                self._recover(error, generation)
        raise HomeError(f"{self.file}: {failure}. Delete the file; it is only a cache.")

    def _connection(self, which: int) -> sqlite3.Connection:
        opened = self._connections[which]
        if opened is not None and (self.in_memory or self._inode() == opened[1]):
            return opened[0]
        if opened is not None:
            # Another process found the file damaged, or the user cleared the cache.
            raise sqlite3.DatabaseError("the index was replaced")
        connection = self._connect()
        self._connections[which] = connection, self._inode()
        return connection

    def _inode(self) -> int:
        try:
            return self.file.stat().st_ino
        except OSError:
            return 0

    def _connect(self) -> sqlite3.Connection:
        if not self.in_memory:
            try:
                make_folder(self.file.parent)
            except HomeError as error:
                raise sqlite3.OperationalError(str(error)) from error
        if self.in_memory:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        else:
            self._remove_old_lock()
            connection = connect(self.file, timeout=10)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{64_000 if self._filling else 2000}")
            if self._filling:
                # With rare checkpoints, a page that changes often is rarely copied from the log.
                connection.execute("PRAGMA wal_autocheckpoint = 8000")
            migrate(connection, self._schema, self._create)
        except BaseException:
            connection.close()
            raise
        return connection

    def _remove_old_lock(self) -> None:
        """Remove the lock of a killed process, on a disk without `flock`.

        If that is wrong, at worst the index is damaged and rebuilt.
        """
        lock = lock_folder(self.file)
        with contextlib.suppress(OSError):
            if abs(time.time() - lock.stat().st_mtime) > LEFT_SECONDS:
                lock.rmdir()

    def _recover(self, error: sqlite3.DatabaseError, generation: int) -> None:
        """Prepare the next attempt after a failure: reopen, use a new file, or use memory."""
        with contextlib.ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock)
            if generation != self._generation:
                return  # another thread has recovered already
            self._generation += 1
            code = primary_code(error)
            if code == sqlite3.SQLITE_BUSY:
                return
            self._drop()
            if code is None and not isinstance(error, sqlite3.OperationalError):
                return
            if _is_broken(error, code):
                try:
                    for suffix in ("", "-wal", "-shm"):
                        self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
                    return
                except OSError:
                    pass
            self.in_memory = True

    def _drop(self, *which: int) -> None:
        """Close these connections, or all."""
        for at in which or range(len(self._connections)):
            opened, self._connections[at] = self._connections[at], None
            if opened is not None:
                with (
                    contextlib.suppress(sqlite3.Error),
                    contextlib.closing(opened[0]) as connection,
                ):
                    if self._keep_log and sys.version_info >= (3, 12):
                        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)

    def _create(self, connection: sqlite3.Connection, found: int) -> None:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT NULL"
        ).fetchall()
        for (name,) in rows:
            # Dropping a virtual table drops its inner tables, which then can't be dropped again.
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute(f'DROP TABLE "{name}"')
        run_script(connection, self._tables)
        # Begin with the time, so that a new index never has the version of an old one.
        now = time.time_ns() // 1000
        connection.executemany("INSERT INTO meta VALUES (?, ?)", [("version", now), ("born", now)])


def _is_broken(error: sqlite3.DatabaseError, code: int | None) -> bool:
    if code == sqlite3.SQLITE_ERROR:
        # The last two appear if a newer SQLite made the full-text table.
        signs = ("no such", "vtable", "tokenizer", "already exists")
        return any(sign in str(error) for sign in signs)
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

"""The queue as views and commands use it: add, find, retry, forget, pause, and what was spent.

One SQLite file (WAL, `synchronous=FULL`) is shared by every process of a home. Each change is one
transaction: when a method returns, it is on disk. The worker's own steps are in `journal`.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from suno_tui.api.song import Song
from suno_tui.errors import UsageError
from suno_tui.queue.changes import explain, forget, queue_again, set_charge, taken
from suno_tui.queue.money import Limit, allow, charges, spent
from suno_tui.queue.obstacle import Obstacle
from suno_tui.queue.owing import LIVE, owed
from suno_tui.queue.records import Charge, Failure, Status, Task
from suno_tui.queue.rows import Known, is_paused, new_id, now, read_tasks, write_song
from suno_tui.queue.schema import check_format, database_errors, open_database
from suno_tui.queue.shell import Shell
from suno_tui.settings import LOCAL

CANCELLED = Failure("cancelled", "You cancelled it.")


class UnknownTask(UsageError):
    """No task, or more than one, is meant by what was given."""

    title = "Which task?"
    code = "unknown_task"


class NotNow(UsageError):
    """The task does not stand where this can be done; nothing was changed."""

    title = "That can't be done with this task"
    code = "not_now"


class TaskStore:
    """The tasks of one home. Usable from any thread, and by any number of processes.

    Raises `NewerDatabase`, `DamagedFile` and `HomeError`, from every method too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_database(path)
        self._file = path.stat().st_ino
        self._lock = threading.RLock()
        self._words = 0
        self._known: Known = {}
        self._obstacle = Obstacle(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk when it is left, undone where it is left by an error."""
        with self._lock, database_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled it back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent look."""
        with self._lock, database_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction by the user's word, which a worker in this process notices too."""
        with self.write() as connection:
            yield connection
        self._words += 1

    def in_place(self) -> bool:
        """Whether the file is still the one that was opened: a home may be removed or restored
        from a backup while a worker works for it."""
        try:
            return self.path.stat().st_ino == self._file
        except OSError:
            return False

    def check_format(self) -> None:
        """Raise `NewerDatabase` where a newer program has changed the file's format meanwhile."""
        with self._lock, database_errors(self.path):
            check_format(self._connection, self.path)

    def version(self) -> int:
        """A number that changes when anybody wrote, this process included, or the disk refuses to
        be written. Takes microseconds."""
        self._obstacle.look()
        return self.others() + self._connection.total_changes + self._obstacle.changes

    def others(self) -> int:
        """A number that changes when another process wrote, or the user's word was heard."""
        with self._lock, database_errors(self.path):
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found + self._words

    def add(
        self,
        song: Song,
        *,
        provider: str,
        credits: int,
        callback_url: str | None = None,
        base_url: str | None = None,
    ) -> Task:
        """Queue a song. `credits` is the price that the user was told, `base_url` where the
        provider is now: the song goes nowhere else."""
        (task,) = self.add_all(
            [song],
            provider=provider,
            credits=credits,
            callback_url=callback_url,
            base_url=base_url,
        )
        return task

    def add_all(
        self,
        songs: Sequence[Song],
        *,
        provider: str,
        credits: int,
        callback_url: str | None = None,
        base_url: str | None = None,
        account: str | None = None,
        limits: Sequence[Limit] = (),
    ) -> list[Task]:
        """Queue all of the songs or none, at `credits` each; see `add`. `account` is the mark of
        what the environment says of the provider (`Shell`). Raises `SpendLimitReached`."""
        added = []
        with self._change() as connection:
            allow(connection, limits, credits * len(songs))
            for song in songs:
                new = new_id()
                while read_tasks(connection, "WHERE id = ?", (new,)):
                    new = new_id()
                connection.execute(
                    """INSERT INTO tasks (id, seq, provider, song, credits, callback_url, base_url,
                       account, status, nonce, created_at)
                       VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM tasks), ?, ?, ?, ?, ?, ?,
                       'queued', ?, ?)""",
                    (
                        new,
                        provider,
                        write_song(song),
                        credits,
                        callback_url,
                        base_url,
                        account,
                        uuid.uuid4().hex,
                        now(),
                    ),
                )
                added.append(self._task(connection, new))
        return added

    def get(self, id: str) -> Task:
        """The task of that id. Raises `UnknownTask`."""
        with self.read() as connection:
            found = read_tasks(connection, "WHERE id = ?", (id,), obstacle=self._obstacle.look())
        if not found:
            raise UnknownTask(f"There is no task {id!r}. `suno-tui queue --all` lists them.")
        return found[0]

    def find(self, prefix: str) -> Task:
        """The task whose id, or whose id at the provider, begins so. Raises `UnknownTask`."""
        start = prefix.strip().lower()
        match = "WHERE substr(id, 1, ?) = ? OR substr(lower(task_id), 1, ?) = ? ORDER BY seq DESC"
        with self.read() as connection:
            found = read_tasks(connection, match, (len(start), start) * 2) if start else []
        exact = [task for task in found if task.id == start]
        if len(found) > 1 and not exact:
            ids = ", ".join(task.id for task in found[:5])
            raise UnknownTask(f"{prefix!r} may mean any of {ids}. Type more of it.")
        if not found:
            raise UnknownTask(f"There is no task {prefix!r}. `suno-tui queue --all` lists them.")
        return (exact or found)[0]

    def live(self) -> list[Task]:
        """The tasks that have not ended, in the order of the queue; without forgotten ones."""
        with self.read() as connection:
            return read_tasks(
                connection, f"WHERE {LIVE} ORDER BY seq", obstacle=self._obstacle.look()
            )

    def all(self, *, forgotten: bool = False, limit: int | None = None) -> list[Task]:
        """All tasks, newest first; with the forgotten ones where asked for."""
        where = "" if forgotten else "WHERE forgotten_at IS NULL"
        with self.read() as connection:
            most = -1 if limit is None else limit
            # Views read it whenever anything has changed.
            return read_tasks(
                connection,
                f"{where} ORDER BY seq DESC LIMIT ?",
                (most,),
                self._known,
                self._obstacle.look(),
            )

    def retry(self, id: str, *, limits: Sequence[Limit] = (), shell: Shell | None = None) -> Task:
        """The user's word to go on with a task; a song is sent with the key of `shell`, if the
        provider has the same address there.

        A held one is tried now; a forgotten one is taken up again. An uncertain one is sent again,
        and a failed or expired one is sent anew: either may cost its credits once more, and obeys
        the limits. Raises `NotNow` for a completed one, and `SpendLimitReached`.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if task.status is Status.COMPLETED:
                raise NotNow(f"{id} is completed. Generate the song anew to have other takes.")
            unsent = task.status is Status.QUEUED and task.forgotten
            if unsent or task.status.ended or task.status is Status.UNCERTAIN:
                allow(connection, limits, task.credits)
            connection.execute(
                "UPDATE tasks SET forgotten_at = NULL, cancel_at = NULL, hold_code = NULL, "
                "hold_message = NULL WHERE id = ?",
                (id,),
            )
            connection.execute("UPDATE takes SET filings = 0 WHERE task = ?", (id,))
            here = task.base_url and shell and shell.addresses.get(task.provider) == task.base_url
            if here and shell and (task.status is Status.QUEUED or task.status.ended):
                account = shell.accounts.get(task.provider)
                connection.execute("UPDATE tasks SET account = ? WHERE id = ?", (account, id))
            if task.status is Status.UNCERTAIN:
                # With the same nonce, a provider that honours it charges nothing twice.
                queue_again(connection, id, task.nonce)
            elif task.status.ended:
                queue_again(connection, id, uuid.uuid4().hex)
        return self.get(id)

    def look_again(self, id: str) -> Task:
        """Ask the provider once more for an ended task's audio: free, and changes nothing else.

        Raises `NotNow` where the provider never gave the task an id, it was cancelled there, or all
        takes are here.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if not task.askable:
                raise NotNow(f"There is nothing to ask the provider about {id}.")
            connection.execute(
                "UPDATE tasks SET status = 'processing', forgotten_at = NULL, ended_at = NULL, "
                "completed_at = NULL, error_code = NULL, error_message = NULL WHERE id = ?",
                (id,),
            )
            connection.execute(
                "UPDATE takes SET state = 'waiting', filings = 0 WHERE task = ? AND state = 'lost'",
                (id,),
            )
        return self.get(id)

    def settle(self, id: str, accepted: bool, *, task_id: str | None = None) -> Task:
        """The user's word on an uncertain task: whether the provider took it.

        Not taken: it is sent again. Taken: with its id at the provider it goes on; without, it is
        expired, since its audio can't be asked for. Raises `NotNow` where it is not uncertain, or
        that id is another task's.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if task.status is not Status.UNCERTAIN:
                raise NotNow(f"{id} is not uncertain any more: it is {task.status}.")
            if not accepted:
                set_charge(connection, id, "void")
                queue_again(connection, id, task.nonce)
            else:
                if task_id and read_tasks(
                    connection, "WHERE task_id = ? AND id != ?", (task_id, id)
                ):
                    raise NotNow(f"{task_id} is another task of this queue.")
                taken(connection, id, task_id)
        return self.get(id)

    def forget(self, id: str) -> Task:
        """Take a task off the queue: it is watched no longer, and what was paid stays paid.

        `retry` takes it up again. What is in the library stays there.
        """
        with self._change() as connection:
            self._task(connection, id)
            forget(connection, id)
        return self.get(id)

    def unforget(self, id: str) -> Task:
        """Put an ended task back on the queue's list; nothing is sent. Raises `NotNow` where it is
        live: `retry` takes that up again."""
        with self._change() as connection:
            if self._task(connection, id).live:
                raise NotNow(f"{id} has not ended: retry takes it up again.")
            connection.execute("UPDATE tasks SET forgotten_at = NULL WHERE id = ?", (id,))
        return self.get(id)

    def cancel(self, id: str) -> Task:
        """The user's word to stop a task, as far as its provider can stop it.

        What was not sent ends at once as failed, with the code `cancelled`. The built-in provider
        is told by the worker, and the task ends likewise; it is `cancelling` until then. No other
        provider knows of cancelling: there the task is forgotten (`forgotten` is true), and what
        was paid stays paid. Raises `NotNow` where it has ended.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if task.status.ended:
                raise NotNow(f"{id} has ended: it is {task.status}.")
            if task.status is Status.QUEUED:
                connection.execute(
                    "UPDATE tasks SET status = 'failed', error_code = ?, error_message = ?, "
                    "ended_at = ?, hold_code = NULL, hold_message = NULL WHERE id = ?",
                    (CANCELLED.code, CANCELLED.message, now(), id),
                )
            elif task.provider == LOCAL and task.status is not Status.DOWNLOADING:
                connection.execute(
                    "UPDATE tasks SET cancel_at = ?, forgotten_at = NULL WHERE id = ?", (now(), id)
                )
            else:
                forget(connection, id)
        return self.get(id)

    @property
    def paused(self) -> bool:
        """Whether nothing new is sent; what was accepted goes on."""
        with self.read() as connection:
            return is_paused(connection)

    def pause(self) -> None:
        with self._change() as connection:
            connection.execute("INSERT OR REPLACE INTO flags VALUES ('paused', '1')")

    def resume(self) -> None:
        with self._change() as connection:
            connection.execute("DELETE FROM flags WHERE name = 'paused'")

    def spent(self, since: datetime | None = None) -> int:
        """Credits that were spent, what is still in doubt included, without refunds."""
        with self.read() as connection:
            return spent(connection, since)

    def allow(self, limits: Sequence[Limit], credits: int) -> None:
        """Raise `SpendLimitReached` where so many credits more would break a limit."""
        with self.read() as connection:
            allow(connection, limits, credits)

    def charges(self, since: datetime | None = None) -> list[Charge]:
        """What was paid for what, newest first."""
        with self.read() as connection:
            return charges(connection, since)

    def owed(self, shell: Shell | None = None, *, own: bool = False) -> list[str | None]:
        """The different holds (by code; None: goes on) of what a worker has still to do; with
        `shell`, a worker of that environment, and with `own` what only such a one can do.

        Empty where nothing is owed: what only the user can settle, and what a paused queue does
        not send, is no work. A refund that is looked for counts as `checking`.
        """
        with self.read() as connection:
            return owed(connection, shell, own=own, obstacle=self._obstacle.look())

    def explain(self, shell: Shell) -> None:
        """Say why the songs of other environments wait, if nothing says so yet."""
        silent = [t for t in self.live() if t.hold is None and not shell.may_drive(t)]
        if silent:
            with self.write() as connection:
                for task in silent:
                    explain(connection, task.id, shell.why_not(task))

    def _task(self, connection: sqlite3.Connection, id: str) -> Task:
        found = read_tasks(connection, "WHERE id = ?", (id,))
        if not found:
            raise UnknownTask(f"There is no task {id!r}. `suno-tui queue --all` lists them.")
        return found[0]

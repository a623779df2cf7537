"""The records of the queue for views: add, find, retry, forget, pause tasks, and sum up spending.

One SQLite file (WAL, `synchronous=FULL`) is shared by every process of a home. Each change is one
transaction, on disk when the method returns. The worker's changes are in `worker.journal`.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from suno_tui.common.sqlite import transaction
from suno_tui.config.settings import LOCAL
from suno_tui.library.track import Origin
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import Song
from suno_tui.providers.tables.suno import SUNO
from suno_tui.tasks import balances
from suno_tui.tasks.balances import Account
from suno_tui.tasks.errors import NotNow, UnknownTask
from suno_tui.tasks.models import Charge, Hold, Status, Task
from suno_tui.tasks.obstacle import Obstacle
from suno_tui.tasks.owing import LIVE, owed
from suno_tui.tasks.row_mapping import Known, is_paused, now, of_keys, read_tasks, song_columns
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.spending import Budget, Limit, allow, charges, spent
from suno_tui.tasks.tables import check_format, database_errors, open_database
from suno_tui.tasks.transitions import (
    cancel_unsent,
    exchange,
    explain,
    forget,
    insert,
    mark_taken,
    proceed,
    queue_again,
    sends_again,
    set_charge,
)


class TaskStore:
    """The tasks of one home, for any thread and any number of processes.

    It and all its methods raise `NewerDatabase`, `DamagedFile` and `HomeError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_database(path)
        self._file = path.stat().st_ino
        self._lock = threading.RLock()
        self._user_changes = 0
        self._known: Known = {}
        self._obstacle = Obstacle(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction: committed at the end of the block, rolled back after an error."""
        with self._lock, database_errors(self.path), transaction(self._connection):
            yield self._connection

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that only reads, so that all reads see the same state."""
        with self._lock, database_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction for a change by the user, which a worker in this process notices."""
        with self.write() as connection:
            yield connection
        self._user_changes += 1

    def in_place(self) -> bool:
        """Return whether the file is still the one that was opened.

        A home may be removed or restored from a backup while its worker runs.
        """
        try:
            return self.path.stat().st_ino == self._file
        except OSError:
            return False

    def check_format(self) -> None:
        """Raise `NewerDatabase` if a newer program has upgraded the file's format."""
        with self._lock, database_errors(self.path):
            check_format(self._connection, self.path)

    def version(self) -> int:
        """Return a number that changes with each write and with the disk's state; takes µs."""
        self._obstacle.check()
        return self.outside_version() + self._connection.total_changes + self._obstacle.changes

    def outside_version(self) -> int:
        """Like `version`, but without a worker's writes in this process and the disk's state."""
        with self._lock, database_errors(self.path):
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found + self._user_changes

    def add(
        self,
        song: Song,
        *,
        provider: str,
        credits: int,
        callback_url: str | None = None,
        base_url: str | None = None,
    ) -> Task:
        """Queue a song at the price `credits`; it is sent to `base_url` only."""
        to = {"provider": provider, "callback_url": callback_url, "base_url": base_url}
        return self.add_all([song], credits=credits, **to)[0]  # type: ignore[arg-type]

    def add_all(
        self,
        songs: Sequence[Song],
        *,
        provider: str,
        credits: int,
        callback_url: str | None = None,
        base_url: str | None = None,
        account: str | None = None,
        credit: Decimal | None = SUNO.credit,
        url_life: float | None = SUNO.url_life,
        limits: Sequence[Limit | Budget] = (),
        origin: Origin | None = None,
        requester: str = "",
        keys: Sequence[str] = (),
        source_marks: Mapping[str, str] = {},
    ) -> list[Task]:
        """Queue all of the songs or none, at `credits` each; see `add`.

        `account` is the mark of the environment's key and address (`Shell`). `credit` is the price
        of a credit in dollars (None: not known). `url_life` is for how many seconds the audio is
        kept (None: for ever). `origin` is the track that they are made from; `source_marks` has, by
        track id, the marks of the audio that they carry on from. `requester` pays. `keys` has a key
        for each song: if one was queued under its key before, its task is returned instead. Raises
        `SpendLimitReached`.
        """
        added = []
        with self._change() as connection:
            known = of_keys(connection, keys)
            allow(connection, limits, credits * (len(songs) - len(known)), credit)
            for song, key in itertools.zip_longest(songs, keys):
                if key is not None and key in known:
                    added.append(known[key])
                    continue
                new = insert(
                    connection,
                    provider=provider,
                    **song_columns(song, origin, source_marks),
                    credits=credits,
                    callback_url=callback_url,
                    base_url=base_url,
                    account=account,
                    credit=None if credit is None else str(credit),
                    url_life=url_life,
                    requester=requester,
                    request_key=key,
                )
                added.append(self._task(connection, new))
                if key is not None:
                    known[key] = added[-1]
        return added

    def get(self, id: str) -> Task:
        """Return the task with that id. Raises `UnknownTask`."""
        with self.read() as connection:
            return self._task(connection, id, self._obstacle.check())

    def find(self, prefix: str) -> Task:
        """Return the task whose id, ours or the provider's, begins so, or raise `UnknownTask`."""
        start = prefix.strip().lower()
        match = "WHERE substr(id, 1, ?) = ? OR substr(lower(task_id), 1, ?) = ? ORDER BY seq DESC"
        with self.read() as connection:
            found = read_tasks(connection, match, (len(start), start) * 2) if start else []
        exact = [task for task in found if task.id == start]
        if len(found) > 1 and not exact:
            ids = ", ".join(task.id for task in found[:5])
            raise UnknownTask(f"{prefix!r} may mean any of {ids}. Type more characters.")
        if not found:
            raise UnknownTask(f"There is no task {prefix!r}. `suno-tui queue --all` lists them.")
        return (exact or found)[0]

    def live(self) -> list[Task]:
        """Return the tasks that have not ended and are not forgotten, in the queue's order."""
        with self.read() as connection:
            return read_tasks(
                connection, f"WHERE {LIVE} ORDER BY seq", obstacle=self._obstacle.check()
            )

    def all(self, *, forgotten: bool = False) -> list[Task]:
        """Return all tasks, newest first; with `forgotten`, forgotten ones too."""
        where = "" if forgotten else "WHERE forgotten_at IS NULL"
        with self.read() as connection:
            # Cached, since views call this after every change.
            return read_tasks(
                connection, f"{where} ORDER BY seq DESC", (), self._known, self._obstacle.check()
            )

    def retry(
        self,
        id: str,
        *,
        limits: Sequence[Limit | Budget] = (),
        shell: Shell | None = None,
        requester: str = "",
    ) -> Task:
        """Continue a task, with the key of `shell` if its provider has the same address there.

        A held task is tried now; a forgotten one returns to the queue. The song of an uncertain,
        failed or expired task is sent again: that may cost its credits once more, within the
        limits, and `requester` pays. Raises `NotNow` for a completed task, and `SpendLimitReached`.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if task.status is Status.COMPLETED:
                raise NotNow(f"{id} is completed. Generate the song again for other takes.")
            if sends_again(task):
                allow(connection, limits, task.credits, task.credit)
            proceed(connection, task, shell, requester)
        return self.get(id)

    def exchange(self, id: str, other: str) -> None:
        """Exchange the places of two waiting tasks. Raises `NotNow` if one was sent meanwhile."""
        with self._change() as connection:
            if not exchange(connection, id, other):
                raise NotNow("Only tasks that are not sent yet can be moved.")

    def poll_again(self, id: str) -> Task:
        """Ask the provider once more for an ended task's audio, free of charge.

        Raises `NotNow` if the task has no id at the provider, was cancelled, or has all takes.
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
        """Settle an uncertain task by the user's decision whether the provider took it.

        If it was not taken, it is sent again. If it was, it goes on with `task_id`, its id at the
        provider; without one it expires, as its audio can't be found. If the provider does not
        know the id that was given, it can be replaced. Raises `NotNow` if the task needs neither,
        or the id belongs to another task.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            replaces_id = accepted and task_id and task.takes_other_id
            if task.status is not Status.UNCERTAIN and not replaces_id:
                raise NotNow(f"{id} is not uncertain any more: it is {task.status}.")
            if not accepted:
                set_charge(connection, id, "void")
                queue_again(connection, id, task.nonce)
            else:
                if task_id and read_tasks(
                    connection, "WHERE task_id = ? AND id != ?", (task_id, id)
                ):
                    raise NotNow(f"{task_id} is another task of this queue.")
                mark_taken(connection, id, task_id)
        return self.get(id)

    def forget(self, id: str) -> Task:
        """Remove a task from the queue: it is no longer polled, and its charge stays in the books.

        `retry` brings it back. Its takes in the library stay.
        """
        with self._change() as connection:
            self._task(connection, id)
            forget(connection, id)
        return self.get(id)

    def unforget(self, id: str) -> Task:
        """Put an ended task back on the queue's list; nothing is sent.

        Raises `NotNow` if it is live: use `retry` then.
        """
        with self._change() as connection:
            if self._task(connection, id).live:
                raise NotNow(f"{id} has not ended: retry continues it.")
            connection.execute("UPDATE tasks SET forgotten_at = NULL WHERE id = ?", (id,))
        return self.get(id)

    def cancel(self, id: str) -> Task:
        """Stop a task, as far as its provider can.

        An unsent task ends at once as failed, with the code `cancelled`. A task of the built-in
        provider is stopped by the worker and ends the same way; it is `cancelling` until then.
        Other providers can't cancel: the task is forgotten, and its charge stays in the books.
        Raises `NotNow` if it has ended.
        """
        with self._change() as connection:
            task = self._task(connection, id)
            if task.status.ended:
                raise NotNow(f"{id} has ended: it is {task.status}.")
            if task.status is Status.QUEUED:
                cancel_unsent(connection, id)
            elif task.provider == LOCAL and task.status is not Status.DOWNLOADING:
                connection.execute(
                    "UPDATE tasks SET cancel_at = ?, forgotten_at = NULL WHERE id = ?", (now(), id)
                )
            else:
                forget(connection, id)
        return self.get(id)

    @property
    def paused(self) -> bool:
        """Whether no song is sent at the moment; accepted ones go on."""
        with self.read() as connection:
            return is_paused(connection)

    def pause(self) -> None:
        with self._change() as connection:
            connection.execute("INSERT OR REPLACE INTO flags VALUES ('paused', '1')")

    def resume(self) -> None:
        with self._change() as connection:
            connection.execute("DELETE FROM flags WHERE name = 'paused'")

    def spent(self, since: datetime | None = None) -> int:
        """Return the credits spent, including uncertain ones, without refunded ones."""
        with self.read() as connection:
            return spent(connection, since)

    def allow(self, limits: Sequence[Limit | Budget], credits: int, credit: Decimal | None) -> None:
        """Raise `SpendLimitReached` if `credits` more credits would exceed a limit."""
        with self.read() as connection:
            allow(connection, limits, credits, credit)

    def charges(self, since: datetime | None = None) -> list[Charge]:
        """Return every charge, newest first."""
        with self.read() as connection:
            return charges(connection, since)

    def owed(self, shell: Shell | None = None, *, own: bool = False) -> list[str | None]:
        """Return the different hold codes (None: no hold) of the tasks that a worker can drive.

        With `shell`, only those that a worker of that environment can drive; with `own`, those that
        no other can. Empty if nothing is owed: tasks that only the user can settle, and unsent
        songs of a paused queue, don't count. A refund check counts as `checking`.
        """
        with self.read() as connection:
            return owed(connection, shell, own=own, obstacle=self._obstacle.check())

    def note_balance(self, account: Account, credits: Amount, asked_at: float) -> None:
        """Record a balance that was requested at `asked_at`, in unix seconds."""
        with self.write() as connection:
            balances.note(connection, account, credits, asked_at)

    def balance(self, account: Account) -> Amount | None:
        """Return the last known balance of an account; None if there is none."""
        with self.read() as connection:
            return balances.read(connection, account)

    def explain(self, shell: Shell) -> None:
        """Write why the songs of other environments wait, if they have no hold yet."""
        unexplained = [t for t in self.live() if t.hold is None and not shell.may_drive(t)]
        if unexplained:
            with self.write() as connection:
                for task in unexplained:
                    explain(connection, task.id, shell.why_not(task))

    def by_key(self, keys: Iterable[str]) -> dict[str, Task]:
        """Return the tasks that were queued under these keys."""
        with self.read() as connection:
            return of_keys(connection, keys)

    def _task(self, connection: sqlite3.Connection, id: str, obstacle: Hold | None = None) -> Task:
        found = read_tasks(connection, "WHERE id = ?", (id,), obstacle=obstacle)
        if not found:
            raise UnknownTask(f"There is no task {id!r}. `suno-tui queue --all` lists them.")
        return found[0]

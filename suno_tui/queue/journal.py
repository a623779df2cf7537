"""The worker's steps through a task's life, each one transaction of the store.

A step names the status that it starts from, so that what a user did meanwhile (forget, settle,
retry) is never written over.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from suno_tui.api.answers import RemoteTake, RemoteTask
from suno_tui.queue.changes import explain, queue_again, set_charge
from suno_tui.queue.money import books
from suno_tui.queue.owing import ENDED, LIVE, adopt, busy, lift, wait_for_turn
from suno_tui.queue.records import Failure, Hold, Refund, Status, Task
from suno_tui.queue.rows import is_paused, now, read_tasks
from suno_tui.queue.shell import Shell
from suno_tui.queue.store import TaskStore

KNOWN_FIELDS = ("id", "status", "model", "created_at", "completed_at", "progress", "output")


class Journal:
    """What the worker writes. Every method returns once it is on disk."""

    def __init__(self, store: TaskStore) -> None:
        self.store = store

    # Sending

    def receipt(self, task: Task, balance: int | None, callback_url: str | None = None) -> bool:
        """Note that the song leaves now; False where the user took it back or paused the queue.

        A hold stays until the song is accepted: it tells the last trouble. What is sent is kept,
        its callback URL too: the same nonce with another body would be refused.
        """
        with self.store.write() as connection:
            if is_paused(connection):
                return False
            changed = connection.execute(
                "UPDATE tasks SET status = 'submitting', submitted_at = ?, balance_before = ?, "
                "callback_url = COALESCE(?, callback_url) "
                "WHERE id = ? AND status = 'queued' AND forgotten_at IS NULL AND account IS ?",
                (now(), balance, callback_url, task.id, task.account),
            )
            if changed.rowcount != 1:
                return False
            connection.execute(
                "INSERT INTO charges (task, provider, credits, at, state) "
                "VALUES (?, ?, ?, ?, 'open')",
                (task.id, task.provider, task.credits, now()),
            )
        return True

    def accepted(self, id: str, task_id: str) -> None:
        """The provider took it: nothing matters more than to keep its id."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'pending', task_id = ?, accepted_at = ?, "
                "hold_code = NULL, hold_message = NULL "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (task_id, now(), id),
            )
            set_charge(connection, id, "charged", task_id)

    def by_nonce(self, nonce: str) -> Task | None:
        """The task whose song carries that nonce, forgotten or not."""
        with self.store.read() as connection:
            return next(iter(read_tasks(connection, "WHERE nonce = ?", (nonce,))), None)

    def proved(self, id: str, nonce: str, task_id: str) -> bool:
        """A callback told the id of a song that was sent, and the provider knows that id.

        False where the task stands elsewhere by now, or the id is another task's.
        """
        with self.store.write() as connection:
            changed = connection.execute(
                "UPDATE tasks SET status = 'pending', task_id = ?, accepted_at = ?, "
                "hold_code = NULL, hold_message = NULL WHERE id = ? AND nonce = ? "
                "AND status IN ('queued', 'submitting', 'uncertain') "
                "AND EXISTS (SELECT 1 FROM charges WHERE charges.task = tasks.id) "
                "AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.provider = tasks.provider "
                "AND t.task_id = ?)",
                (task_id, now(), id, nonce, task_id),
            )
            if changed.rowcount:
                set_charge(connection, id, "charged", task_id)
        return bool(changed.rowcount)

    def not_taken(self, id: str, hold: Hold | None = None) -> None:
        """It never arrived, or was refused in a way that passes: it is queued as before."""
        with self.store.write() as connection:
            changed = connection.execute(
                "UPDATE tasks SET status = 'queued', submitted_at = NULL, balance_before = NULL, "
                "hold_code = ?, hold_message = ? "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (hold.code if hold else None, hold.message if hold else None, id),
            )
            if changed.rowcount:
                set_charge(connection, id, "void")

    def send_again(self, task: Task) -> None:
        """Queue an unanswered song again, where its receipt's nonce makes that safe."""
        with self.store.write() as connection:
            if read_tasks(connection, "WHERE id = ? AND status = 'submitting'", (task.id,)):
                set_charge(connection, task.id, "void")
                queue_again(connection, task.id, task.nonce)

    def refused(self, id: str, failure: Failure) -> None:
        """The provider will never take it: nothing was charged."""
        with self.store.write() as connection:
            set_charge(connection, id, "void")
            _end(connection, id, Status.FAILED, failure, None)

    def doubtful(self, id: str, hold: Hold) -> None:
        """Nobody knows whether it was taken, or why that can't be found out."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'uncertain', hold_code = ?, hold_message = ? "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (hold.code, hold.message, id),
            )

    def muddled(self, task: Task) -> bool:
        """Whether another task of the account moved its balance since this one was sent; also where
        the clock went back since, and with it the order of things."""
        since = task.submitted_at.timestamp() if task.submitted_at else 0.0
        if now() < since:
            return True
        with self.store.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM tasks WHERE provider = ? AND id != ? AND credits > 0 "
                "AND (accepted_at > ? OR (status = 'failed' AND ended_at > ?) "
                "OR (status = 'uncertain' AND submitted_at > ?))",
                (task.provider, task.id, since, since, since),
            ).fetchone()
        return found is not None

    # Holding

    def hold(self, ids: Sequence[str], hold: Hold | None) -> None:
        """Say why tasks don't go on at the moment; None lifts it."""
        values = (hold.code if hold else None, hold.message if hold else None)
        with self.store.write() as connection:
            connection.executemany(
                f"UPDATE tasks SET hold_code = ?, hold_message = ? WHERE id = ? AND {LIVE}",
                [(*values, task) for task in ids],
            )

    def hold_each(self, holds: Mapping[str, Hold | None]) -> None:
        """As `hold`, with a reason for each task."""
        with self.store.write() as connection:
            connection.executemany(
                f"UPDATE tasks SET hold_code = ?, hold_message = ? WHERE id = ? AND {LIVE}",
                [(*(hold or (None, None)), task) for task, hold in holds.items()],
            )

    def explain(self, id: str, hold: Hold | None, before: Hold | None = None) -> None:
        """Say why a task waits, if its record still says `before`: its own trouble goes first."""
        with self.store.write() as connection:
            explain(connection, id, hold, before)

    def hold_line(
        self,
        provider: str,
        base_url: str | None,
        account: str | None,
        before: Hold | None,
        hold: Hold | None,
        *,
        ours: bool,
        queued: bool,
    ) -> None:
        """The same for the live tasks of a provider at an address (`queued`: only what is not sent
        yet), except for those that have a reason of their own. `before` is the reason until now."""
        status = "= 'queued'" if queued else "IN ('queued', 'pending', 'processing')"
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET hold_code = ?, hold_message = ? "
                "WHERE provider = ? AND base_url IS ? "
                "AND (account IS ? OR (? AND account IS NULL)) "
                f"AND {LIVE} AND status {status} "
                "AND (hold_code IS NULL OR (hold_code = ? AND hold_message = ?))",
                (
                    hold.code if hold else None,
                    hold.message if hold else None,
                    provider,
                    base_url,
                    account,
                    ours,
                    before.code if before else None,
                    before.message if before else None,
                ),
            )

    def lift_all(self, shell: Shell) -> None:
        """A worker that begins finds out anew what is in the way of its tasks."""
        with self.store.write() as connection:
            lift(connection, shell)

    def wait_for_turn(self, shell: Shell) -> None:
        """Say of a worker's own tasks that they wait until it is at work."""
        with self.store.write() as connection:
            wait_for_turn(connection, shell)

    def adopt(self, shell: Shell) -> None:
        """Take over what waits for a sound key to the same address."""
        with self.store.write() as connection:
            adopt(connection, shell)

    def busy(self) -> bool:
        """Whether something is under way that would begin anew in another worker."""
        with self.store.read() as connection:
            return busy(connection)

    def take_absent(self, id: str, number: int) -> None:
        """A take that was announced, and never had a URL, does not exist."""
        with self.store.write() as connection:
            connection.execute(
                "DELETE FROM takes WHERE task = ? AND number = ? AND url = ''", (id, number)
            )

    def too_late(self, id: str) -> None:
        """The task had ended at its provider before it could be cancelled."""
        with self.store.write() as connection:
            connection.execute("UPDATE tasks SET cancel_at = NULL WHERE id = ?", (id,))

    # Watching

    def seen(self, id: str, remote: RemoteTask) -> None:
        """How a running task stands. A task that was once completed does not go back."""
        extra = {key: value for key, value in remote.raw.items() if key not in KNOWN_FIELDS}
        status = remote.status if remote.status in ("pending", "processing") else None
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = COALESCE(?, status), progress = ?, raw_status = ?, "
                "extra = ?, hold_code = NULL, hold_message = NULL "
                "WHERE id = ? AND status IN ('pending', 'processing')",
                (status, remote.progress, remote.raw_status, _json(extra), id),
            )

    def takes(self, id: str, results: Sequence[RemoteTake], age: float = 0.0) -> None:
        """The task has been done at the provider for `age` seconds: note its takes, or the new URLs
        of those not done."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'downloading', completed_at = COALESCE(completed_at, ?),"
                " progress = NULL, raw_status = 'completed', "
                # A new URL is no answer yet to what was in the way of the old one.
                "hold_code = CASE status WHEN 'downloading' THEN hold_code END, "
                "hold_message = CASE status WHEN 'downloading' THEN hold_message END "
                "WHERE id = ? AND status IN ('pending', 'processing', 'downloading')",
                (now() - age, id),
            )
            connection.executemany(
                """INSERT INTO takes (task, number, title, tags, lyrics, duration, url, image_url,
                   state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')
                   ON CONFLICT (task, number) DO UPDATE SET
                   url = CASE excluded.url WHEN '' THEN url ELSE excluded.url END,
                   image_url = CASE excluded.image_url WHEN '' THEN image_url
                               ELSE excluded.image_url END""",
                [
                    (
                        id,
                        take.number,
                        take.title,
                        take.tags,
                        take.lyrics,
                        take.duration,
                        take.url,
                        take.image_url,
                    )
                    for take in results
                ],
            )

    def finishing(self, id: str, hold: Hold) -> None:
        """Done, says the provider, but its files are not there: note since when."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'processing', raw_status = 'completed', hold_code = ?, "
                "hold_message = ?, completed_at = COALESCE(completed_at, ?) "
                "WHERE id = ? AND status IN ('pending', 'processing')",
                (hold.code, hold.message, now(), id),
            )

    def not_understood(self, id: str, answer: str) -> None:
        """Keep what the provider said, for the user; empty where it was understood."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET answer = ? WHERE id = ? AND answer IS NOT ?",
                (answer or None, id, answer or None),
            )

    # Fetching

    def filing(self, id: str, number: int, begins: bool) -> None:
        """A take is being put into the library, or no more: what a worker that dies leaves set."""
        change = "filings + 1" if begins else "0"
        self._take(id, number, f"filings = {change}")

    def received(self, id: str, number: int, got: int, size: int | None) -> None:
        """How far a download is, in bytes."""
        self._take(id, number, "state = 'downloading', received = ?, size = ?", got, size)

    def take_trouble(self, id: str, number: int, message: str) -> None:
        self._take(id, number, "state = 'waiting', error = ?", message)

    def take_done(self, id: str, number: int, track_id: str) -> None:
        """The take is in the library."""
        self._take(id, number, "state = 'done', error = NULL, track_id = ?", track_id)

    def take_lost(self, id: str, number: int, message: str) -> None:
        self._take(id, number, "state = 'lost', error = ?", message)

    def _take(self, id: str, number: int, change: str, *values: object) -> None:
        with self.store.write() as connection:
            connection.execute(
                f"UPDATE takes SET {change} WHERE task = ? AND number = ? AND state != 'done'",
                (*values, id, number),
            )

    # Ending

    def end(
        self,
        id: str,
        status: Status,
        failure: Failure | None = None,
        *,
        refund: Refund | None = None,
    ) -> None:
        """The task has ended. Its record stays, for its story and its price."""
        with self.store.write() as connection:
            _end(connection, id, status, failure, refund)

    def set_aside(self, id: str, failure: Failure) -> None:
        """End a task whose row can't be read. What was paid stays paid: if the provider's id is
        there, the user can ask for the audio again."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'failed', error_code = ?, error_message = ?, "
                "ended_at = ?, hold_code = NULL, hold_message = NULL, cancel_at = NULL, "
                "refund = CASE refund WHEN 'checking' THEN 'unknown' ELSE refund END WHERE id = ?",
                (*failure, now(), id),
            )

    def refund(self, id: str, outcome: Refund) -> None:
        """What became of a failed task's credits."""
        with self.store.write() as connection:
            changed = connection.execute(
                "UPDATE tasks SET refund = ? WHERE id = ? AND refund = ?",
                (outcome, id, Refund.CHECKING),
            )
            if changed.rowcount and outcome is Refund.CAME:
                set_charge(connection, id, "refunded")

    def unchecked(self) -> list[Task]:
        """Failed tasks whose refund is still to be checked."""
        with self.store.read() as connection:
            return read_tasks(
                connection, "WHERE refund = ? AND forgotten_at IS NULL", (Refund.CHECKING,)
            )

    def books(self, task: Task) -> tuple[int, int] | None:
        """See `money.books`."""
        with self.store.read() as connection:
            return books(connection, task)


def _json(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 20_000 else "{}"


def _end(
    connection: sqlite3.Connection,
    id: str,
    status: Status,
    failure: Failure | None,
    refund: Refund | None,
) -> None:
    connection.execute(
        "UPDATE tasks SET status = ?, error_code = ?, error_message = ?, refund = ?, "
        "ended_at = ?, progress = NULL, hold_code = NULL, hold_message = NULL "
        f"WHERE id = ? AND status NOT IN {ENDED}",
        (
            status,
            failure.code if failure else None,
            failure.message if failure else None,
            refund,
            now(),
            id,
        ),
    )

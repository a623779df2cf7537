"""The changes that the worker makes to a task, each one transaction of the store.

A change names the status that it starts from, so that it never overwrites what a user did meanwhile
(forget, settle, retry).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from suno_tui.providers.remote import Amount, RemoteTake, RemoteTask
from suno_tui.tasks.models import Failure, Hold, Refund, Status, Task
from suno_tui.tasks.owing import (
    LIVE,
    adopt,
    busy,
    first_of,
    lift,
    sent_and_not_made,
    wait_for_turn,
)
from suno_tui.tasks.row_mapping import is_paused, now, read_tasks, write_amount
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.spending import disturbed, expected_balance, failed_since
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.transitions import end, explain, queue_again, set_charge
from suno_tui.worker.take_rows import as_json, write_takes

KNOWN_FIELDS = ("id", "status", "model", "created_at", "completed_at", "progress", "output")


class Journal:
    """Writes the worker's changes. Every method returns once its change is on disk."""

    def __init__(self, store: TaskStore) -> None:
        self.store = store

    # Sending

    def write_receipt(
        self,
        task: Task,
        balance: Amount | None,
        callback_url: str | None = None,
        *,
        asked_at: float | None = None,
    ) -> bool:
        """Note that the song is sent now; return False if it must not be.

        It must not be sent if the user took it back, the queue is paused, or `balance`, read at
        `asked_at` (unix seconds), is out of date: if another task failed since, its refund may be
        missing there and would hide this song's charge. A hold stays until the song is accepted,
        as it has the last error. The callback URL is kept, since the same nonce with another body
        would be refused.
        """
        with self.store.write() as connection:
            if is_paused(connection):
                return False
            if asked_at is not None and failed_since(connection, task, asked_at):
                return False
            changed = connection.execute(
                "UPDATE tasks SET status = 'submitting', submitted_at = ?, balance_before = ?, "
                "callback_url = COALESCE(?, callback_url) "
                "WHERE id = ? AND status = 'queued' AND forgotten_at IS NULL AND account IS ?",
                (now(), write_amount(balance), callback_url, task.id, task.account),
            )
            if changed.rowcount != 1:
                return False
            connection.execute(
                "INSERT INTO charges (task, provider, credits, at, requester, state) "
                "SELECT id, provider, credits, ?, requester, 'open' FROM tasks WHERE id = ?",
                (now(), task.id),
            )
        return True

    def accepted(self, id: str, task_id: str, position: int | None = None) -> None:
        """Keep the id of a song that the provider took, and its place in the queue there."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'pending', task_id = ?, accepted_at = ?, position = ?, "
                "hold_code = NULL, hold_message = NULL "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (task_id, now(), position, id),
            )
            set_charge(connection, id, "charged", task_id)

    def by_nonce(self, nonce: str) -> Task | None:
        """Return the task whose song has that nonce, forgotten or not."""
        with self.store.read() as connection:
            return next(iter(read_tasks(connection, "WHERE nonce = ?", (nonce,))), None)

    def confirm_by_callback(self, id: str, nonce: str, task_id: str) -> bool:
        """Keep the id of a sent song that a callback brought and the provider confirmed.

        Return False if the task has another state by now, or the id is another task's.
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

    def not_taken(self, id: str, hold: Hold | None = None, retry_at: float | None = None) -> None:
        """Queue a song again that never arrived or was refused for a temporary reason."""
        with self.store.write() as connection:
            changed = connection.execute(
                "UPDATE tasks SET status = 'queued', submitted_at = NULL, balance_before = NULL, "
                "hold_code = ?, hold_message = ?, retry_at = ? "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (*(hold or (None, None)), retry_at, id),
            )
            if changed.rowcount:
                set_charge(connection, id, "void")

    def send_again(self, task: Task) -> None:
        """Queue an unanswered song again with its nonce, if the provider honours nonces."""
        with self.store.write() as connection:
            if read_tasks(connection, "WHERE id = ? AND status = 'submitting'", (task.id,)):
                set_charge(connection, task.id, "void")
                queue_again(connection, task.id, task.nonce)

    def send_lost_again(self, task: Task) -> None:
        """Queue a song again that its provider took and forgot, where songs are free."""
        with self.store.write() as connection:
            where = "WHERE id = ? AND status IN ('pending', 'processing')"
            if read_tasks(connection, where, (task.id,)):
                set_charge(connection, task.id, "void")
                queue_again(connection, task.id, task.nonce)

    def refused(self, id: str, failure: Failure) -> None:
        """End a task that the provider will never take: nothing was charged."""
        with self.store.write() as connection:
            set_charge(connection, id, "void")
            end(connection, id, Status.FAILED, failure, None)

    def mark_uncertain(self, id: str, hold: Hold) -> None:
        """Note that it is not known whether the song was taken; `hold` says what happens next."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'uncertain', hold_code = ?, hold_message = ? "
                "WHERE id = ? AND status IN ('submitting', 'uncertain')",
                (hold.code, hold.message, id),
            )

    def balance_disturbed(self, task: Task) -> bool:
        """Return whether another task of the account changed its balance since this one was sent.

        Also true if the clock went back since then, as the order of events is lost.
        """
        since = task.submitted_at.timestamp() if task.submitted_at else 0.0
        if now() < since:
            return True
        with self.store.read() as connection:
            return disturbed(connection, task, since)

    # Holding

    def hold_each(self, holds: Mapping[str, Hold | None], retry_at: float | None = None) -> None:
        """Write why each task waits (None lifts its hold), and when they are tried again (unix
        seconds)."""
        with self.store.write() as connection:
            connection.executemany(
                "UPDATE tasks SET hold_code = ?, hold_message = ?, retry_at = ? "
                f"WHERE id = ? AND {LIVE}",
                [(*(hold or (None, None)), retry_at, task) for task, hold in holds.items()],
            )

    def explain(
        self,
        id: str,
        hold: Hold | None,
        before: Hold | None = None,
        retry_at: float | None = None,
    ) -> None:
        """Write why a task waits, if its record still has `before`."""
        with self.store.write() as connection:
            explain(connection, id, hold, before, retry_at)

    def hold_provider(
        self,
        provider: str,
        base_url: str | None,
        account: str | None,
        before: Hold | None,
        hold: Hold | None,
        *,
        ours: bool,
        queued: bool,
        retry_at: float | None = None,
    ) -> None:
        """Replace the hold `before` of a provider's live tasks; tasks with another hold keep it.

        With `queued`, only tasks that are not sent yet are changed; with `ours`, tasks without an
        account too. `retry_at` is when the provider is tried again, in unix seconds.
        """
        status = "= 'queued'" if queued else "IN ('queued', 'pending', 'processing')"
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET hold_code = ?, hold_message = ?, retry_at = ? "
                "WHERE provider = ? AND base_url IS ? "
                "AND (account IS ? OR (? AND account IS NULL)) "
                f"AND {LIVE} AND status {status} "
                "AND (hold_code IS NULL OR (hold_code = ? AND hold_message = ?))",
                (
                    *(hold or (None, None)),
                    retry_at,
                    *(provider, base_url, account, ours),
                    *(before or (None, None)),
                ),
            )

    def lift_all(self, shell: Shell) -> None:
        """Lift all holds: a worker that starts tries everything again."""
        with self.store.write() as connection:
            lift(connection, shell)

    def wait_for_turn(self, shell: Shell) -> None:
        """Write that the tasks of this environment wait for their worker's turn."""
        with self.store.write() as connection:
            wait_for_turn(connection, shell)

    def adopt(self, shell: Shell) -> None:
        """Take over tasks that wait for a valid key to the same address."""
        with self.store.write() as connection:
            adopt(connection, shell)

    def busy(self) -> bool:
        """Return whether work is going on that another worker would have to start again."""
        with self.store.read() as connection:
            return busy(connection)

    def sent_and_not_made(self, provider: str) -> int:
        """Return how many songs a provider has taken and not finished yet."""
        with self.store.read() as connection:
            return sent_and_not_made(connection, provider)

    def first_of(self, ids: Collection[str]) -> str:
        """Return which of these waiting tasks is sent first."""
        with self.store.read() as connection:
            return first_of(connection, ids)

    def take_absent(self, id: str, number: int) -> None:
        """Remove a take that was announced and never got a URL."""
        with self.store.write() as connection:
            connection.execute(
                "DELETE FROM takes WHERE task = ? AND number = ? AND url = ''", (id, number)
            )

    def cancel_too_late(self, id: str) -> None:
        """Drop the wish to cancel: the task had ended at its provider before."""
        with self.store.write() as connection:
            connection.execute("UPDATE tasks SET cancel_at = NULL WHERE id = ?", (id,))

    # Polling

    def record_status(self, id: str, remote: RemoteTask) -> None:
        """Write the state of a running task. A completed one does not go back."""
        extra = {key: value for key, value in remote.raw.items() if key not in KNOWN_FIELDS}
        status = remote.status if remote.status in ("pending", "processing") else None
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = COALESCE(?, status), progress = ?, raw_status = ?, "
                "extra = ?, hold_code = NULL, hold_message = NULL "
                "WHERE id = ? AND status IN ('pending', 'processing')",
                (status, remote.progress, remote.raw_status, as_json(extra), id),
            )

    def record_takes(self, id: str, results: Sequence[RemoteTake], age: float = 0.0) -> None:
        """Write the takes of a task that was completed `age` seconds ago, or their new URLs."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'downloading', completed_at = COALESCE(completed_at, ?),"
                " progress = NULL, raw_status = 'completed', "
                # Whether a new URL is better than the old one is not known yet.
                "hold_code = CASE status WHEN 'downloading' THEN hold_code END, "
                "hold_message = CASE status WHEN 'downloading' THEN hold_message END "
                "WHERE id = ? AND status IN ('pending', 'processing', 'downloading')",
                (now() - age, id),
            )
            write_takes(connection, id, results)

    def record_early(self, id: str, results: Sequence[RemoteTake]) -> None:
        """Write takes that are ready before the task is completed."""
        with self.store.write() as connection:
            write_takes(connection, id, results)

    def record_finishing(self, id: str, hold: Hold) -> None:
        """Note when the provider called the task completed, before it has any files."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'processing', raw_status = 'completed', hold_code = ?, "
                "hold_message = ?, completed_at = COALESCE(completed_at, ?) "
                "WHERE id = ? AND status IN ('pending', 'processing')",
                (hold.code, hold.message, now(), id),
            )

    def keep_answer(self, id: str, answer: str) -> None:
        """Keep an answer that was not understood, for the user; an empty one removes it."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET answer = ? WHERE id = ? AND answer IS NOT ?",
                (answer or None, id, answer or None),
            )

    # Downloading

    def begin_filing(self, id: str, number: int, size: int) -> None:
        """Count that a filing of a take began, and note the size of its audio in bytes.

        The count stays if the worker dies meanwhile; `end_filing` sets it back.
        """
        self._update_take(id, number, "filings = filings + 1, received = ?, size = ?", size, size)

    def end_filing(self, id: str, number: int) -> None:
        self._update_take(id, number, "filings = 0")

    def record_received(self, id: str, number: int, got: int, size: int | None) -> None:
        """Write how far a download is, in bytes."""
        change = "state = 'downloading', received = ?, size = ?"
        self._update_take(id, number, change, got, size)

    def take_trouble(self, id: str, number: int, message: str) -> None:
        self._update_take(id, number, "state = 'waiting', error = ?", message)

    def take_done(self, id: str, number: int, track_id: str) -> None:
        """Note that the take is in the library."""
        self._update_take(id, number, "state = 'done', error = NULL, track_id = ?", track_id)

    def take_lost(self, id: str, number: int, message: str) -> None:
        self._update_take(id, number, "state = 'lost', error = ?", message)

    def _update_take(self, id: str, number: int, change: str, *values: object) -> None:
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
        """End the task. Its record stays, for its price and what became of it."""
        with self.store.write() as connection:
            end(connection, id, status, failure, refund)

    def set_aside(self, id: str, failure: Failure) -> None:
        """End a task whose row can't be read. The charge stays in the books: if the row has the
        provider's id, the user can fetch the audio again."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'failed', error_code = ?, error_message = ?, "
                "ended_at = ?, hold_code = NULL, hold_message = NULL, cancel_at = NULL, "
                "refund = CASE refund WHEN 'checking' THEN 'unknown' ELSE refund END WHERE id = ?",
                (*failure, now(), id),
            )

    def refund(self, id: str, outcome: Refund) -> None:
        """Write what became of a failed task's credits."""
        with self.store.write() as connection:
            changed = connection.execute(
                "UPDATE tasks SET refund = ? WHERE id = ? AND refund = ?",
                (outcome, id, Refund.CHECKING),
            )
            if changed.rowcount and outcome is Refund.CAME:
                set_charge(connection, id, "refunded")

    def refunds_to_check(self) -> list[Task]:
        """Return the failed tasks whose refund is still to be checked."""
        with self.store.read() as connection:
            return read_tasks(
                connection, "WHERE refund = ? AND forgotten_at IS NULL", (Refund.CHECKING,)
            )

    def expected_balance(self, task: Task) -> tuple[Amount, int] | None:
        """See `spending.expected_balance`."""
        with self.store.read() as connection:
            return expected_balance(connection, task)

"""Changes to a task that views and the worker share, inside the caller's transaction."""

from __future__ import annotations

import sqlite3
import uuid

from suno_tui.tasks.models import Failure, Hold, Refund, Status, Task
from suno_tui.tasks.owing import ENDED, LIVE
from suno_tui.tasks.row_mapping import new_id, now
from suno_tui.tasks.shell import Shell

CANCELLED = Failure("cancelled", "You cancelled it.")


def insert(connection: sqlite3.Connection, **columns: object) -> str:
    """Queue a task after all others and return its id; `columns` are the values of its row."""
    new = new_id()
    while connection.execute("SELECT 1 FROM tasks WHERE id = ?", (new,)).fetchone():
        new = new_id()
    columns |= {"id": new, "status": "queued", "nonce": uuid.uuid4().hex, "created_at": now()}
    connection.execute(
        f"INSERT INTO tasks (seq, {', '.join(columns)}) VALUES "
        f"((SELECT COALESCE(MAX(seq), 0) + 1 FROM tasks){', ?' * len(columns)})",
        tuple(columns.values()),
    )
    return new


def forget(connection: sqlite3.Connection, id: str) -> None:
    connection.execute(
        "UPDATE tasks SET forgotten_at = ? WHERE id = ? AND forgotten_at IS NULL", (now(), id)
    )


def explain(
    connection: sqlite3.Connection,
    id: str,
    hold: Hold | None,
    before: Hold | None = None,
    retry_at: float | None = None,
) -> None:
    """Write why a live task waits, and until when, if its record still has `before`."""
    connection.execute(
        "UPDATE tasks SET hold_code = ?, hold_message = ?, retry_at = ? WHERE id = ? "
        f"AND hold_code IS ? AND hold_message IS ? AND {LIVE}",
        (*(hold or (None, None)), retry_at, id, *(before or (None, None))),
    )


def cancel_unsent(connection: sqlite3.Connection, id: str) -> None:
    """End a task that was not sent."""
    end(connection, id, Status.FAILED, CANCELLED, None)


def end(
    connection: sqlite3.Connection,
    id: str,
    status: Status,
    failure: Failure | None,
    refund: Refund | None,
) -> None:
    """End a task that has not ended yet."""
    connection.execute(
        "UPDATE tasks SET status = ?, error_code = ?, error_message = ?, refund = ?, "
        "ended_at = ?, progress = NULL, hold_code = NULL, hold_message = NULL "
        f"WHERE id = ? AND status NOT IN {ENDED}",
        (status, *(failure or (None, None)), refund, now(), id),
    )


def to_the_end(connection: sqlite3.Connection, id: str) -> None:
    """Move a task to the end of the queue."""
    connection.execute(
        "UPDATE tasks SET seq = (SELECT MAX(seq) + 1 FROM tasks) WHERE id = ?", (id,)
    )


def exchange(connection: sqlite3.Connection, id: str, other: str) -> bool:
    """Exchange the places of two tasks that are not sent yet; return False if one was sent."""
    changed = connection.execute(
        "UPDATE tasks SET seq = (SELECT SUM(seq) FROM tasks WHERE id IN (?, ?)) - seq "
        "WHERE id IN (?, ?) AND (SELECT COUNT(*) FROM tasks WHERE id IN (?, ?) "
        "AND status = 'queued' AND forgotten_at IS NULL) = 2",
        (id, other) * 3,
    )
    return changed.rowcount == 2


def queue_again(connection: sqlite3.Connection, id: str, nonce: str) -> None:
    """Reset a task to `queued`, with the given nonce."""
    # If the callback URL contains the old nonce, the worker made it.
    connection.execute(
        """UPDATE tasks SET status = 'queued', nonce = ?, callback_url = CASE
           WHEN nonce != ? AND instr(callback_url, nonce) THEN NULL ELSE callback_url END,
           hold_code = NULL, hold_message = NULL,
           error_code = NULL, error_message = NULL, task_id = NULL, progress = NULL,
           raw_status = '', answer = NULL,
           submitted_at = NULL, accepted_at = NULL, completed_at = NULL,
           ended_at = NULL, balance_before = NULL, refund = NULL, extra = '{}' WHERE id = ?""",
        (nonce, nonce, id),
    )
    connection.execute("DELETE FROM takes WHERE task = ?", (id,))


def sends_again(task: Task) -> bool:
    """Return whether `proceed` makes a song be sent that would not be sent otherwise."""
    unsent = task.status is Status.QUEUED and task.forgotten
    return unsent or task.status.ended or task.status is Status.UNCERTAIN


def proceed(
    connection: sqlite3.Connection, task: Task, shell: Shell | None, requester: str
) -> None:
    """Continue a task: try a held one at once; send the song of an ended or uncertain one again,
    which `requester` pays for."""
    connection.execute(
        "UPDATE tasks SET forgotten_at = NULL, cancel_at = NULL, hold_code = NULL, "
        "hold_message = NULL WHERE id = ?",
        (task.id,),
    )
    connection.execute("UPDATE takes SET filings = 0 WHERE task = ?", (task.id,))
    if sends_again(task):
        connection.execute("UPDATE tasks SET requester = ? WHERE id = ?", (requester, task.id))
    here = task.base_url and shell and shell.addresses.get(task.provider) == task.base_url
    if here and shell and (task.status is Status.QUEUED or task.status.ended):
        account = shell.accounts.get(task.provider)
        connection.execute("UPDATE tasks SET account = ? WHERE id = ?", (account, task.id))
    if task.status is Status.UNCERTAIN:
        # With the same nonce, a provider that honours it charges nothing twice.
        queue_again(connection, task.id, task.nonce)
    elif task.status.ended:
        queue_again(connection, task.id, uuid.uuid4().hex)
        to_the_end(connection, task.id)


def set_charge(
    connection: sqlite3.Connection, id: str, state: str, task_id: str | None = None
) -> None:
    """Change the state of a task's last charge."""
    connection.execute(
        "UPDATE charges SET state = ?, task_id = COALESCE(?, task_id) "
        "WHERE id = (SELECT MAX(id) FROM charges WHERE task = ?)",
        (state, task_id, id),
    )


def mark_taken(connection: sqlite3.Connection, id: str, task_id: str | None) -> None:
    """Note that the provider took the song; without its id there, the task expires."""
    if task_id:
        connection.execute(
            "UPDATE tasks SET status = 'pending', task_id = ?, accepted_at = ?, ended_at = NULL, "
            "hold_code = NULL, hold_message = NULL, error_code = NULL, error_message = NULL, "
            "refund = NULL, forgotten_at = NULL WHERE id = ?",
            (task_id, now(), id),
        )
    else:
        connection.execute(
            "UPDATE tasks SET status = 'expired', accepted_at = submitted_at, "
            "ended_at = ?, hold_code = NULL, hold_message = NULL, error_code = 'id_lost', "
            "error_message = 'The provider took the song, but its id was lost.' "
            "WHERE id = ?",
            (now(), id),
        )
    set_charge(connection, id, "charged", task_id)

"""Changes to a task that a view and the worker make alike, inside a transaction of theirs."""

from __future__ import annotations

import sqlite3

from suno_tui.queue.owing import LIVE
from suno_tui.queue.records import Hold
from suno_tui.queue.rows import now


def forget(connection: sqlite3.Connection, id: str) -> None:
    connection.execute(
        "UPDATE tasks SET forgotten_at = ? WHERE id = ? AND forgotten_at IS NULL", (now(), id)
    )


def explain(
    connection: sqlite3.Connection, id: str, hold: Hold | None, before: Hold | None = None
) -> None:
    """Say why a live task waits, if its record still says `before`."""
    connection.execute(
        "UPDATE tasks SET hold_code = ?, hold_message = ? WHERE id = ? AND hold_code IS ? "
        f"AND hold_message IS ? AND {LIVE}",
        (*(hold or (None, None)), id, *(before or (None, None))),
    )


def queue_again(connection: sqlite3.Connection, id: str, nonce: str) -> None:
    # A callback URL that carries the nonce was made by the worker, and belongs to that nonce.
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


def set_charge(
    connection: sqlite3.Connection, id: str, state: str, task_id: str | None = None
) -> None:
    """Change the last charge of a task."""
    connection.execute(
        "UPDATE charges SET state = ?, task_id = COALESCE(?, task_id) "
        "WHERE id = (SELECT MAX(id) FROM charges WHERE task = ?)",
        (state, task_id, id),
    )


def taken(connection: sqlite3.Connection, id: str, task_id: str | None) -> None:
    """The user says that the provider took an uncertain song: with its id it goes on."""
    if task_id:
        connection.execute(
            "UPDATE tasks SET status = 'pending', task_id = ?, accepted_at = ?, "
            "hold_code = NULL, hold_message = NULL WHERE id = ?",
            (task_id, now(), id),
        )
    else:
        connection.execute(
            "UPDATE tasks SET status = 'expired', accepted_at = submitted_at, "
            "ended_at = ?, hold_code = NULL, hold_message = NULL, error_code = 'id_lost', "
            "error_message = 'The provider took it, but its id never reached us.' "
            "WHERE id = ?",
            (now(), id),
        )
    set_charge(connection, id, "charged", task_id)

"""Tasks and their credits: accepting and charging a task, ending and refunding it."""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from suno_tui.providers.song import Song
from suno_tui.providers.tables.suno import URL_LIFE
from suno_tui.server import accounts
from suno_tui.server.accounts import Address, Key
from suno_tui.server.database import Database

NONCE_LIFE = 24 * 3600
"""Seconds for which an `Idempotency-Key` is remembered."""

LIVE = "status IN ('pending', 'processing')"


class Refused(Exception):
    """A request is refused with a documented error code, and a message of its own if it has one.

    `status` replaces the documented HTTP status; `retry_after` is in seconds; with `closes` the
    connection is closed after the answer.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        closes: bool = False,
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.closes = closes


@dataclass(frozen=True, slots=True)
class Order:
    """A request for a task that has passed every check outside of the ledger.

    `credits` is its price, `address` the client's (None: not known), `nonce` its Idempotency-Key.
    """

    model: str
    input: dict[str, Any]
    credits: int
    now: float
    base_url: str
    callback_url: str | None = None
    nonce: str | None = None
    digest: bytes = b""
    rehearse: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class TakeRow:
    """A finished take; `audio` and `cover` are names in the storage, `duration` is in seconds."""

    number: int
    id: str
    title: str
    tags: str
    lyrics: str
    duration: float
    audio: str
    cover: str


class TaskRow(NamedTuple):
    """A task and its finished takes; times are Unix seconds."""

    id: str
    key_id: int
    status: str
    model: str
    input: str
    """JSON, as most queries do not need it."""
    seed: int
    callback_url: str | None
    base_url: str
    rehearse: str | None
    created_at: float
    completed_at: float | None
    error_code: str | None
    error_message: str | None
    takes: tuple[TakeRow, ...]

    @property
    def song(self) -> Song:
        return Song.from_wire(self.model, json.loads(self.input))


_SELECT_TASK = f"SELECT {', '.join(TaskRow._fields[:-1])} FROM tasks WHERE id = ?"
_SELECT_TAKES = (
    f"SELECT {', '.join(TakeRow.__slots__)} FROM takes WHERE task_id = ? ORDER BY number"
)


def accept(db: Database, key_id: int, order: Order, *, backlog: int) -> str:
    """Charge and store the order, and return the id of its task. Raises `Refused`, and has charged
    nothing then.

    The key, its user and its limits are read here, in the transaction that charges, so that a key
    that was deleted, banned or limited during the request spends nothing. The same nonce and body
    within 24 h are the same task, charged once.
    """
    found = accounts.find_payer(db, key_id, order.model)
    if found is None:
        raise Refused("invalid_api_key")
    key, balance, active = found
    if not key.allows(order.address):
        raise Refused("ip_not_allowed")
    if order.nonce is not None:
        seen = db.row(
            "SELECT digest, task_id FROM idempotency WHERE key_id = ? AND nonce = ? "
            "AND created_at > ?",
            *(key.id, order.nonce, order.now - NONCE_LIFE),
        )
        if seen is not None:
            if seen["digest"] != order.digest:
                raise Refused("invalid_request", "This Idempotency-Key was used for another body.")
            return str(seen["task_id"])
    if not active:
        raise Refused("model_not_found")
    _check_spending(db, key, order)
    if balance < order.credits:
        raise Refused("insufficient_credits")
    if backlog and db.value(f"SELECT count(*) FROM tasks WHERE {LIVE}") >= backlog:
        raise Refused("upstream_error", "Too many songs are waiting already.", retry_after=30)
    task_id = _new_id(order.now)
    db.run(
        "INSERT INTO tasks (id, key_id, model, input, seed, credits, callback_url, base_url, "
        "rehearse, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(task_id, key.id, order.model, json.dumps(order.input), secrets.randbits(32)),
        *(order.credits, order.callback_url, order.base_url),
        *(order.rehearse, order.now),
    )
    if order.credits:
        db.run(
            "INSERT INTO bookings (kind, credits, user_id, key_id, task_id, created_at) "
            "VALUES ('charge', ?, ?, ?, ?, ?)",
            *(order.credits, key.user_id, key.id, task_id, order.now),
        )
    if order.nonce is not None:
        db.run(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)",
            *(key.id, order.nonce, order.digest, task_id, order.now),
        )
    return task_id


def _new_id(now: float) -> str:
    """Return a UUID of version 7 (RFC 9562), which begins with the time.

    So new tasks come at the end of each index, and those of one commit share their pages.
    """
    begin = int(now * 1000) & (2**48 - 1)
    middle, end = 7 << 12 | secrets.randbits(12), 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=begin << 80 | middle << 64 | end))


def _check_spending(db: Database, key: Key, order: Order) -> None:
    if order.credits == 0:
        return
    for name, limit, seconds in (
        ("hourly", key.limit_hour, 3600),
        ("daily", key.limit_day, 24 * 3600),
    ):
        if limit is None:
            continue
        spent = db.value(
            "SELECT total(credits) FROM tasks WHERE key_id = ? AND created_at > ? AND NOT refunded",
            *(key.id, order.now - seconds),
        )
        if spent + order.credits > limit:
            raise Refused("spend_limit_exceeded", f"Key spend limit reached ({name}).")
    if key.limit_total is not None:
        spent = db.value("SELECT spent FROM keys WHERE id = ?", key.id)
        if spent + order.credits > key.limit_total:
            raise Refused("spend_limit_exceeded", "Key spend limit reached (total).")


def balance(db: Database, user_id: int) -> dict[str, int]:
    """Return the three figures of `GET /v1/credits`."""
    row = db.row("SELECT balance, purchased, consumed FROM users WHERE id = ?", user_id)
    assert row is not None
    return {
        "balance": row["balance"],
        "total_purchased": row["purchased"],
        "total_consumed": row["consumed"],
    }


def find_task(db: Database, task_id: str, *, key_id: int | None = None) -> TaskRow | None:
    """Return the task, or None; with `key_id`, only if it belongs to that key."""
    row = db.row(_SELECT_TASK, task_id)
    if row is None or key_id not in (None, row["key_id"]):
        return None
    # A pending task has no takes.
    takes = () if row["status"] == "pending" else db.run(_SELECT_TAKES, task_id)
    made = tuple(TakeRow(*take) for take in takes)
    return TaskRow(*(*row, made))


def live_tasks(db: Database) -> list[str]:
    """Return the ids of tasks that are accepted and have not ended, oldest first."""
    return [row[0] for row in db.run(f"SELECT id FROM tasks WHERE {LIVE} ORDER BY rowid")]


def mark_processing(db: Database, task_id: str) -> None:
    """Record that a pending task is being made."""
    db.run("UPDATE tasks SET status = 'processing' WHERE id = ? AND status = 'pending'", task_id)


def add_take(db: Database, task_id: str, take: TakeRow) -> None:
    """Record a take whose files are stored, so that a restart does not make it again."""
    if db.row(f"SELECT 1 FROM tasks WHERE id = ? AND {LIVE}", task_id) is None:
        return
    names = TakeRow.__slots__
    db.run(
        f"INSERT INTO takes (task_id, {', '.join(names)}) VALUES (?{', ?' * len(names)})",
        *(task_id, *(getattr(take, name) for name in names)),
    )
    for name in (take.audio, take.cover):
        db.run("INSERT INTO files (name, task_id) VALUES (?, ?)", name, task_id)


def complete(db: Database, task_id: str, now: float) -> None:
    """Complete a task; its files expire 24 hours from now."""
    done = _end(db, task_id, "status = 'completed', completed_at = ?", now)
    if done.rowcount:
        _expire(db, task_id, now + URL_LIFE)
        _schedule_callback(db, task_id, now)


def fail(db: Database, task_id: str, message: str, now: float) -> bool:
    """Fail and refund a task; return False, and change nothing, if it has already ended."""
    change = "status = 'failed', error_code = 'upstream_error', error_message = ?"
    if not _end(db, task_id, change, message).rowcount:
        return False
    if db.value("SELECT credits FROM tasks WHERE id = ?", task_id):
        db.run(
            "INSERT INTO bookings (kind, credits, user_id, key_id, task_id, created_at) "
            "SELECT 'refund', credits, user_id, keys.id, tasks.id, ? "
            "FROM tasks JOIN keys ON keys.id = tasks.key_id WHERE tasks.id = ?",
            *(now, task_id),
        )
        db.run("UPDATE tasks SET refunded = 1 WHERE id = ?", task_id)
    _expire(db, task_id, now)
    _schedule_callback(db, task_id, now)
    return True


def _end(db: Database, task_id: str, change: str, *values: Any) -> sqlite3.Cursor:
    return db.run(f"UPDATE tasks SET {change} WHERE id = ? AND {LIVE}", *values, task_id)


def _expire(db: Database, task_id: str, at: float) -> None:
    db.run("UPDATE files SET expires_at = ? WHERE task_id = ?", at, task_id)


def _schedule_callback(db: Database, task_id: str, now: float) -> None:
    db.run(
        "INSERT INTO callbacks (task_id, next_at) SELECT id, ? FROM tasks "
        "WHERE id = ? AND callback_url IS NOT NULL",
        *(now, task_id),
    )


def file_state(db: Database, name: str, now: float) -> str:
    """Return `here`, `gone` (its 24 hours are over) or `unknown`."""
    row = db.row("SELECT expires_at, gone FROM files WHERE name = ?", name)
    if row is None:
        return "unknown"
    due = row["expires_at"] is not None and row["expires_at"] <= now
    return "gone" if row["gone"] or due else "here"


def expires_at(db: Database, name: str) -> float | None:
    """Return when a file expires; None if its task has not ended."""
    found: float | None = db.value("SELECT expires_at FROM files WHERE name = ?", name)
    return found


def rehearsal_of(db: Database, name: str) -> str | None:
    """Return the rehearsal of the task that a file belongs to; None if it has none."""
    word = db.value(
        "SELECT rehearse FROM tasks JOIN files ON task_id = tasks.id WHERE name = ?", name
    )
    return None if word is None else str(word)


def due_files(db: Database, now: float) -> list[str]:
    """Return the names of files that have expired and are not marked as gone."""
    return [
        row[0] for row in db.run("SELECT name FROM files WHERE NOT gone AND expires_at <= ?", now)
    ]


def record_deleted(db: Database, deleted: list[str], now: float) -> None:
    """Mark files as gone, and delete nonces that have expired."""
    for name in deleted:
        db.run("UPDATE files SET gone = 1 WHERE name = ?", name)
    db.run("DELETE FROM idempotency WHERE created_at <= ?", now - NONCE_LIFE)


def stored_files(db: Database) -> set[str]:
    """Return the names of all files that are not marked as gone."""
    return {row[0] for row in db.run("SELECT name FROM files WHERE NOT gone")}

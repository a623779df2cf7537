"""Row mapping: database rows to tasks and takes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from suno_tui.common.sqlite import in_parts
from suno_tui.library.track import Origin, song_origin
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import Song
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Failure, Hold, Refund, Status, Take, TakeState, Task

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Characters of our ids, without those that look alike."""
ID_LENGTH = 6
PAUSED = Hold(HoldCode.PAUSED, "The queue is paused. Resume it to send the song.")


def now() -> float:
    """Return the time as the database keeps it: unix seconds, rounded to microseconds."""
    return round(time.time(), 6)


Known = dict[str, tuple[tuple[object, ...], Task]]
"""Tasks by id with their rows; if the rows have not changed, the same task is returned again."""


DAMAGED = "damaged_record"
"""The error code of a task whose row can't be read; no requests are made for it."""

_DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
)


def read_tasks(
    connection: sqlite3.Connection,
    where: str,
    values: Iterable[object] = (),
    known: Known | None = None,
    obstacle: Hold | None = None,
) -> list[Task]:
    """Return the tasks that a `WHERE …` clause finds, with their takes; inside a transaction.

    A row that can't be read becomes a failed task (`DAMAGED`), so that the others go on. `known`
    has the tasks of the last call, and is replaced by those of this one. `obstacle` is shown as the
    hold of live tasks that have no other hold.
    """
    values = tuple(values)
    rows = _rows(connection, f"SELECT * FROM tasks {where}", values)
    takes: dict[str, list[sqlite3.Row]] = {}
    inner = f"SELECT id FROM tasks {where}"
    for row in _rows(
        connection, f"SELECT * FROM takes WHERE task IN ({inner}) ORDER BY task, number", values
    ):
        takes.setdefault(row["task"], []).append(row)
    paused = is_paused(connection)
    old: Known = {} if known is None else dict(known)
    new: Known = {}
    at = 2 + rows[0].keys().index("song") if rows else 0
    for row in rows:
        results = takes.get(row["id"], [])
        raw = (paused, obstacle, *row, *(value for take in results for value in take))
        before = old.get(row["id"])
        if before is not None and before[0] == raw:
            new[row["id"]] = before
        else:
            song = None
            if before is not None and before[0][at] == raw[at] and not is_damaged(before[1]):
                # A new hold may change a thousand rows at once, while their songs stay the same.
                song = before[1].song
            new[row["id"]] = raw, _task_or_damage(row, results, paused, obstacle, song)
    if known is not None:
        known.clear()
        known.update(new)
    return [task for _, task in new.values()]


def of_keys(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Task]:
    """Return the tasks that were queued under these keys (`Task.request_key`)."""
    found: dict[str, Task] = {}
    for part, marks in in_parts(keys):
        where = f"WHERE request_key IN ({marks})"
        ids = dict(connection.execute(f"SELECT id, request_key FROM tasks {where}", part))
        # Matched by id, since the task of a damaged row has no key.
        found |= {ids[task.id]: task for task in read_tasks(connection, where, part)}
    return found


def is_paused(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM flags WHERE name = 'paused'").fetchone() is not None


def new_id() -> str:
    """Return a random id for a task, which may be in use."""
    import secrets

    return "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


def read_amount(value: float | None) -> Amount | None:
    """Return credits from a column: an integer, or an exact decimal for a fraction."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def write_amount(credits: Amount | None) -> int | str | None:
    """Return credits for a column."""
    return str(credits) if isinstance(credits, Decimal) else credits


def write_song(song: Song) -> str:
    return json.dumps(song.to_table())


def song_columns(
    song: Song, origin: Origin | None, source_marks: Mapping[str, str]
) -> dict[str, str | None]:
    """Return the columns for a song and the track that it is made from: `origin`, or else the track
    that it carries on from, with its mark."""
    parent, relation = origin or song_origin(song) or (None, None)
    mark = source_marks.get(song.source_track or "", "")
    return {
        "song": write_song(song),
        "parent": parent,
        "relation": relation,
        "source_mark": mark,
    }


def _rows(
    connection: sqlite3.Connection, sql: str, values: tuple[object, ...]
) -> list[sqlite3.Row]:
    """Return all rows of a query; text that is not UTF-8 as bytes."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    connection.text_factory = _text
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.text_factory = str


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _task_or_damage(
    row: sqlite3.Row,
    takes: list[sqlite3.Row],
    paused: bool,
    obstacle: Hold | None,
    song: Song | None,
) -> Task:
    try:
        if any(isinstance(value, bytes) for part in (row, *takes) for value in part):
            raise ValueError("it is no text")
        if not isinstance(row["credits"], int):
            raise ValueError("its price is no number")
        return _task(row, tuple(map(_take, takes)), paused, obstacle, song)
    except _DAMAGE as error:
        return _damaged(row, error)


def is_damaged(task: Task) -> bool:
    """Return whether the task stands for a record that can't be read."""
    return task.error is not None and task.error.code == DAMAGED


def _damaged(row: sqlite3.Row, error: Exception) -> Task:
    """Return a failed task with what can be read of a damaged row."""
    try:
        song = Song.from_table(json.loads(row["song"]))
    except _DAMAGE:
        song = Song(custom_mode=True, title="A damaged record")
    try:
        created = datetime.fromtimestamp(row["created_at"], UTC)
    except _DAMAGE:
        created = datetime.fromtimestamp(0, UTC)
    price, task_id = row["credits"], row["task_id"]
    return Task(
        id=str(row["id"]),
        provider=str(row["provider"]),
        song=song,
        credits=price if isinstance(price, int) else 0,
        status=Status.FAILED,
        error=Failure(
            DAMAGED,
            f"Its record in the queue's file is damaged ({error}). Nothing more is done for this "
            "task; the others continue.",
        ),
        task_id=task_id if isinstance(task_id, str) else None,
        created_at=created,
        # Keep whether it was paid.
        accepted_at=created if row["accepted_at"] is not None else None,
        refund=Refund.CAME if row["refund"] == Refund.CAME else None,
        forgotten=row["forgotten_at"] is not None,
    )


_TIMES = ("created_at", "submitted_at", "accepted_at", "completed_at", "ended_at")
_PLAIN_COLUMNS = (
    *("id", "provider", "credits", "task_id", "nonce", "callback_url", "base_url", "account"),
    *("progress", "raw_status", "url_life", "position", "requester", "request_key"),
    "source_mark",
)
"""Columns whose values the task has unchanged."""
_TAKE_COLUMNS = tuple(field.name for field in fields(Take))


def _task(
    row: sqlite3.Row,
    takes: tuple[Take, ...],
    paused: bool,
    obstacle: Hold | None,
    song: Song | None,
) -> Task:
    """Return the task of a row; `song` is its song if that was parsed before."""
    status = Status(row["status"])
    hold = Hold(row["hold_code"], row["hold_message"]) if row["hold_code"] else None
    if paused and status is Status.QUEUED:
        hold = PAUSED
    if hold is None and not status.ended:
        hold = obstacle
    error = Failure(row["error_code"], row["error_message"]) if row["error_code"] else None
    times: dict[str, Any] = {name: _time(row[name]) for name in _TIMES}
    return Task(
        **{name: row[name] for name in _PLAIN_COLUMNS},
        **times,
        song=Song.from_table(json.loads(row["song"])) if song is None else song,
        credit=Decimal(row["credit"]) if row["credit"] else None,
        balance_before=read_amount(row["balance_before"]),
        status=status,
        hold=hold,
        retry_at=_time(row["retry_at"]) if hold is not None and hold is not PAUSED else None,
        error=error,
        refund=Refund(row["refund"]) if row["refund"] else None,
        forgotten=row["forgotten_at"] is not None,
        cancelling=row["cancel_at"] is not None and not status.ended,
        takes=takes,
        origin=Origin(row["parent"], row["relation"] or "") if row["parent"] else None,
        extra=json.loads(row["extra"]),
        answer=row["answer"] or "",
    )


def _take(row: sqlite3.Row) -> Take:
    values = {name: row[name] for name in _TAKE_COLUMNS}
    facts = json.loads(row["facts"])
    return Take(**values | {"state": TakeState(row["state"]), "facts": facts})


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

"""Manage the keys, users, models and books of a service, whether or not it is running.

Every function takes the open database (`service.open_database`) and changes it in one transaction;
a running service uses it from its next request. Unknown names raise `AdminError`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from suno_tui.common.errors import UsageError
from suno_tui.server.accounts import (
    MAX_ALLOWED,
    MIN_SECRET,
    OWNER,
    hash_secret,
    new_secret,
    parse_network,
)
from suno_tui.server.database import Database

MAX_CREDITS = 10**12


class AdminError(UsageError):
    """There is no such key, user or model, or a value is not allowed."""

    title = "That can't be done"
    code = "admin"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key without its secret; `hint` has its end. Amounts are credits, times Unix seconds."""

    name: str
    user: str
    hint: str
    disabled: bool
    banned: bool
    allow: tuple[str, ...]
    rate: int | None
    limit_hour: int | None
    limit_day: int | None
    limit_total: int | None
    spent: int
    balance: int
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A key's limits: credits per hour, per day and in total, requests per minute, allowed CIDRs.

    None is no limit; without allowed CIDRs, every address is allowed.
    """

    hour: int | None = None
    day: int | None = None
    total: int | None = None
    rate: int | None = None
    allow: Sequence[str] = ()


NO_LIMITS = Limits()


def add_key(
    db: Database,
    name: str,
    *,
    user: str | None = None,
    secret: str | None = None,
    credits: int = 0,
    limits: Limits = NO_LIMITS,
) -> str:
    """Add a key with a balance, and return its secret, which is stored nowhere else.

    All keys of a `user` share one balance; None creates a user with the key's name.
    """
    user = user or name
    if not name.strip() or not (name + user).isprintable() or OWNER in (name, user):
        raise AdminError(f"A key or user can't be called {name!r}.")
    secret = new_secret() if secret is None else secret
    now = time.time()
    with db.transaction():
        if db.row("SELECT 1 FROM keys WHERE name = ?", name) is not None:
            raise AdminError(f"There is a key called {name!r} already.")
        if was_deleted(db, secret):
            raise AdminError(
                "That key was deleted, and a deleted key stays deleted. Add a new one."
            )
        if has_secret(db, secret):
            raise AdminError("That key is in use already.")
        if not secret.startswith("sk-") or any(c.isspace() for c in secret):
            raise AdminError("A key starts with sk- and contains no spaces.")
        if len(secret) < MIN_SECRET:
            raise AdminError(
                f"A key needs at least {MIN_SECRET} characters, so that it can't be guessed. "
                "`suno-tui admin keys add NAME` makes one."
            )
        db.run("INSERT OR IGNORE INTO users (name, created_at) VALUES (?, ?)", user, now)
        db.run(
            "INSERT INTO keys (user_id, name, hash, hint, created_at) "
            "SELECT id, ?, ?, ?, ? FROM users WHERE name = ?",
            *(name, hash_secret(secret), _hint(secret), now, user),
        )
        set_limits(db, name, limits)
        if credits:
            top_up(db, name, credits)
    return secret


def has_secret(db: Database, secret: str) -> bool:
    """Return whether any key has this secret, even a disabled or deleted one."""
    return db.row("SELECT 1 FROM keys WHERE hash = ?", hash_secret(secret)) is not None


def was_deleted(db: Database, secret: str) -> bool:
    """Return whether the key with this secret was deleted."""
    return db.value("SELECT deleted_at FROM keys WHERE hash = ?", hash_secret(secret)) is not None


def _hint(secret: str) -> str:
    return f"sk-…{secret[-4:]}" if len(secret) >= 20 else "sk-…"


def list_keys(db: Database) -> list[KeyFacts]:
    """Return all keys except deleted ones and the owner's, in the order they were added."""
    rows = db.run(
        "SELECT keys.*, users.name AS user, users.banned, users.balance FROM keys "
        "JOIN users ON users.id = keys.user_id "
        "WHERE hash IS NOT NULL AND deleted_at IS NULL ORDER BY keys.id"
    )
    plain = [name for name in KeyFacts.__slots__ if name not in ("allow", "disabled", "banned")]
    return [
        KeyFacts(
            **{name: row[name] for name in plain},
            allow=tuple(json.loads(row["allow"])),
            disabled=bool(row["disabled"]),
            banned=bool(row["banned"]),
        )
        for row in rows
    ]


def set_limits(db: Database, name: str, limits: Limits) -> None:
    """Replace all limits of a key."""
    figures = (limits.hour, limits.day, limits.total, limits.rate)
    if any(figure is not None and not 0 <= figure <= MAX_CREDITS for figure in figures):
        raise AdminError(f"A limit is from 0 to {MAX_CREDITS}.")
    if len(limits.allow) > MAX_ALLOWED:
        raise AdminError(f"A key has at most {MAX_ALLOWED} allowed addresses.")
    try:
        allow = [str(parse_network(text)) for text in limits.allow]
    except ValueError as error:
        raise AdminError(f"{error}.") from error
    _change_key(
        db,
        name,
        "limit_hour = ?, limit_day = ?, limit_total = ?, rate = ?, allow = ?",
        *(*figures, json.dumps(allow)),
    )


def change_limits(db: Database, name: str, changes: dict[str, Any]) -> None:
    """Change the given limits of a key (by the names of `Limits`), and keep the others."""
    with db.transaction():
        set_limits(db, name, replace(get_limits(db, name), **changes))


def get_limits(db: Database, name: str) -> Limits:
    """Return the limits of a key."""
    for key in list_keys(db):
        if key.name == name:
            return Limits(
                hour=key.limit_hour,
                day=key.limit_day,
                total=key.limit_total,
                rate=key.rate,
                allow=key.allow,
            )
    raise _no_key(name)


def disable_key(db: Database, name: str, *, disabled: bool = True) -> None:
    """Disable or enable a key."""
    _change_key(db, name, "disabled = ?", int(disabled))


def delete_key(db: Database, name: str) -> None:
    """Refuse a key for good, and free its name; what it spent stays in the books.

    Its hash stays too, so that the same secret can't be added again.
    """
    _change_key(
        db,
        name,
        "deleted_at = ?, name = name || ' (deleted ' || id || ')'",
        time.time(),
    )


def ban_user(db: Database, user: str, *, banned: bool = True) -> None:
    """Ban a user, whose keys are then refused, or lift the ban."""
    with db.transaction():
        done = db.run("UPDATE users SET banned = ? WHERE name = ?", int(banned), user)
        if not done.rowcount or user == OWNER:
            raise AdminError(f"There is no user called {user!r}.")


def top_up(db: Database, name: str, credits: int) -> int:
    """Add credits to the balance of a key's user, and return the new balance."""
    if not 0 < credits <= MAX_CREDITS:
        raise AdminError(f"Add from 1 to {MAX_CREDITS} credits at a time.")
    with db.transaction():
        user_id = db.value("SELECT user_id FROM keys WHERE name = ? AND deleted_at IS NULL", name)
        if user_id is None or name == OWNER:
            raise _no_key(name)
        db.run(
            "INSERT INTO bookings (kind, credits, user_id, created_at) VALUES (?, ?, ?, ?)",
            *("purchase", credits, user_id, time.time()),
        )
        return int(db.value("SELECT balance FROM users WHERE id = ?", user_id))


def _change_key(db: Database, name: str, change: str, *values: object) -> None:
    with db.transaction():
        where = "WHERE name = ? AND deleted_at IS NULL"
        done = db.run(f"UPDATE keys SET {change} {where}", *values, name)
        if not done.rowcount or name == OWNER:
            raise _no_key(name)


def _no_key(name: str) -> AdminError:
    return AdminError(f"There is no key called {name!r}.")


def list_models(db: Database) -> dict[str, bool]:
    """Return the models by id, and whether they are offered."""
    return {row["id"]: bool(row["active"]) for row in db.run("SELECT * FROM models ORDER BY rowid")}


def switch_model(db: Database, model: str, *, active: bool) -> None:
    """Offer a model, or refuse it with `model_not_found`; accepted tasks go on."""
    with db.transaction():
        done = db.run("UPDATE models SET active = ? WHERE id = ?", int(active), model)
        if not done.rowcount:
            raise AdminError(
                f"There is no model {model!r}. There are: {', '.join(list_models(db))}."
            )


@dataclass(frozen=True, slots=True)
class Audit:
    """The sums of all bookings, in credits; `problems` is empty if they agree with the accounts."""

    purchased: int
    balance: int
    consumed: int
    charges: int
    refunds: int
    live: int
    problems: tuple[str, ...]


def audit(db: Database) -> Audit:
    """Add up all bookings, and compare the sums with accounts, keys and tasks."""
    with db.transaction():
        problems = [sentence.format(*row) for sql, sentence in _CHECKS for row in db.run(sql)]
        totals = db.row("SELECT total(purchased), total(balance), total(consumed) FROM users")
        counts = db.row(
            "SELECT (SELECT count(*) FROM bookings WHERE kind = 'charge'), "
            "(SELECT count(*) FROM bookings WHERE kind = 'refund'), "
            "(SELECT count(*) FROM tasks WHERE status IN ('pending', 'processing'))"
        )
    assert totals is not None
    assert counts is not None
    purchased, balance, consumed, charges, refunds, live = map(int, (*totals, *counts))
    return Audit(purchased, balance, consumed, charges, refunds, live, tuple(problems))


_CHECKS = (
    (
        "SELECT users.name FROM users LEFT JOIN bookings ON bookings.user_id = users.id "
        "GROUP BY users.id HAVING "
        "purchased != total(iif(kind = 'purchase', credits, 0)) OR "
        "consumed != total(CASE kind WHEN 'charge' THEN credits WHEN 'refund' THEN -credits END)"
        " OR purchased != balance + consumed",
        "The account of {0!r} is not the sum of its bookings.",
    ),
    (
        "SELECT keys.name FROM keys LEFT JOIN bookings ON bookings.key_id = keys.id "
        "GROUP BY keys.id HAVING "
        "spent != total(CASE kind WHEN 'charge' THEN credits WHEN 'refund' THEN -credits END)",
        "What the key {0!r} has spent is not the sum of its bookings.",
    ),
    (
        "SELECT id FROM tasks WHERE credits > 0 AND NOT EXISTS "
        "(SELECT 1 FROM bookings WHERE kind = 'charge' AND task_id = tasks.id "
        "AND bookings.credits = tasks.credits)",
        "Task {0} was not charged.",
    ),
    (
        "SELECT id, status FROM tasks WHERE credits > 0 AND (status = 'failed') != EXISTS "
        "(SELECT 1 FROM bookings WHERE kind = 'refund' AND task_id = tasks.id)",
        "Task {0} is {1}, which does not fit its refund.",
    ),
)

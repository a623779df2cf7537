"""What was spent, what the queue will spend, and the user's own limits on both.

Everything here reads inside its caller's transaction: a song that is sent at the same moment is
counted once, and of two commands that would fit the limit only singly, one is refused.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.providers.remote import Amount
from suno_tui.tasks.models import Charge, Task
from suno_tui.tasks.row_mapping import now, read_amount, read_tasks


class SpendLimitReached(StudioError):
    """A limit of the user's own: `[spend]` in the settings, or a budget. Nothing was queued."""

    title = "Your own spending limit"
    code = "own_spend_limit"
    exit_code = 3


class Limit(NamedTuple):
    """At most `credits` credits since a moment, including those of queued songs."""

    name: str
    """`session`, `day` or `month`."""
    credits: int
    since: datetime
    file: Path
    """The settings file with the limit."""

    def check(self, connection: sqlite3.Connection, more: int, credit: Decimal | None) -> None:
        """Raise `SpendLimitReached` if `more` credits on top would exceed the limit."""
        used = spent(connection, self.since) + planned(connection)
        if used + more > self.credits:
            raise SpendLimitReached(
                f"Over your limit: [spend] {self.name} = {self.credits}. This needs {more} "
                f"credits, and {used} are spent or queued. Raise it in {self.file} to continue."
            )


class Budget(NamedTuple):
    """What one requester may spend, including queued songs: `credits`, or `dollars`."""

    requester: str
    """`batch NAME` or `agent NAME`."""
    credits: int | None = None
    dollars: Decimal | None = None
    since: datetime | None = None
    """Charges before this moment don't count; None: all count."""

    @classmethod
    def read(cls, text: str, requester: str, since: datetime | None = None) -> Budget:
        """Return the budget of `2.00` (dollars), `$2` or `400 cr`. Raises `ValueError`."""
        found = _AMOUNT.fullmatch(text.strip().lower())
        if found is None or (found["dollar"] and found["unit"]):
            raise ValueError(f"{text!r} is no amount: 2.50 is dollars, and 400cr credits.")
        if found["unit"]:
            if "." in found["number"]:
                raise ValueError(f"{text!r}: credits are a whole number, as in 400cr.")
            return cls(requester, credits=int(found["number"]), since=since)
        return cls(requester, dollars=Decimal(found["number"]), since=since)

    def check(self, connection: sqlite3.Connection, more: int, credit: Decimal | None) -> None:
        """Raise `SpendLimitReached` if `more` credits at the price `credit` would exceed it."""
        rows = connection.execute(
            "SELECT c.credits, t.credit FROM charges c JOIN tasks t ON t.id = c.task "
            "WHERE c.requester = ? AND c.at >= ? AND c.state IN ('open', 'charged') "
            "UNION ALL SELECT credits, credit FROM tasks "
            "WHERE requester = ? AND status = 'queued' AND forgotten_at IS NULL",
            (self.requester, self.since.timestamp() if self.since else 0.0, self.requester),
        ).fetchall()
        if self.dollars is None:
            used = sum(row[0] for row in rows)
            over = used + more > (self.credits or 0)
            sums = f"this needs {more} credits, and {used} are spent or queued"
        else:
            prices = [(row[0], row[1] and Decimal(row[1])) for row in rows if row[0]]
            if credit is None or any(price is None for _, price in prices):
                raise SpendLimitReached(
                    f"The budget of {self.requester} is {self}, but what a credit costs at this "
                    "provider is not known. Give the budget in credits, as in 400cr."
                )
            dollars = sum((count * price for count, price in prices), Decimal())
            over = dollars + more * credit > self.dollars
            sums = f"this needs ${more * credit:.2f}, and ${dollars:.2f} is spent or queued"
        if over:
            raise SpendLimitReached(f"Over the budget of {self.requester}, {self}: {sums}.")

    def __str__(self) -> str:
        return f"{self.credits} credits" if self.dollars is None else f"${self.dollars:.2f}"


_AMOUNT = re.compile(
    r"(?P<dollar>\$)?\s*(?P<number>[0-9]{1,9}(\.[0-9]{1,4})?)\s*(?P<unit>cr|credits?)?"
)


def spent(connection: sqlite3.Connection, since: datetime | None = None) -> int:
    """Return the credits spent, including uncertain ones, without refunded ones."""
    return _sum(
        connection,
        "charges WHERE at >= ? AND state IN ('open', 'charged')",
        since.timestamp() if since else 0.0,
    )


def planned(connection: sqlite3.Connection) -> int:
    """Return the credits that the queue will spend on unsent songs."""
    return _sum(connection, "tasks WHERE status = 'queued' AND forgotten_at IS NULL")


def allow(
    connection: sqlite3.Connection,
    limits: Iterable[Limit | Budget],
    credits: int,
    credit: Decimal | None,
) -> None:
    """Raise `SpendLimitReached` if `credits` more credits would exceed a limit; 0 never does.

    `credit` is the price of a credit in dollars; None if it is not known.
    """
    for limit in limits if credits else ():
        limit.check(connection, credits, credit)


def charges(connection: sqlite3.Connection, since: datetime | None = None) -> list[Charge]:
    """Return every charge, newest first."""
    start = (since.timestamp() if since else 0.0,)
    rows = connection.execute(
        "SELECT * FROM charges WHERE at >= ? ORDER BY id DESC", start
    ).fetchall()
    inner = "WHERE id IN (SELECT task FROM charges WHERE at >= ?)"
    tasks = {task.id: task for task in read_tasks(connection, inner, start)}
    return [
        Charge(
            task=row["task"],
            title=tasks[row["task"]].title if row["task"] in tasks else "",
            provider=row["provider"],
            task_id=row["task_id"],
            credits=row["credits"],
            at=datetime.fromtimestamp(row["at"], UTC),
            state=row["state"],
            credit=tasks[row["task"]].credit if row["task"] in tasks else None,
            requester=row["requester"],
        )
        for row in rows
    ]


def _sum(connection: sqlite3.Connection, rows: str, *values: object) -> int:
    found = connection.execute(f"SELECT COALESCE(SUM(credits), 0) FROM {rows}", values).fetchone()
    return int(found[0])


def expected_balance(connection: sqlite3.Connection, task: Task) -> tuple[Amount, int] | None:
    """Return the balance to expect if every failed task was refunded, and the sum of those refunds.

    None if too little is known. The calculation starts from the latest balance, read before this
    task was sent or earlier, at which no refund can have been pending: a failed task is refunded
    some time before we learn of its failure.
    """
    if task.submitted_at is None:
        return None
    anchor = connection.execute(
        "SELECT balance_before, submitted_at FROM tasks p WHERE provider = ? "
        "AND balance_before IS NOT NULL AND submitted_at <= ? AND NOT EXISTS ("
        "SELECT 1 FROM tasks f WHERE f.provider = p.provider AND f.id != p.id "
        "AND f.status = 'failed' AND f.credits > 0 "
        "AND f.accepted_at < p.submitted_at AND f.ended_at > p.submitted_at) "
        "ORDER BY submitted_at DESC LIMIT 1",
        (task.provider, task.submitted_at.timestamp()),
    ).fetchone()
    if anchor is None:
        return None
    rows = connection.execute(
        "SELECT c.credits, t.refund FROM charges c JOIN tasks t ON t.id = c.task "
        "WHERE c.provider = ? AND c.at >= ? AND c.state = 'charged'",
        (task.provider, anchor["submitted_at"]),
    ).fetchall()
    failed = sum(row["credits"] for row in rows if row["refund"] is not None)
    spent_since = sum(row["credits"] for row in rows if row["refund"] is None)
    before = read_amount(anchor["balance_before"])
    assert before is not None
    return before - spent_since, failed


_CHARGED_AND_FAILED = (
    "status = 'failed' AND EXISTS "
    "(SELECT 1 FROM charges WHERE charges.task = tasks.id AND charges.state != 'void')"
)
"""A task that was refused before it was charged does not change the balance, so it is left out."""


def disturbed(connection: sqlite3.Connection, task: Task, since: float) -> bool:
    """Return whether another task of the account changed its balance since then (unix seconds)."""
    found = connection.execute(
        "SELECT 1 FROM tasks WHERE provider = ? AND id != ? AND credits > 0 "
        f"AND (accepted_at > ? OR ({_CHARGED_AND_FAILED} AND ended_at > ?) "
        "OR (status = 'uncertain' AND submitted_at > ?))",
        (task.provider, task.id, since, since, since),
    ).fetchone()
    return found is not None


def failed_since(connection: sqlite3.Connection, task: Task, since: float) -> bool:
    """Return whether another task of the account failed after `since` (unix seconds).

    Also true if the clock went back since then, as the order of events is lost. Tasks whose failure
    is in the future, because the clock went back, don't count.
    """
    failed = (
        "SELECT 1 FROM tasks WHERE provider = ? AND id != ? AND credits > 0 "
        f"AND {_CHARGED_AND_FAILED} AND ended_at BETWEEN ? AND ?"
    )
    until = now()
    found = connection.execute(failed, (task.provider, task.id, since, until)).fetchone()
    return until < since or found is not None

"""The last known balance of each account, shared by the worker and all views."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from suno_tui.providers.remote import Amount
from suno_tui.tasks.row_mapping import read_amount, write_amount


class Account(NamedTuple):
    """Whose balance it is: provider, address, and the mark of a key from the environment."""

    provider: str
    base_url: str | None = None
    mark: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.provider, self.base_url or "", self.mark or ""


def note(
    connection: sqlite3.Connection, account: Account, credits: Amount, asked_at: float
) -> None:
    """Keep a balance that was requested at `asked_at` (unix seconds), unless a later one is known.

    Nothing is written if the balance has not changed.
    """
    connection.execute(
        "INSERT INTO balances VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "credits = excluded.credits, at = excluded.at "
        "WHERE excluded.at > at AND excluded.credits != credits",
        (*account.key, write_amount(credits), asked_at),
    )


def read(connection: sqlite3.Connection, account: Account) -> Amount | None:
    """Return the last known balance; None if there is none."""
    found = connection.execute(
        "SELECT credits FROM balances WHERE provider = ? AND base_url = ? AND account = ?",
        account.key,
    ).fetchone()
    return read_amount(found[0]) if found else None

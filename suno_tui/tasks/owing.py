"""The tasks that are owed: all of them, or those that a worker of one environment can drive."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from suno_tui.config.settings import LOCAL
from suno_tui.tasks.holds import NEEDS_USER_TO_GO_ON, WAITS_FOR_USER, HoldCode
from suno_tui.tasks.models import Hold, Refund, Status
from suno_tui.tasks.row_mapping import is_paused
from suno_tui.tasks.shell import KEY_REFUSED, Shell

WAITS_FOR_TURN = Hold(
    HoldCode.OTHER_SHELL,
    "A worker with another shell's key or address is at work. This song's turn comes soon.",
)
ENDED = "('completed', 'failed', 'expired')"
LIVE = f"status NOT IN {ENDED} AND forgotten_at IS NULL"


def owed(
    connection: sqlite3.Connection,
    shell: Shell | None = None,
    *,
    own: bool = False,
    obstacle: Hold | None = None,
) -> list[str | None]:
    """Return the different holds of the owed tasks; see `TaskStore.owed`."""
    paused = is_paused(connection)
    drivable, values = _drivable(shell, own)
    rows = connection.execute(
        "SELECT DISTINCT status, hold_code FROM tasks WHERE forgotten_at IS NULL "
        f"AND (status NOT IN {ENDED} OR refund = ?) AND {drivable}",
        (Refund.CHECKING, *values),
    ).fetchall()
    otherwise = obstacle.code if obstacle else None
    return [
        HoldCode.CHECKING if row["status"] == Status.FAILED else row["hold_code"] or otherwise
        for row in rows
        if not (row["status"] == Status.UNCERTAIN and row["hold_code"] in WAITS_FOR_USER)
        and row["hold_code"] not in NEEDS_USER_TO_GO_ON
        and not (row["status"] == Status.QUEUED and paused)
    ]


def busy(connection: sqlite3.Connection) -> bool:
    """Return whether a download or a render would have to start again if the worker ended now."""
    found = connection.execute(
        f"SELECT 1 FROM tasks WHERE {LIVE} AND hold_code IS NULL AND (status = 'downloading' "
        "OR (provider = ? AND status IN ('pending', 'processing'))) LIMIT 1",
        (LOCAL,),
    ).fetchone()
    return found is not None


def sent_and_not_made(connection: sqlite3.Connection, provider: str) -> int:
    """Return how many songs of a provider were sent and are not made yet."""
    found = connection.execute(
        "SELECT COUNT(*) FROM tasks WHERE provider = ? AND forgotten_at IS NULL "
        "AND status IN ('submitting', 'pending', 'processing')",
        (provider,),
    ).fetchone()
    return int(found[0])


def first_of(connection: sqlite3.Connection, ids: Collection[str]) -> str:
    """Return which of these tasks is sent first."""
    rows = connection.execute(
        "SELECT id FROM tasks WHERE status = 'queued' AND forgotten_at IS NULL ORDER BY seq"
    )
    return next((row["id"] for row in rows if row["id"] in ids), next(iter(ids)))


def lift(connection: sqlite3.Connection, shell: Shell) -> None:
    """Lift the holds of a worker's tasks: it tries them again.

    A song that is being sent can't be tried again: its hold stays until its outcome is known.
    """
    drivable, values = _drivable(shell, False)
    connection.execute(
        f"UPDATE tasks SET hold_code = NULL, hold_message = NULL WHERE {LIVE} "
        f"AND status NOT IN ('submitting', 'uncertain') AND hold_code IS NOT NULL AND {drivable} "
        f"AND hold_code NOT IN ({_places(NEEDS_USER_TO_GO_ON)})",
        (*values, *NEEDS_USER_TO_GO_ON),
    )


def wait_for_turn(connection: sqlite3.Connection, shell: Shell) -> None:
    """Write that a worker's own tasks wait for its turn, if they have no other hold."""
    drivable, values = _drivable(shell, True)
    connection.execute(
        f"UPDATE tasks SET hold_code = ?, hold_message = ? WHERE {LIVE} AND hold_code IS NULL "
        f"AND {drivable}",
        (*WAITS_FOR_TURN, *values),
    )


def adopt(connection: sqlite3.Connection, shell: Shell) -> None:
    """Take over songs whose key was refused or is missing, at the same address.

    So a corrected key is used for songs that were queued with the wrong one.
    """
    for provider, account in shell.accounts.items():
        connection.execute(
            "UPDATE tasks SET account = ?, hold_code = NULL, hold_message = NULL "
            f"WHERE {LIVE} AND provider = ? AND base_url = ? AND account != ? "
            "AND status IN ('queued', 'pending', 'processing') "
            f"AND hold_code IN ({_places(KEY_REFUSED)})",
            (account, provider, shell.addresses.get(provider), account, *KEY_REFUSED),
        )


def _drivable(shell: Shell | None, own: bool) -> tuple[str, tuple[str, ...]]:
    """Return an SQL condition, with its values, for tasks that a worker of an environment can
    drive; with `own`, for those that no other worker can."""
    if shell is None:
        return "1", ()
    accounts = tuple(shell.accounts.values())
    own_account = f"account IN ({_places(accounts)})"
    if own:
        return f"({own_account} AND status != 'downloading')", accounts
    return f"(account IS NULL OR status = 'downloading' OR {own_account})", accounts


def _places(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))

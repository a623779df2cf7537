"""What the codes of holds mean for whoever waits: refused, in trouble, or passing by itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

REFUSALS = frozenset(
    (
        "no_key",
        "settings",
        "forbidden",
        "invalid_api_key",
        "insufficient_credits",
        "ip_not_allowed",
        "spend_limit_exceeded",
        "model_not_found",
        "other_address",
    )
)
"""The account, its key or the model must change before the task can go on."""

WAITS_FOR_USER = ("your_word", "id_lost")
"""Of an uncertain task: only the user can say how it goes on."""

NEEDS_USER_TO_GO_ON = ("filing_died",)
"""Of any task: a worker does nothing for it before the user says `retry`."""

ASKS_USER = frozenset((*WAITS_FOR_USER, *NEEDS_USER_TO_GO_ON, "unknown_status"))
"""Waiting for these is worth nothing; the last one is asked for all the same."""

TURNS = frozenset(("download_slot",))
"""Nothing is wrong: others are served first."""

PASSING = frozenset(("finishing", "bad_file", "bad_audio", *TURNS))
"""These end by themselves soon, one way or the other."""


class Waiting(StrEnum):
    """What waiting for tasks is worth."""

    GOING_ON = "going on"
    REFUSED = "refused"
    """Nothing goes on before the account, the key or the model changes."""
    TROUBLE = "trouble"
    """Nothing but failures at the moment."""
    USER = "user"
    """Nothing goes on before the user says how."""


def judge(holds: Iterable[str | None]) -> Waiting:
    """What waiting is worth, by the holds of all the tasks waited for."""
    codes = set(holds)
    if not codes or None in codes or codes & PASSING:
        return Waiting.GOING_ON
    if codes <= ASKS_USER | {"paused"}:
        return Waiting.USER
    if codes <= REFUSALS | ASKS_USER | {"paused"}:
        return Waiting.REFUSED
    return Waiting.TROUBLE

"""The codes of holds, and whether waiting for a held task is of use."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class HoldCode(StrEnum):
    """Why a task waits. A hold may also have the code of any provider error."""

    NO_KEY = "no_key"
    SETTINGS = "settings"
    FORBIDDEN = "forbidden"
    INVALID_API_KEY = "invalid_api_key"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    IP_NOT_ALLOWED = "ip_not_allowed"
    SPEND_LIMIT_EXCEEDED = "spend_limit_exceeded"
    MODEL_NOT_FOUND = "model_not_found"
    OTHER_ADDRESS = "other_address"
    """The provider's name means another address than when the task was queued."""
    OTHER_SHELL = "other_shell"
    """Its key or address is in the environment of another shell (see `shell`)."""
    SOURCE = "source"
    """The track that it carries on from is gone, has changed, or does not fit."""
    PAUSED = "paused"
    CHECKING = "checking"
    """Evidence for an uncertain task, or for a refund, is gathered."""
    CHECKING_OTHER = "checking_other"
    """Another song of the account is uncertain."""
    YOUR_WORD = "your_word"
    """The evidence decides nothing: the user says whether the provider took the song."""
    ID_LOST = "id_lost"
    """The song was charged, but the answer with its id was lost."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """The last try brought no answer, and the song was not taken: it is sent again."""
    NO_ANSWER = "no_answer"
    """The provider is slow."""
    UNKNOWN_STATUS = "unknown_status"
    """The provider's word for the task's state is not known."""
    FINISHING = "finishing"
    """Completed, but its files are not there yet."""
    BAD_FILE = "bad_file"
    BAD_AUDIO = "bad_audio"
    """A wrong or broken file came; it is downloaded again."""
    AUDIO_LATE = "audio_late"
    """The same, for some minutes."""
    DOWNLOAD_SLOT = "download_slot"
    FILING = "filing"
    """The library is slow to take a take."""
    FILING_DIED = "filing_died"
    """Workers died while they filed a take."""
    DISK = "disk"
    MEMORY = "memory"
    BUG = "bug"


REFUSALS = frozenset(
    (
        HoldCode.NO_KEY,
        HoldCode.SETTINGS,
        HoldCode.FORBIDDEN,
        HoldCode.INVALID_API_KEY,
        HoldCode.INSUFFICIENT_CREDITS,
        HoldCode.IP_NOT_ALLOWED,
        HoldCode.SPEND_LIMIT_EXCEEDED,
        HoldCode.MODEL_NOT_FOUND,
        HoldCode.OTHER_ADDRESS,
    )
)
"""The account, its key or the model must change before the task can go on."""

WAITS_FOR_USER = (HoldCode.YOUR_WORD, HoldCode.ID_LOST)
"""Of an uncertain task: only the user can decide how it goes on."""

NEEDS_USER_TO_GO_ON = (HoldCode.FILING_DIED,)
"""Of any task: a worker does nothing for it before the user retries it."""

ASKS_USER = frozenset((*WAITS_FOR_USER, *NEEDS_USER_TO_GO_ON, HoldCode.UNKNOWN_STATUS))
"""Waiting for these is useless; a task with the last one is polled all the same."""

NEEDS_USER = REFUSALS | ASKS_USER | {HoldCode.DISK, HoldCode.SOURCE}
"""Nothing goes on before the user has done something."""

PASSING = frozenset(
    (HoldCode.FINISHING, HoldCode.BAD_FILE, HoldCode.BAD_AUDIO, HoldCode.DOWNLOAD_SLOT)
)
"""These end by themselves soon, one way or the other."""


class Waiting(StrEnum):
    """Whether it is of use to wait for tasks."""

    GOING_ON = "going on"
    REFUSED = "refused"
    """Nothing goes on before the account, the key or the model changes."""
    TROUBLE = "trouble"
    """Nothing but failures at the moment."""
    USER = "user"
    """Nothing goes on before the user decides how."""


def judge(holds: Iterable[str | None]) -> Waiting:
    """Return whether waiting is of use, by the holds of all the tasks waited for (None: no hold).

    One task that goes on is enough for `GOING_ON`.
    """
    codes = set(holds)
    if not codes or None in codes or codes & PASSING:
        return Waiting.GOING_ON
    if codes <= ASKS_USER | {HoldCode.PAUSED}:
        return Waiting.USER
    if codes <= REFUSALS | ASKS_USER | {HoldCode.PAUSED}:
        return Waiting.REFUSED
    return Waiting.TROUBLE

"""The codes of holds, and whether it makes sense to wait for a held task."""

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
    """The track that the song carries on from is gone, has changed, or does not fit."""
    PAUSED = "paused"
    CHECKING = "checking"
    """It is being found out whether an uncertain song was taken, or a refund came."""
    CHECKING_OTHER = "checking_other"
    """Another song of the account is uncertain."""
    YOUR_WORD = "your_word"
    """The evidence is inconclusive: the user has to say whether the provider took the song."""
    ID_LOST = "id_lost"
    """The song was charged, but the answer with its id was lost."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """The last try brought no answer, and the song was not taken: it is sent again."""
    NO_ANSWER = "no_answer"
    """The provider is slow."""
    UNKNOWN_STATUS = "unknown_status"
    """The provider reports a state of the task that we don't know."""
    FINISHING = "finishing"
    """The task is completed, but its files are not there yet."""
    BAD_FILE = "bad_file"
    BAD_AUDIO = "bad_audio"
    """A wrong or broken file came; it is downloaded again."""
    AUDIO_LATE = "audio_late"
    """Wrong or broken files have been coming for some minutes."""
    DOWNLOAD_SLOT = "download_slot"
    FILING = "filing"
    """The library is slow to file a take."""
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
"""Holds of an uncertain task with which only the user can decide how it goes on."""

NEEDS_USER_TO_GO_ON = (HoldCode.FILING_DIED,)
"""Holds of any task with which a worker does nothing until the user retries it."""

ASKS_USER = frozenset((*WAITS_FOR_USER, *NEEDS_USER_TO_GO_ON, HoldCode.UNKNOWN_STATUS))
"""It makes no sense to wait for these; but a task with an unknown status is still polled."""

NEEDS_USER = REFUSALS | ASKS_USER | {HoldCode.DISK, HoldCode.SOURCE}
"""The task does not go on until the user has done something."""

PASSING = frozenset(
    (HoldCode.FINISHING, HoldCode.BAD_FILE, HoldCode.BAD_AUDIO, HoldCode.DOWNLOAD_SLOT)
)
"""These end by themselves soon, with success or without."""


class Waiting(StrEnum):
    """Whether it makes sense to wait for tasks."""

    GOING_ON = "going on"
    REFUSED = "refused"
    """No task goes on until the account, the key or the model changes."""
    TROUBLE = "trouble"
    """Every try fails at the moment."""
    USER = "user"
    """No task goes on until the user decides something."""


def judge(holds: Iterable[str | None]) -> Waiting:
    """Return whether to wait, given the holds of all tasks in question (None: no hold).

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

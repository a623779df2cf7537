"""What the queue knows of a task and its takes: frozen values, read from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from suno_tui.api.catalog import URL_LIFE
from suno_tui.api.song import Song


class Status(StrEnum):
    """Where a task stands; the words of `cli.md`."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    PENDING = "pending"
    PROCESSING = "processing"
    DOWNLOADING = "downloading"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        return self in (Status.COMPLETED, Status.FAILED, Status.EXPIRED)

    @property
    def running(self) -> bool:
        """The provider has accepted the task, and it has not ended."""
        return self in (Status.PENDING, Status.PROCESSING, Status.DOWNLOADING)


class TakeState(StrEnum):
    """Where a take stands."""

    WAITING = "waiting"
    DOWNLOADING = "downloading"
    DONE = "done"
    LOST = "lost"


class Refund(StrEnum):
    """What became of the credits of a failed task."""

    CHECKING = "checking"
    CAME = "came"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Hold(NamedTuple):
    """Why a task does not go on at the moment. It is lifted by itself where the cause goes away.

    `code` is a provider's error code, or one of `no_key`, `settings`, `paused`, `offline`,
    `checking` (evidence for an uncertain task is gathered), `your_word` (the evidence says
    nothing: send again or let it be), `id_lost` (charged, but its id never came), `finishing`
    (completed, its files not ready), `file_gone`, `bad_file` and `bad_audio` (a take is had again),
    `audio_late` (so for some minutes), `outcome_unknown`, `no_answer` (the provider is slow),
    `checking_other` (another song of the account is in doubt), `other_shell` (see `shell`),
    `unknown_status` (the provider's word for a task is not known), `download_slot`, `filing` (the
    library keeps a take waiting), `filing_died` (workers died at it), `disk`, `memory`, `bug`. What
    they mean for whoever waits is in `holds`.
    """

    code: str
    message: str


class Failure(NamedTuple):
    """Why a task ended without all its takes; the provider's own words are kept whole.

    `code` is the provider's, or one of `cancelled` (by the user), `id_lost`, `no_audio`,
    `audio_lost` and `failed`.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One audio result of a task. `duration` in seconds as announced; sizes in bytes."""

    number: int
    """From 1, as the provider lists them."""
    title: str = ""
    tags: str = ""
    lyrics: str = ""
    duration: float | None = None
    url: str = ""
    image_url: str = ""
    state: TakeState = TakeState.WAITING
    received: int = 0
    size: int | None = None
    track_id: str | None = None
    """The track in the library, once it is filed."""
    error: str | None = None
    """The last trouble with its download."""
    filings: int = 0
    """How many workers have begun to put it into the library, and ended before they were done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One generation, from the user's word to the last file on disk. Times are aware UTC."""

    id: str
    """Ours, short and typeable; it exists before the provider knows of the task."""
    provider: str
    song: Song
    credits: int
    """The price when it was queued."""
    status: Status = Status.QUEUED
    hold: Hold | None = None
    error: Failure | None = None
    task_id: str | None = None
    """The provider's."""
    nonce: str = ""
    callback_url: str | None = None
    base_url: str | None = None
    """Where the provider was when it was queued: it is sent, and asked for, nowhere else."""
    account: str | None = None
    """A mark of the environment's variables that name its provider's key and address; None if no
    variable does. Only a worker with the same values sends it."""
    progress: float | None = None
    """0 to 1 while the provider tells it."""
    raw_status: str = ""
    """The provider's word for where it stands."""
    created_at: datetime
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    completed_at: datetime | None = None
    """When the provider was done, by our clock: its URLs end 24 hours later."""
    ended_at: datetime | None = None
    balance_before: int | None = None
    """Credits just before it was sent; None where unknown."""
    refund: Refund | None = None
    forgotten: bool = False
    """The user took it off the queue; what was paid stays paid."""
    cancelling: bool = False
    """The user wishes to cancel it, and its provider was not told yet."""
    takes: tuple[Take, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the provider's last answer that we don't know."""
    answer: str = ""
    """The provider's last answer that could not be understood, as it came, without the key."""

    @property
    def title(self) -> str:
        """What to call it in a list: as its tracks are called, where the song has no title."""
        if self.song.custom_mode and self.song.title.strip():
            return self.song.name
        told = next((take.title for take in self.takes if take.title.strip()), "")
        return " ".join(told.split()) or self.song.name

    @property
    def possible_ids(self) -> list[str]:
        """What may be the provider's id, from an answer that was not understood; likeliest first,
        without our own nonce."""
        if not self.answer or self.task_id:
            return []
        from suno_tui.api.answers import possible_ids

        return [each for each in possible_ids(self.answer.encode()) if each != self.nonce]

    @property
    def live(self) -> bool:
        """Not ended."""
        return not self.status.ended

    @property
    def askable(self) -> bool:
        """It ended without its audio, which its provider may have: it can be asked once more."""
        stopped = self.error is not None and self.error.code == "cancelled"
        missing = self.status in (Status.FAILED, Status.EXPIRED)
        return missing and bool(self.task_id) and not stopped

    @property
    def urls_end(self) -> datetime | None:
        """When the provider stops giving out audio that is not fetched yet."""
        if self.completed_at is None or self.status is not Status.DOWNLOADING:
            return None
        return self.completed_at + timedelta(seconds=URL_LIFE)

    @property
    def charged(self) -> bool:
        """The provider accepted it, so it costs its credits unless they were refunded."""
        return self.accepted_at is not None and self.refund is not Refund.CAME


class Charge(NamedTuple):
    """One time that a song was sent, and what it cost, in credits.

    `state` is `open` (the outcome is not known), `charged`, `void` (refused, or never arrived) or
    `refunded`; the first two count as spent.
    """

    task: str
    title: str
    provider: str
    task_id: str | None
    credits: int
    at: datetime
    state: str

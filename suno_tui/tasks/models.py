"""Tasks and their takes as frozen values, read from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from suno_tui.library.track import Origin
from suno_tui.providers.remote import Amount
from suno_tui.providers.song import Song


class Status(StrEnum):
    """The state of a task, as in `docs/cli.md`."""

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
        """Whether the provider has accepted the task, and it has not ended."""
        return self in (Status.PENDING, Status.PROCESSING, Status.DOWNLOADING)


class TakeState(StrEnum):
    """The state of a take."""

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
    """Why a task waits at the moment; it is lifted automatically when the cause is gone.

    `code` is a `HoldCode` or the code of a provider's error, `message` a text for the user.
    """

    code: str
    message: str


class Failure(NamedTuple):
    """Why a task ended without all its takes; the provider's own message is kept whole.

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
    """The last error of its download."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else the provider reported about it (`providers.remote.RemoteTake.facts`)."""
    seed: int | None = None
    """The seed that makes it again, if its provider names it and it is certain."""
    filings: int = 0
    """How many workers began to put it into the library and died before they finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One generation, from the user's command to the last file on disk. Times are aware UTC."""

    id: str
    """Ours, short and easy to type; it exists before the provider knows of the task."""
    provider: str
    song: Song
    credits: int
    """The price when it was queued."""
    credit: Decimal | None = None
    """The price of a credit in dollars at that time; None if it is not known."""
    url_life: float | None = None
    """Seconds for which the provider keeps the audio; None: for ever."""
    position: int | None = None
    """Its place in the provider's queue when it was accepted, from 1; None if not reported."""
    status: Status = Status.QUEUED
    hold: Hold | None = None
    retry_at: datetime | None = None
    """When the worker tries a held task again; None if it is not known."""
    error: Failure | None = None
    task_id: str | None = None
    """The provider's id."""
    nonce: str = ""
    callback_url: str | None = None
    base_url: str | None = None
    """The provider's address when it was queued; it is never sent to another one."""
    account: str | None = None
    """A digest of the environment variables with its provider's key and address; None if there are
    none. Only a worker with the same values sends it."""
    origin: Origin | None = None
    """The track that it was made from, if there is one."""
    source_mark: str = ""
    """Shows whether the audio that it carries on from is still the same as when it was queued."""
    requester: str = ""
    """Who asked for it and pays: `batch NAME`, `agent NAME`, or empty for the user."""
    request_key: str | None = None
    """Identifies a request, so that the same request does not make two tasks."""
    progress: float | None = None
    """0 to 1, if the provider gives it."""
    raw_status: str = ""
    """The provider's word for its state."""
    created_at: datetime
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    completed_at: datetime | None = None
    """When the provider completed it, by our clock."""
    ended_at: datetime | None = None
    balance_before: Amount | None = None
    """Credits just before it was sent; None if unknown."""
    refund: Refund | None = None
    forgotten: bool = False
    """The user removed it from the queue; its charge stays in the books."""
    cancelling: bool = False
    """The user cancelled it, and its provider does not know yet."""
    takes: tuple[Take, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Unknown fields of the provider's last answer."""
    answer: str = ""
    """The provider's last answer that was not understood, as it came, without the key."""

    @property
    def title(self) -> str:
        """Its name in a list: the song's title, or else that of its takes."""
        if self.song.custom_mode and self.song.title.strip():
            return self.song.name
        found = next((take.title for take in self.takes if take.title.strip()), "")
        return " ".join(found.split()) or self.song.name

    @property
    def possible_ids(self) -> list[str]:
        """Possible ids of the task in an answer that was not understood, most likely first."""
        if not self.answer or self.task_id:
            return []
        from suno_tui.providers.suno.answers import possible_ids

        return [each for each in possible_ids(self.answer.encode()) if each != self.nonce]

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return not self.status.ended

    @property
    def askable(self) -> bool:
        """Whether it ended without all its audio, so that its provider may be asked again."""
        missing = self.status in (Status.FAILED, Status.EXPIRED)
        return missing and bool(self.task_id) and not self.cancelled

    @property
    def takes_other_id(self) -> bool:
        """Whether its provider can't find it by the id that is known, so that the user may enter
        the right one."""
        reason = self.hold if self.live else self.error
        return (
            self.status not in (Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN)
            and reason is not None
            and reason.code in ("task_not_found", "id_lost")
        )

    @property
    def cancelled(self) -> bool:
        """Whether it ended because the user cancelled it."""
        return self.error is not None and self.error.code == "cancelled"

    @property
    def urls_end(self) -> datetime | None:
        """When the URLs of audio that is not downloaded yet expire; None if they don't."""
        if self.completed_at is None or self.status is not Status.DOWNLOADING:
            return None
        life = self.url_life
        return None if life is None else self.completed_at + timedelta(seconds=life)

    @property
    def charged(self) -> bool:
        """Whether the provider accepted it and did not refund it."""
        return self.accepted_at is not None and self.refund is not Refund.CAME


class Charge(NamedTuple):
    """One sending of a song and its price in credits.

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
    credit: Decimal | None = None
    """The price of a credit in dollars when the song was queued; None if it is not known."""
    requester: str = ""

"""What can go wrong between us and a provider, as a person should read it.

A provider's own words are kept whole in `message`. `settled` says whether an error proves that a
create was neither accepted nor charged: only then may it be sent again without asking (`api.md`).
"""

from __future__ import annotations

from typing import ClassVar

from suno_tui.errors import SettingsError, StudioError

MOST_RAW = 64 * 1024
"""Bytes of an answer that an error keeps."""


class ProviderError(StudioError):
    """The provider answered, and not with what was asked for.

    `retry_after` is seconds from now where the provider named a time. `raw` is the beginning of the
    answer as it came, at most `MOST_RAW` bytes, without the key: an id in it may be all that is
    left of a song that was paid for (`answers.possible_ids`).
    """

    title = "The provider refused"
    code = "provider_error"
    settled: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.http_status = http_status
        self.retry_after = retry_after
        self.raw = b""


class InvalidRequest(ProviderError):
    """400: nothing was charged."""

    title = "The provider calls the request invalid"
    code = "invalid_request"
    exit_code = 2
    settled = True


class AccountRefused(ProviderError):
    """The account or its key may not do this now: nothing was charged."""

    title = "The provider refuses the account"
    code = "forbidden"
    exit_code = 3
    settled = True


class InvalidKey(AccountRefused):
    """401"""

    title = "The API key is not valid"
    code = "invalid_api_key"


class InsufficientCredits(AccountRefused):
    """402"""

    title = "Not enough credits"
    code = "insufficient_credits"


class AddressNotAllowed(AccountRefused):
    """403"""

    title = "The key may not be used from this address"
    code = "ip_not_allowed"


class SpendLimitExceeded(AccountRefused):
    """429 `spend_limit_exceeded`: the message says which limit. Never retried at a rate."""

    title = "The key's spend limit is reached"
    code = "spend_limit_exceeded"


class ModelNotFound(ProviderError):
    """404 `model_not_found`: the model is gone; the others are in the catalogue."""

    title = "The provider has no such model"
    code = "model_not_found"
    exit_code = 3
    settled = True


class TaskNotFound(ProviderError):
    """404 `task_not_found`: gone, or not there yet."""

    title = "The provider does not know the task"
    code = "task_not_found"


class RateLimited(ProviderError):
    """429 `rate_limit_exceeded`: a documented refusal, nothing was charged."""

    title = "The provider asks to slow down"
    code = "rate_limit_exceeded"
    exit_code = 4
    settled = True


class ProviderDown(ProviderError):
    """500 and its like: what became of the request is unknown."""

    title = "The provider has trouble"
    code = "internal_error"
    exit_code = 4


class UpstreamError(ProviderDown):
    """503 `upstream_error`: a documented refusal, nothing was charged.

    A bare 503 is none: what stands before the provider may say so after it has taken the song.
    """

    code = "upstream_error"
    settled = True


class BadAnswer(ProviderError):
    """An answer that can't be understood: a web page, cut off, empty, without what it must have."""

    title = "The provider's answer can't be understood"
    code = "bad_answer"
    exit_code = 4


class WrongAddress(BadAnswer):
    """Whatever answers at the base URL does not speak this API: nothing was charged."""

    title = "That address does not speak this API"
    code = "wrong_address"
    settled = True


class FileGone(ProviderError):
    """The file host does not give the file out (any more): its URL ended, or never was."""

    title = "The file's address has ended"
    code = "file_gone"


class BadFile(ProviderError):
    """What came is not the file that was announced: a web page, too large, of a wrong size, or a
    redirect that is not followed."""

    title = "The file is not what was announced"
    code = "bad_file"


class NoKey(SettingsError):
    """The provider needs a key, and there is none: nothing was sent."""

    title = "There is no API key"
    code = "no_key"
    exit_code = 3


class NetworkError(StudioError):
    """No answer came, or only the beginning of one: `raw` keeps it, as in `ProviderError`."""

    title = "The network let us down"
    code = "offline"
    exit_code = 4
    settled: ClassVar[bool] = False
    retry_after: float | None = None
    raw: bytes = b""


class NeverSent(NetworkError):
    """The connection never opened: nothing can have been charged."""

    settled = True


class OutcomeUnknown(NetworkError):
    """The connection broke or went silent after the request had begun to leave."""

    code = "outcome_unknown"


class TooSlow(OutcomeUnknown):
    """A file host sent fewer bytes than were asked for in a time: the part is kept, so that the
    download can go on later by `Range`."""

    title = "The file host is slow"
    code = "too_slow"

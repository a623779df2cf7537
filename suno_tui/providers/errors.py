"""The errors of providers and of the network on the way to them.

`message` is the provider's own message, unchanged. `settled` is whether an error proves that a
song was neither accepted nor charged: only then may it be sent again without asking the user
(`docs/api.md`).
"""

from __future__ import annotations

from typing import ClassVar

from suno_tui.common.errors import SettingsError, StudioError

MOST_RAW = 64 * 1024
"""The most bytes of an answer that an error keeps."""


class ProviderError(StudioError):
    """The provider answered with an error, or with something unexpected.

    `retry_after` is in seconds from now, if the provider named a time. `raw` is the beginning of
    the answer, at most `MOST_RAW` bytes, without the key: it may contain the id of a song that was
    paid for (`answers.possible_ids`).
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

    title = "The provider refused the song"
    code = "invalid_request"
    exit_code = 2
    settled = True


class AccountRefused(ProviderError):
    """The account or its key may not do this at the moment: nothing was charged."""

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
    """429 `spend_limit_exceeded`: the message names the limit. Not retried."""

    title = "The key's spend limit is reached"
    code = "spend_limit_exceeded"


class ModelNotFound(ProviderError):
    """404 `model_not_found`: the provider no longer has the model."""

    title = "The provider has no such model"
    code = "model_not_found"
    exit_code = 3
    settled = True


class TaskNotFound(ProviderError):
    """404 `task_not_found`: the task is gone, or not known there yet."""

    title = "The provider does not know the task"
    code = "task_not_found"


class RateLimited(ProviderError):
    """429 `rate_limit_exceeded`: a documented refusal, nothing was charged."""

    title = "The provider asks to slow down"
    code = "rate_limit_exceeded"
    exit_code = 4
    settled = True


class ProviderDown(ProviderError):
    """500 and similar: whether the request was carried out is unknown."""

    title = "The provider has trouble"
    code = "internal_error"
    exit_code = 4


class UpstreamError(ProviderDown):
    """503 `upstream_error`: a documented refusal, nothing was charged.

    A 503 without that code is not a refusal: a proxy in front of the provider may send it after
    the provider accepted the song.
    """

    code = "upstream_error"
    settled = True


class BadAnswer(ProviderError):
    """An answer that can't be parsed: a web page, truncated, empty, or without a required field."""

    title = "The provider's answer can't be understood"
    code = "bad_answer"
    exit_code = 4


class WrongAddress(BadAnswer):
    """The server at the base URL does not have this API: nothing was charged."""

    title = "That address does not speak this API"
    code = "wrong_address"
    settled = True


class FileGone(ProviderError):
    """The file host does not serve the file: its URL has expired, or never existed."""

    title = "The file is not there"
    code = "file_gone"


class BadFile(ProviderError):
    """The answer is not the announced file: a web page, of the wrong size, or a redirect that is
    not followed."""

    title = "The file is not what was announced"
    code = "bad_file"


class TooLarge(BadFile):
    """A file, or all files of a task together, are larger than the limit."""

    title = "The audio is too large"


class NoKey(SettingsError):
    """The provider needs a key, and there is none: nothing was sent."""

    title = "There is no API key"
    code = "no_key"
    exit_code = 3


class NetworkError(StudioError):
    """There was no answer, or only the beginning of one (`raw`, as in `ProviderError`)."""

    title = "The provider can't be reached"
    code = "offline"
    exit_code = 4
    settled: ClassVar[bool] = False
    retry_after: float | None = None
    raw: bytes = b""


class NeverSent(NetworkError):
    """The connection could not be opened: nothing was charged."""

    settled = True


class OutcomeUnknown(NetworkError):
    """The connection broke or timed out after part of the request may have been sent."""

    title = "The connection broke"
    code = "outcome_unknown"
    silent = False
    """Whether the connection stayed open but no answer came."""


class Busy(OutcomeUnknown):
    """The server accepts connections but does not answer, as while it loads its models."""

    title = "The server is busy"
    code = "busy"


class TooSlow(OutcomeUnknown):
    """A file host was slower than the required speed. The part is kept, so that the download can be
    resumed with `Range`."""

    title = "The file host is slow"
    code = "too_slow"


BY_STATUS: dict[int, type[ProviderError]] = {
    400: InvalidRequest,
    401: InvalidKey,
    403: AccountRefused,
    404: WrongAddress,
    405: WrongAddress,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
}
"""The meaning of HTTP statuses, unless a dialect has its own."""

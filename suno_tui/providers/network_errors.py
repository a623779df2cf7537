"""Turn the errors of httpx into ours: never sent, or with an unknown outcome."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from suno_tui.common.errors import StudioError
from suno_tui.providers.errors import NeverSent, OutcomeUnknown

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@contextlib.contextmanager
def network_errors(url: str) -> Iterator[None]:
    """Turn what httpx raises for a URL into `NeverSent` or `OutcomeUnknown`.

    The cause is named in the message but not chained, as its frames hold the request's headers.
    """
    try:
        yield
    except (*_NEVER_SENT, httpx.InvalidURL) as error:
        where = f"No answer from {_host(url)}"
        raise NeverSent(_message(error, where, f"{where} in time.")) from None
    except StudioError:
        raise
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
        unknown = OutcomeUnknown(
            _message(error, "The connection broke", "The connection broke: no answer in time.")
        )
        unknown.silent = isinstance(error, httpx.ReadTimeout | TimeoutError)
        raise unknown from None
    except Exception as error:
        if not _is_from_socks(error):
            raise
        raise NeverSent(f"The SOCKS proxy for {_host(url)} gave an invalid answer.") from None


def _is_from_socks(error: Exception) -> bool:
    """Return whether an error comes from a SOCKS proxy's answer, before any request was sent."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("socksio") for frame in frames)


_ALL_FAILED = "All connection attempts failed"
"""The message of httpx for any host that can't be reached."""


def _host(url: str) -> str:
    """Return scheme and host of a URL, without its path and without a user name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _message(error: Exception, otherwise: str, late: str) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return late
    text = str(error).strip().rstrip(".")
    if text == _ALL_FAILED:
        text = ""
    return f"{otherwise}: {text}." if text else f"{otherwise}."

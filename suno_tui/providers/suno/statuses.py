"""Map the statuses that providers use for tasks to the four documented ones."""

from __future__ import annotations

import re

DOCUMENTED = frozenset(("pending", "processing", "completed", "failed"))
GOING_ON = frozenset((
    "accepted", "created", "first_success", "generating", "in_progress", "in_queue", "inprogress",
    "new", "not_start", "not_started", "queued", "queueing", "queuing", "rendering", "running",
    "scheduled", "started", "starting", "streaming", "submitted", "text_success", "wait",
    "waiting", "working",
))  # fmt: skip
"""Statuses of a running task. Its answer may already contain a URL, such as the first take's or a
stream's."""
_BAD = frozenset((
    "abort", "aborted", "banned", "blocked", "cancel", "canceled", "cancelled", "denied", "error",
    "errored", "exception", "expired", "fail", "failed", "failure", "moderated", "refused",
    "reject", "rejected", "timed", "timedout", "timeout",
))  # fmt: skip
"""Words that mean failure as a part of a status, such as `SENSITIVE_WORD_ERROR`."""


def normalised(word: str) -> str:
    """Return a status in lower case, its parts joined with underscores."""
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


def status(word: str, addresses: bool, ended: bool, error: bool) -> str | None:
    """Return the documented status that a provider's status stands for; None if that is unknown.

    `addresses`, `ended` and `error` are whether the answer has URLs of audio, a time of completion
    and an error. A documented status is taken as it is, except that a running task with both URLs
    and a time of completion is completed.
    """
    word = normalised(word)
    running = word in GOING_ON or word in ("pending", "processing")
    if running:
        return "completed" if addresses and ended else _documented(word)
    if word in DOCUMENTED:
        return word
    if addresses:
        return "completed"
    if error or _BAD.intersection(word.split("_")):
        return "failed"
    return None


def _documented(word: str) -> str:
    return word if word in DOCUMENTED else "processing"

"""The words that providers have for a task's state, as one of the document's four."""

from __future__ import annotations

import re

DOCUMENTED = frozenset(("pending", "processing", "completed", "failed"))
GOING_ON = frozenset((
    "accepted", "created", "first_success", "generating", "in_progress", "in_queue", "inprogress",
    "new", "not_start", "not_started", "queued", "queueing", "queuing", "rendering", "running",
    "scheduled", "started", "starting", "streaming", "submitted", "text_success", "wait",
    "waiting", "working",
))  # fmt: skip
"""Words for a task that goes on, though it may tell an address already: what stands there then is
a part of it, such as the first take or a stream."""
_BAD = frozenset((
    "abort", "aborted", "banned", "blocked", "cancel", "canceled", "cancelled", "denied", "error",
    "errored", "exception", "expired", "fail", "failed", "failure", "moderated", "refused",
    "reject", "rejected", "timed", "timedout", "timeout",
))  # fmt: skip
"""Parts of words for an end that is bad, such as `SENSITIVE_WORD_ERROR`."""


def plain(word: str) -> str:
    """A word without case, its parts joined with underscores."""
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


def status(word: str, addresses: bool, ended: bool, error: bool) -> str | None:
    """What a task's word means, as one of the document's; None where nobody can tell.

    `addresses`: the answer tells where audio is; `ended`: it has a time of completion; `error`: it
    holds an error. A documented word counts as it stands, except that a running task with both
    addresses and a time of completion is a result.
    """
    word = plain(word)
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

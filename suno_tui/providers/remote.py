"""The contents of providers' answers, independent of the dialect: tasks, takes, balances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

MOST_TAKES = 16
"""The most takes of one task that are read; documented tasks have two."""

Amount = int | Decimal
"""Credits: an integer, or a decimal if the provider counts fractions."""


@dataclass(frozen=True, slots=True)
class RemoteTake:
    """One audio result in a provider's answer; `url` is empty if there is none (yet)."""

    number: int
    """The position in the provider's list, from 1."""
    url: str = ""
    title: str = ""
    tags: str = ""
    lyrics: str = ""
    duration: float | None = None
    image_url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of it: `id` (the provider's), `seed` (only if it is certain), `model` (the
    one that was really used), `bpm`, `key`, `time_signature`, `stream_url`."""


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task in a provider's answer. `status` is one of the four documented ones, or `lost`.

    A documented status is taken as it is. With any other status, an answer with URLs is
    `completed`, one with an error or a status that means failure is `failed`, and all others are
    `processing`. `lost` means that the provider does not know the task, at least not yet.
    """

    id: str
    status: str
    raw_status: str
    """The provider's own status, unchanged."""
    understood: bool = True
    """False if the provider's status is unknown and nothing else in the answer shows the state:
    such a task may seem to run for ever."""
    progress: float | None = None
    results: tuple[RemoteTake, ...] = ()
    left_out: int = 0
    """The number of results beyond `MOST_TAKES`."""
    error: tuple[str, str] | None = None
    """Code and message of the error, which the answer of a running task may contain as well."""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credits:
    """The account in credits. None means unknown, not 0; with `free`, nothing costs anything."""

    balance: Amount | None = None
    total_purchased: int | None = None
    total_consumed: int | None = None
    free: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A song that a provider took: its id there, and its place in the queue, if reported."""

    id: str
    position: int | None = None

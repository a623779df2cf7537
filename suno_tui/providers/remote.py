"""What providers answer, whatever their dialect: tasks, takes, balances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

MOST_TAKES = 16
"""The most takes of one task that are read; documented tasks have two."""

Amount = int | Decimal
"""Credits: whole ones, or fractions where a provider counts them."""


@dataclass(frozen=True, slots=True)
class RemoteTake:
    """One audio result in a provider's answer; `url` is empty if there is none (yet)."""

    number: int
    """The position in the provider's lists, from 1."""
    url: str = ""
    title: str = ""
    tags: str = ""
    lyrics: str = ""
    duration: float | None = None
    image_url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of it and kept: `id` (the provider's), `seed` (only if it is certain),
    `model` (the one really used), `bpm`, `key`, `time_signature`, `stream_url`."""


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task in a provider's answer. `status` is one of the four documented ones, or `lost`.

    A documented status is taken as it is. With any other, an answer with URLs is `completed`, one
    with an error or a status that means failure is `failed`, and the rest is `processing`. `lost`
    means that the provider does not know the task, though it may still come to know it.
    """

    id: str
    status: str
    raw_status: str
    """The provider's own status, unchanged."""
    understood: bool = True
    """False if the provider's status is unknown and nothing else in the answer shows the state.
    Such a task may never end."""
    progress: float | None = None
    results: tuple[RemoteTake, ...] = ()
    left_out: int = 0
    """The number of results beyond `MOST_TAKES`."""
    error: tuple[str, str] | None = None
    """Code and message of a failed task, or of any other whose answer contains an error."""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credits:
    """The account in credits. None means unknown, not 0; `free` that nothing costs anything."""

    balance: Amount | None = None
    total_purchased: int | None = None
    total_consumed: int | None = None
    free: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A song that a provider took: its id there, and its place in the queue, if that is told."""

    id: str
    position: int | None = None

"""Callbacks: where they are received, and how the worker handles one.

A callback is only a hint: the provider is asked before it is believed.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol
from urllib.parse import urlsplit

from suno_tui.common.errors import SettingsError, UsageError
from suno_tui.common.host_port import read_host_port
from suno_tui.providers.errors import NetworkError, ProviderError
from suno_tui.tasks.models import Task
from suno_tui.worker.journal import Journal
from suno_tui.worker.provider_link import ProviderLink

log = logging.getLogger("suno_tui.worker")

PATIENCE = 20.0
"""Seconds that a caller waits while the provider is asked."""


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """The address to listen on, and the public URL that leads there."""

    host: str
    port: int
    url: str

    @classmethod
    def read(cls, address: str | None, url: str | None) -> CallbackAddress | None:
        """Read `HOST:PORT` and an http or https URL; None without both. Raises `UsageError`."""
        if not (address or url):
            return None
        if not (address and url):
            raise UsageError(
                "--callback-listen HOST:PORT and --callback-url URL belong together: where "
                "callbacks arrive, and the public URL that leads there."
            )
        host, port = read_host_port(address, option="--callback-listen", example="127.0.0.1:8767")
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and parts.hostname
        except ValueError:
            valid = False
        if not valid or parts.query or parts.fragment:
            raise UsageError(
                f"--callback-url: {url!r} is not an http or https URL without ? and #. It is the "
                "public address that leads to --callback-listen."
            )
        return cls(host, port, url.rstrip("/"))

    def url_for(self, nonce: str) -> str:
        """Return the callback URL of one task; its nonce makes it impossible to guess."""
        return f"{self.url}/{nonce}"


class Hint(Enum):
    """The result of a callback."""

    UNKNOWN = auto()
    """No task of ours has that path."""
    HANDLED = auto()
    """It was used, or brought no news."""
    LATER = auto()
    """The provider could not be asked, or did not know the task: it should call again."""


class HintedWorker(Protocol):
    """The worker, as far as a callback concerns it."""

    journal: Journal

    def link(self, task: Task) -> ProviderLink: ...

    def is_sending(self, id: str) -> bool: ...

    def check_now(self, id: str) -> None: ...

    def rescan(self) -> None: ...


async def follow_hint(worker: HintedWorker, nonce: str, task_id: str) -> Hint:
    """Handle a claim that the song with this nonce has ended as the provider's task `task_id`."""
    task = worker.journal.by_nonce(nonce)
    if task is None:
        return Hint.UNKNOWN
    if task.task_id is not None or task.status.ended:
        if task.task_id == task_id:
            worker.check_now(task.id)
        return Hint.HANDLED
    try:
        async with asyncio.timeout(PATIENCE):
            # The answer to the song may come any moment, and is better evidence.
            while worker.is_sending(task.id):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            async with worker.link(task).turn() as client:
                await client.task(task_id)
    except (NetworkError, ProviderError, SettingsError, TimeoutError) as error:
        log.info("%s: a callback can't be checked now: %s", task.id, error)
        return Hint.LATER
    if worker.journal.confirm_by_callback(task.id, nonce, task_id):
        log.info("%s: a callback brought its id: %s", task.id, task_id)
        worker.rescan()
    return Hint.HANDLED

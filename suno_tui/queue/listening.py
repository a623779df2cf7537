"""Where callbacks are heard, and what a worker makes of one: a hint, believed after asking."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from suno_tui.api.errors import NetworkError, ProviderError
from suno_tui.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from suno_tui.queue.worker import Worker

log = logging.getLogger("suno_tui.queue")

PATIENCE = 20.0
"""Seconds for which a caller waits until the provider has been asked."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The address to listen on, and the public URL that leads to it."""

    host: str
    port: int
    url: str

    @classmethod
    def read(cls, address: str, url: str) -> Listening:
        """From `HOST:PORT` and an http or https URL. Raises `UsageError`."""
        host, colon, port = address.rpartition(":")
        if not (colon and host and port.isdecimal() and int(port) < 65536):
            raise UsageError(f"--callback-listen: {address!r} is not HOST:PORT, as 127.0.0.1:8766.")
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and parts.hostname
        except ValueError:
            sound = False
        if not sound or parts.query or parts.fragment:
            raise UsageError(
                f"--callback-url: {url!r} is no http or https URL without ? and #. It is the "
                "public address that leads to --callback-listen."
            )
        return cls(host.strip("[]"), int(port), url.rstrip("/"))

    def url_for(self, nonce: str) -> str:
        """A task's own URL: nobody can guess it."""
        return f"{self.url}/{nonce}"


class Told(Enum):
    """What became of a callback."""

    UNKNOWN = auto()
    """No task of ours has that path."""
    HEARD = auto()
    """Followed, or there was nothing left to be told."""
    LATER = auto()
    """The provider could not be asked, or did not know the task: call again."""


async def follow_hint(worker: Worker, nonce: str, task_id: str) -> Told:
    """Somebody says that the song with this nonce has ended as the provider's task `task_id`."""
    task = worker.journal.by_nonce(nonce)
    if task is None:
        return Told.UNKNOWN
    if task.task_id is not None or task.status.ended:
        if task.task_id == task_id:
            worker.look_at(task.id)
        return Told.HEARD
    try:
        async with asyncio.timeout(PATIENCE):
            # Its answer may be under way at this moment: that is better evidence.
            while worker.sends(task.id):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await worker.line(task).ask(lambda client: client.task(task_id))
    except (NetworkError, ProviderError, SettingsError, TimeoutError) as error:
        log.info("%s: a callback can't be checked now: %s", task.id, error)
        return Told.LATER
    if worker.journal.proved(task.id, nonce, task_id):
        log.info("%s: a callback told its id: %s", task.id, task_id)
        worker.look_again()
    return Told.HEARD

"""One task in the worker's hands: its steps, from where its record says that it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from suno_tui.api.backoff import Backoff
from suno_tui.errors import HomeError, StudioError
from suno_tui.queue.holds import WAITS_FOR_USER
from suno_tui.queue.records import Hold, Refund, Status, Task

if TYPE_CHECKING:
    from suno_tui.queue.worker import Worker

log = logging.getLogger("suno_tui.queue")


class Job:
    """Drives one task until it has ended, or until only the user can say how it goes on."""

    def __init__(self, worker: Worker, task: Task) -> None:
        self.worker = worker
        self.id = task.id
        self.journal = worker.journal
        self.pace = worker.pace
        self.line = worker.line(task.provider, task.base_url)
        self.hold: Hold | None = None
        """The trouble that is this task's own."""
        self.sending = False
        """The song is on its way: not to be interrupted."""
        self.leaving = False
        """The worker stops: end after this step."""
        self.asked_at = 0.0
        """Loop time of the last answer about this task."""
        self.fresh = True
        """Nothing was asked yet: the first look need not wait."""
        settings = worker.settings
        most = max(settings.poll_seconds, settings.poll_most_seconds)
        self.polling = Backoff(settings.poll_seconds, most, factor=1.3)
        self.retrying = Backoff(self.pace.trouble_first, self.pace.trouble_most)
        self.missing = 0
        self.missing_since = 0.0
        self._nudge = asyncio.Event()
        if task.status in (Status.SUBMITTING, Status.UNCERTAIN):
            self.line.doubt(self.id)

    async def run(self) -> None:
        """Take step after step; what a step does not expect is logged and tried again later."""
        from suno_tui.queue.steps import step

        try:
            while await self._safely(step) and not self.leaving:
                pass
        finally:
            self.line.undoubt(self.id)

    async def _safely(self, step: Callable[[Job], Awaitable[bool]]) -> bool:
        try:
            return await step(self)
        except HomeError as error:
            log.warning("%s: %s", self.id, error)
            await self.rest(self.retrying.next(), Hold("disk", f"{error.title}: {error}"))
        except StudioError as error:
            log.warning("%s: %s", self.id, error)
            await self.rest(self.retrying.next(), Hold(error.code, f"{error.title}: {error}"))
        except Exception:
            log.exception("%s: unexpected", self.id)
            hold = Hold("bug", "Something unexpected happened; the log tells what.")
            await self.rest(self.pace.trouble_most, hold)
        return True

    def task(self) -> Task:
        """The record as it stands."""
        return self.worker.store.get(self.id)

    def held(self, task: Task) -> bool:
        """Whether anything keeps the task waiting, its own trouble or its provider's."""
        sent = task.status is not Status.QUEUED
        asked = task.status in (Status.QUEUED, Status.PENDING, Status.PROCESSING)
        line = self.line
        return bool(self.hold or (asked and line.access.hold) or (not sent and line.spending.hold))

    def show(self, hold: Hold | None) -> None:
        """Write the task's own trouble into its record, where the disk lets us."""
        if hold != self.hold:
            self.hold = hold
            with contextlib.suppress(HomeError):
                self.journal.hold([self.id], hold)

    async def rest(self, seconds: float, hold: Hold | None = None) -> None:
        """Wait, with the reason where there is one; the user's word ends the waiting."""
        self.show(hold)
        await self.sleep(seconds)

    async def sleep(self, seconds: float) -> None:
        if not self.leaving:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._nudge.wait()

    def look(self) -> None:
        """There may be news: end the wait, and keep everything else as it is."""
        self._nudge.set()
        self._nudge = asyncio.Event()

    def nudge(self) -> None:
        """The user wants it tried now."""
        self.hold = None
        self.retrying.reset()
        self.line.access.try_now()
        self.line.spending.try_now()
        self.look()


def owed(task: Task) -> bool:
    """Whether anything is left that a worker can do."""
    if task.forgotten:
        return False
    if task.status is Status.UNCERTAIN:
        return task.hold is None or task.hold.code not in WAITS_FOR_USER
    return task.live or task.refund is Refund.CHECKING

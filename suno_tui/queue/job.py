"""One task in the worker's hands: its steps, from where its record says that it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from suno_tui.api.backoff import Backoff
from suno_tui.api.errors import MOST_RAW, BadAnswer, BadFile, OutcomeUnknown, ProviderDown
from suno_tui.errors import HomeError, StudioError
from suno_tui.queue.holds import NEEDS_USER_TO_GO_ON, WAITS_FOR_USER
from suno_tui.queue.records import Hold, Refund, Status, Task

if TYPE_CHECKING:
    from suno_tui.queue.worker import Worker

log = logging.getLogger("suno_tui.queue")

NO_MEMORY = Hold("memory", "There is not enough memory at the moment. It is tried again.")


class Job:
    """Drives one task until it has ended, or until only the user can say how it goes on."""

    def __init__(self, worker: Worker, task: Task) -> None:
        self.worker = worker
        self.id = task.id
        self.journal = worker.journal
        self.pace = worker.pace
        self.line = worker.line(task)
        self.hold: Hold | None = None
        """The trouble that is this task's own."""
        self.told = True
        """Whether it stands in the record: a full disk may refuse it."""
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
        except MemoryError:
            log.warning("%s: there is not enough memory", self.id)
            await self.rest(self.retrying.next(), NO_MEMORY)
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
        return bool(self.hold or self.line.reason(task.status))

    def show(self, hold: Hold | None) -> None:
        """Write the task's own trouble into its record; later, if the disk refuses it now."""
        if hold != self.hold:
            self.hold = hold
            try:
                self.journal.hold([self.id], hold)
                self.told = True
            except HomeError:
                self.told = False
                self.worker.tell_soon()

    def heard(self, error: StudioError) -> None:
        """Keep what the provider said with an error, if it was not understood."""
        raw = getattr(error, "raw", b"")
        if raw and isinstance(error, (BadAnswer, BadFile, OutcomeUnknown, ProviderDown)):
            self.keep_answer(raw.decode("utf-8", "replace"))

    def keep_answer(self, text: str) -> None:
        with contextlib.suppress(HomeError):
            self.journal.not_understood(self.id, text.replace("\0", "\ufffd")[:MOST_RAW])

    def explain(self, hold: Hold | None, before: Hold | None = None) -> None:
        """Write why the task waits, if its record has `before`, and no trouble of its own."""
        with contextlib.suppress(HomeError):
            self.journal.explain(self.id, hold, before)

    @contextlib.contextmanager
    def waiting(self, hold: Hold) -> Iterator[None]:
        """Inside, something is waited for that may keep the line's other songs waiting as well:
        their records say so if it lasts."""
        said = False

        def say() -> None:
            nonlocal said
            said = True
            with contextlib.suppress(HomeError):
                self.line.tell(None, hold)
            self.explain(hold)

        timer = asyncio.get_running_loop().call_later(self.pace.silent, say)
        try:
            yield
        finally:
            timer.cancel()
            if said:
                with contextlib.suppress(HomeError):
                    self.line.tell(hold, None)
                self.explain(None, hold)

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
    if task.forgotten or (task.hold and task.hold.code in NEEDS_USER_TO_GO_ON):
        return False
    if task.status is Status.UNCERTAIN:
        return task.hold is None or task.hold.code not in WAITS_FOR_USER
    return task.live or task.refund is Refund.CHECKING

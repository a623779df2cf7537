"""The coroutine that drives one task, starting from the state in its record."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator

from suno_tui.common.errors import HomeError, StudioError
from suno_tui.providers.backoff import Backoff
from suno_tui.providers.errors import MOST_RAW, BadAnswer, BadFile, OutcomeUnknown, ProviderDown
from suno_tui.providers.source import Source
from suno_tui.tasks.holds import NEEDS_USER_TO_GO_ON, WAITS_FOR_USER, HoldCode
from suno_tui.tasks.models import Hold, Refund, Status, Task
from suno_tui.worker.context import WorkerContext

log = logging.getLogger("suno_tui.worker")

NO_MEMORY = Hold(HoldCode.MEMORY, "There is not enough memory at the moment. suno-tui tries again.")


class TaskRunner:
    """Drives one task until it has ended, or until only the user can decide how it goes on."""

    def __init__(self, worker: WorkerContext, task: Task) -> None:
        self.worker = worker
        self.id = task.id
        self.journal = worker.journal
        self.timings = worker.timings
        self.link = worker.link(task)
        self.hold: Hold | None = None
        """Why this task waits, apart from its provider's holds."""
        self.hold_recorded = True
        """Whether `hold` is in the record: a full disk may have refused it."""
        self.sending = False
        """The song is being sent, which must not be interrupted."""
        self.ending = False
        """The worker ends: stop after this step."""
        self.answered_at = 0.0
        """Loop time of the provider's last answer about this task."""
        self.first_poll = True
        """The task has not been polled yet: the first poll need not wait."""
        settings = worker.settings
        most = max(settings.poll_seconds, settings.poll_most_seconds)
        self.polling = Backoff(settings.poll_seconds, most, factor=1.3)
        self.retrying = Backoff(self.timings.trouble_first, self.timings.trouble_most)
        self.source: Source | None = None
        """The track that the song carries on from, as it was last brought to the provider."""
        self.uploaded_at = 0.0
        """Loop time of the last upload."""
        self.by_id_refused = False
        """The provider refused the song when it named that track by the provider's own id."""
        self.lost = 0
        """How often in a row the provider showed that it does not work on the task."""
        self.sent_anew = False
        """Whether the song was sent again because it was lost."""
        self.early: set[int] = set()
        """The takes that were tried before the task was completed, with or without success."""
        self.seen: object = None
        self.seen_since = 0.0
        """The last state of the task, and since when (loop time)."""
        self.missing = 0
        self.missing_since = 0.0
        self._wake = asyncio.Event()
        if task.status in (Status.SUBMITTING, Status.UNCERTAIN):
            self.link.add_uncertain(self.id)

    async def run(self, step: Step) -> None:
        """Do step after step; log unexpected errors and try again later."""
        try:
            while await self._try_step(step) and not self.ending:
                pass
        finally:
            self.link.remove_uncertain(self.id)

    async def _try_step(self, step: Step) -> bool:
        try:
            return await step(self)
        except HomeError as error:
            log.warning("%s: %s", self.id, error)
            await self.wait(self.retrying.next(), Hold(HoldCode.DISK, f"{error.title}: {error}"))
        except MemoryError:
            log.warning("%s: there is not enough memory", self.id)
            await self.wait(self.retrying.next(), NO_MEMORY)
        except StudioError as error:
            log.warning("%s: %s", self.id, error)
            await self.wait(self.retrying.next(), Hold(error.code, f"{error.title}: {error}"))
        except Exception:
            log.exception("%s: unexpected", self.id)
            hold = Hold(HoldCode.BUG, "Something unexpected happened; the log has the details.")
            await self.wait(self.timings.trouble_most, hold)
        return True

    def task(self) -> Task:
        """Read the task's record."""
        return self.worker.store.get(self.id)

    def is_held(self, task: Task) -> bool:
        """Return whether the task or its provider is held."""
        return bool(self.hold or self.link.reason(task.status))

    def set_hold(self, hold: Hold | None, retry_at: float | None = None) -> None:
        """Write why the task waits, and until when; later, if the disk refuses it now."""
        if hold != self.hold or (hold and retry_at):
            self.hold = hold
            try:
                self.journal.hold_each({self.id: hold}, retry_at)
                self.hold_recorded = True
            except HomeError:
                self.hold_recorded = False
                self.worker.record_holds_soon()

    def keep_raw_answer(self, error: StudioError) -> None:
        """Keep the provider's answer with an error, if it was not understood."""
        raw = getattr(error, "raw", b"")
        if raw and isinstance(error, (BadAnswer, BadFile, OutcomeUnknown, ProviderDown)):
            self.keep_answer(raw.decode("utf-8", "replace"))

    def keep_answer(self, text: str) -> None:
        with contextlib.suppress(HomeError):
            self.journal.keep_answer(self.id, text.replace("\0", "\ufffd")[:MOST_RAW])

    def explain(
        self, hold: Hold | None, before: Hold | None = None, retry_at: float | None = None
    ) -> None:
        """Write why the task waits, if its record still has `before`."""
        with contextlib.suppress(HomeError):
            self.journal.explain(self.id, hold, before, retry_at)

    @contextlib.contextmanager
    def explain_if_slow(self, hold: Hold, *, others: bool = True) -> Iterator[None]:
        """Write `hold` to the task if the block takes long; with `others`, to the provider's
        other songs as well."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self.timings.explain_after, lambda: write())
        written = False

        def write() -> None:
            nonlocal written, timer
            written = True
            with contextlib.suppress(HomeError):
                if others:
                    self.link.write_hold(None, hold)
            self.explain(hold)
            # Repeated, since a worker that waits for its turn lifts the holds that it finds.
            timer = loop.call_later(self.timings.explain_after, write)

        try:
            yield
        finally:
            timer.cancel()
            if written:
                with contextlib.suppress(HomeError):
                    if others:
                        self.link.write_hold(hold, None)
                self.explain(None, hold)

    async def wait(self, seconds: float, hold: Hold | None = None) -> None:
        """Sleep with `hold` in the record, before the next try; `wake` ends the sleep."""
        self.set_hold(hold, time.time() + seconds)
        await self.sleep(seconds)

    async def sleep(self, seconds: float) -> None:
        if not self.ending:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    def wake(self) -> None:
        """End the current sleep, as there may be news; keep holds and waiting times."""
        self._wake.set()
        self._wake = asyncio.Event()

    def try_now(self) -> None:
        """Try again now, as the user asks."""
        self.hold = None
        self.retrying.reset()
        self.link.access.try_now()
        self.link.spending.try_now()
        self.wake()


def owed(task: Task) -> bool:
    """Return whether a worker can still do something for the task."""
    if task.forgotten or (task.hold and task.hold.code in NEEDS_USER_TO_GO_ON):
        return False
    if task.status is Status.UNCERTAIN:
        return task.hold is None or task.hold.code not in WAITS_FOR_USER
    return task.live or task.refund is Refund.CHECKING


Step = Callable[[TaskRunner], Awaitable[bool]]
"""Does the next step of a task; returns False if nothing is left for a worker to do."""

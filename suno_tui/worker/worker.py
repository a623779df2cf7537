"""The worker: the only process of a home that sends songs, polls tasks and downloads takes.

It keeps no important state in memory: each step is in the store before the next one begins, so it
may be killed at any moment, and the next worker carries on. A file lock keeps it the only one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import HomeError
from suno_tui.common.locks import Lock
from suno_tui.common.notifications import ChangeWatch, open_inotify
from suno_tui.config.tables import QueueSettings
from suno_tui.tasks.models import Hold, Status, Task
from suno_tui.tasks.patience import Outcome, Patience
from suno_tui.tasks.row_mapping import is_damaged
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.callback_hints import CallbackAddress, follow_hint
from suno_tui.worker.context import Cancel, FileTake, FindSource, no_library
from suno_tui.worker.disk_reserve import DiskReserve, log_disk_trouble
from suno_tui.worker.journal import Journal
from suno_tui.worker.provider_link import ProviderLink
from suno_tui.worker.slots import DownloadSlots
from suno_tui.worker.state_machine import step
from suno_tui.worker.task_runner import TaskRunner, owed
from suno_tui.worker.timings import Timings
from suno_tui.worker.turns import Place

if TYPE_CHECKING:
    from suno_tui.providers.provider import Provider

log = logging.getLogger("suno_tui.worker")

SLOW_DOWNLOADS = 16
"""How many files may download at once after they lost their normal slot for being too slow."""


class Worker:
    """Drives every task of a store.

    `connect` returns the client of a provider by its name, or raises `SettingsError`, which holds
    its tasks until it succeeds. `downloads` is the folder of unfinished files. `lock` makes it the
    only worker of its home; `around` makes a context that is entered while the lock is held. With
    `callbacks` it receives callbacks, and gives songs without a callback URL one that leads here.
    `cancel` has, by provider, how to stop a task, `most_at_once` how many songs a provider may have
    at a time. `shell` says which songs it may send; with `detached` it ends if another worker of
    the same environment runs. `keep_take` files audio that can't be decoded, as it came.
    `find_source` finds a song's source. A new `settings_version()` renews the clients.
    """

    def __init__(
        self,
        store: TaskStore,
        *,
        connect: Callable[[str], Provider],
        file_take: FileTake,
        downloads: Path,
        settings: QueueSettings | None = None,
        lock: Lock | None = None,
        timings: Timings | None = None,
        around: Callable[[], AbstractAsyncContextManager[object]] | None = None,
        callbacks: CallbackAddress | None = None,
        cancel: Mapping[str, Cancel] | None = None,
        most_at_once: Mapping[str, int] | None = None,
        shell: Shell | None = None,
        detached: bool = False,
        keep_take: FileTake | None = None,
        find_source: FindSource = no_library,
        settings_version: Callable[[], object] = lambda: None,
    ) -> None:
        self._settings_version = settings_version
        self.store = store
        self.journal = Journal(store)
        self.connect = connect
        self.file_take = file_take
        self.keep_take = keep_take or file_take
        self.find_source = find_source
        self.downloads = downloads
        self.settings = settings or QueueSettings()
        self.timings = timings or Timings()
        self.slots = DownloadSlots(self.settings.downloads)
        self.slow_slots = DownloadSlots(SLOW_DOWNLOADS)
        """For files that are so slow that they would keep all others waiting."""
        self.stopping = False
        self.callbacks = callbacks
        self.cancel = cancel or {}
        self.most_at_once = most_at_once or {}
        self.callback_port: int | None = None
        """The port that callbacks are received on, while they are."""
        self.reserve = DiskReserve(store.path.with_suffix(".reserve"))
        self.shell = shell or Shell()
        self._place = Place(lock, self.shell, self.timings, detached=detached)
        self._adopted = False
        self._yields = False
        """Whether this worker ends to give the lock to a worker of another shell."""
        self._record_at = 0.0
        self._around = around or contextlib.nullcontext
        self._links: dict[tuple[str, str | None, str | None], ProviderLink] = {}
        self._runners: dict[str, tuple[TaskRunner, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self._seen_version: int | None = None
        """The queue's version when the runners were last brought up to date."""

    def stop(self) -> None:
        """End soon, after the song that is being sent; the next worker does the rest."""
        self.stopping = True
        self._wake.set()

    def link(self, task: Task) -> ProviderLink:
        """Return the link to a task's provider, by the task's address and account."""
        own = self.shell.accounts.get(task.provider)
        ours = task.account in (None, own)
        # Songs without an account are sent with the environment's: through the same link, which
        # sends one song at a time.
        account = own if ours else task.account
        key = (task.provider, task.base_url, account)
        if key not in self._links:
            self._links[key] = ProviderLink(
                task.provider,
                task.base_url,
                self.connect,
                self.journal,
                self.timings,
                account,
                ours,
                self._settings_version,
            )
        return self._links[key]

    def record_holds_soon(self) -> None:
        """Write the holds that a full disk refused as soon as there is room."""
        self._record_at = 0.0
        self._wake.set()

    def runners_of(self, provider: str) -> list[TaskRunner]:
        return [runner for runner, _ in self._runners.values() if runner.link.name == provider]

    def is_sending(self, id: str) -> bool:
        """Return whether the song of that task is being sent at this moment."""
        return id in self._runners and self._runners[id][0].sending

    def check_now(self, id: str) -> None:
        """Poll a task now: there may be news of it."""
        if id in self._runners:
            self._runners[id][0].wake()

    def rescan(self) -> None:
        """Read the queue again soon: a record changed that a runner must know of."""
        self._seen_version = None
        self._wake.set()

    async def run(self, *, stay: bool = False, patience: float | None = None) -> Outcome:
        """Work until nothing is owed; with `stay`, until it is stopped.

        With `patience` (seconds) it ends earlier: at once if everything left is refused, else after
        that long with nothing but failures. While another worker holds the lock it waits, and takes
        over if the other ends.
        """
        limit = Patience(None if stay else patience)
        while (ended := await self._acquire(stay, limit)) is None:
            try:
                async with self._around(), self._receive_callbacks():
                    try:
                        ended = await self._work(stay, limit)
                    finally:
                        await self._stop_runners()
            finally:
                if self._yields:
                    self._place.yield_to_next()
                else:
                    self._place.release()
            # A view that added a task while the lock was held started no worker: check once more.
            if ended or not self.store.owed(self.shell):
                return ended or self._outcome()
        return ended

    @contextlib.asynccontextmanager
    async def _receive_callbacks(self) -> AsyncIterator[None]:
        """Receive callbacks inside, if `callbacks` is set. Raises `CannotListen`."""
        if self.callbacks is None:
            yield
            return
        from suno_tui.worker.callback_server import receiver

        async with receiver(self.callbacks, partial(follow_hint, self)) as self.callback_port:
            log.info("callbacks are received on port %d", self.callback_port)
            try:
                yield
            finally:
                self.callback_port = None

    async def _acquire(self, stay: bool, limit: Patience) -> Outcome | None:
        """Wait for the lock; return None once it is held, or why there is nothing to wait for."""
        retried = taken = False
        try:
            while not self.stopping:
                if taken := self._place.acquire():
                    return None
                if not retried:
                    # A user who starts a second worker wants everything tried now.
                    self._adopt()
                    self.journal.lift_all(self.shell)
                    retried = True
                holds = self.store.owed(self.shell)
                if not (stay or holds) or self._place.redundant():
                    return self._outcome()
                if ended := limit.over(holds):
                    return ended
                self._request_place(holds)
                await self._pause(self.timings.watch)
        finally:
            if not taken:
                self._place.release()
        return Outcome.STOPPED

    def _request_place(self, holds: list[str | None]) -> None:
        """Ask for the lock if that helps, and write why this environment's songs wait."""
        own = bool(self.store.owed(self.shell, own=True))
        if own and self._place.held_by_other_accounts() and time.monotonic() >= self._record_at:
            self._record_at = time.monotonic() + 1
            with contextlib.suppress(HomeError):
                self.journal.wait_for_turn(self.shell)
        blocked = [link for link in self._links.values() if link.blocked]
        ready = not blocked or any(link.retry_due for link in blocked)
        self._place.request(holds, own=own, ready=ready)

    def _adopt(self) -> None:
        """Take over songs whose key was refused; once, or two workers would take turns at it."""
        if not self._adopted:
            self._adopted = True
            self.journal.adopt(self.shell)

    async def _work(self, stay: bool, limit: Patience) -> Outcome | None:
        """Drive the tasks until the worker has to end; None if no runner is left."""
        with log_disk_trouble():
            self._adopt()
            self.journal.lift_all(self.shell)
            make_folder(self.downloads)
            self._remove_stale_files()
        log.info("at work")
        self._seen_version, self._yields = None, False
        files = self.store.path, *self._place.files
        with contextlib.closing(ChangeWatch(open_inotify(), files, self._wake.set)) as notices:
            return await self._drive(stay, limit, notices)

    async def _drive(self, stay: bool, limit: Patience, notices: ChangeWatch) -> Outcome | None:
        while not self.stopping:
            if not self.store.in_place():
                log.warning("the queue's file was removed or replaced; this worker ends")
                return Outcome.STOPPED
            with log_disk_trouble():
                if (version := self.store.outside_version()) != self._seen_version:
                    self._update_runners()
                    self._seen_version = version
                self._drop_finished()
                if not self._runners and not stay:
                    return None
            with log_disk_trouble():
                self._record_holds()
            requested = self._place.requested()
            with log_disk_trouble():
                if requested and self._yield_if_due():
                    return None
                if limit.seconds is not None and (ended := limit.over(self.store.owed(self.shell))):
                    return ended if ended is Outcome.REFUSED else self._outcome()
            timed = limit.seconds is not None or requested or self._unrecorded()
            quiet = notices.watching and not timed
            await self._pause(self.timings.quiet if quiet else self.timings.watch)
        return Outcome.STOPPED

    def _update_runners(self) -> None:
        """Start runners for new tasks, end those of forgotten ones, retry at the user's request."""
        self.store.check_format()
        paused = self.store.paused
        tasks = {task.id: task for task in [*self.store.live(), *self.journal.refunds_to_check()]}
        for task in tasks.values():
            if task.error and is_damaged(task):
                log.error("%s: %s", task.id, task.error.message)
                self.journal.set_aside(task.id, task.error)
        for key, (runner, running) in self._runners.items():
            if key not in tasks or not self.shell.may_drive(tasks[key]):
                if not runner.sending:
                    running.cancel()
            elif tasks[key].cancelling:
                runner.wake()
            elif tasks[key].hold is None and runner.is_held(tasks[key]):
                runner.try_now()
        for task in tasks.values():
            if task.id not in self._runners:
                self._start_runner(task, paused)

    def _sending(self) -> bool:
        """Return whether a song is being sent at this moment."""
        return any(runner.sending for runner, _ in self._runners.values())

    def _yield_if_due(self) -> bool:
        """Return whether to give the lock now to the worker of another shell that asks for it."""
        if self._sending():
            return False
        trying = any(runner.link.retry_due for runner, _ in self._runners.values())
        holds = self.store.owed(self.shell)
        if not self._place.turn_over(holds, trying=trying, busy=self.journal.busy()):
            return False
        log.info("a worker of another shell takes its turn")
        self._yields = True
        return True

    def _record_holds(self) -> None:
        """Write the holds that a full disk refused."""
        unrecorded = self._unrecorded()
        if not unrecorded or time.monotonic() < self._record_at:
            return
        self._record_at = time.monotonic() + 1
        try:
            self.journal.hold_each(unrecorded)
        except HomeError:
            if self._sending():
                raise  # the reserve is for the song's id
            with self.reserve.lend():
                self.journal.hold_each(unrecorded)
        for runner, _ in self._runners.values():
            runner.hold_recorded = runner.hold_recorded or unrecorded.get(runner.id) == runner.hold

    def _unrecorded(self) -> dict[str, Hold | None]:
        return {
            runner.id: runner.hold
            for runner, _ in self._runners.values()
            if not runner.hold_recorded
        }

    def _start_runner(self, task: Task, paused: bool) -> None:
        if not self.shell.may_drive(task):
            if task.hold is None and task.live:
                with contextlib.suppress(HomeError):
                    self.journal.explain(task.id, self.shell.why_not(task))
            return
        if owed(task) and not (paused and task.status is Status.QUEUED):
            runner = TaskRunner(self, task)
            if task.hold is None and (reason := runner.link.reason(task.status)):
                runner.explain(reason, retry_at=runner.link.retry_at(reason))
            running = asyncio.create_task(runner.run(step), name=f"task {task.id}")
            running.add_done_callback(lambda _: self._wake.set())
            self._runners[task.id] = (runner, running)

    def _drop_finished(self) -> None:
        """Drop runners that have ended; restart those whose task was retried meanwhile."""
        for key in [key for key, (_, running) in self._runners.items() if running.done()]:
            del self._runners[key]
            self._start_runner(self.store.get(key), self.store.paused)

    def _outcome(self) -> Outcome:
        """Return why the worker ends, if no runner is left."""
        left = self.store.live()
        if left and not any(self.shell.may_drive(task) for task in left):
            return Outcome.REFUSED
        return Outcome.OWED if left else Outcome.DONE

    async def _stop_runners(self) -> None:
        """End all runners; one that is sending a song gets time for the answer."""
        sending = []
        for runner, running in self._runners.values():
            runner.ending = True
            if runner.sending:
                sending.append(running)
            else:
                running.cancel()
        if sending:
            await asyncio.wait(sending, timeout=self.timings.grace)
        for _, running in self._runners.values():
            running.cancel()
        await asyncio.gather(
            *(running for _, running in self._runners.values()), return_exceptions=True
        )
        for link in self._links.values():
            await link.aclose()
        self._runners.clear()

    def _remove_stale_files(self) -> None:
        """Remove the files of tasks that are not downloaded any more."""
        live = {task.id for task in self.store.all(forgotten=True) if task.live}
        for path in self.downloads.glob("*"):
            if path.name.split("-")[0] not in live and path.is_file():
                path.unlink(missing_ok=True)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

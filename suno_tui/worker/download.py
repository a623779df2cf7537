"""Downloading the takes of a completed task and filing them, each take on its own.

A provider keeps the audio for a while (`Task.url_life`): the take whose URL expires first is
downloaded first, and none is given up before its URL expires. A URL that was refused is renewed by
polling the task. A complete file is filed, whatever its kind; a broken one is set aside, and filed
as it is if nothing better comes. A missing cover delays a take only for a short time.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.errors import HomeError, StudioError, home_error
from suno_tui.common.text import clean, deadline
from suno_tui.media.kinds import PICTURES
from suno_tui.providers.backoff import Backoff
from suno_tui.providers.errors import (
    BadFile,
    FileGone,
    NetworkError,
    NeverSent,
    ProviderError,
    TooSlow,
)
from suno_tui.providers.transfer import RejectedFile
from suno_tui.tasks.holds import PASSING, HoldCode
from suno_tui.tasks.models import Hold, Take, Task
from suno_tui.worker.provider_link import hold_for
from suno_tui.worker.take_files import TakeFiles
from suno_tui.worker.take_rows import aligned
from suno_tui.worker.task_budget import MOST_AUDIO, MOST_COVER, TaskBudget
from suno_tui.worker.task_runner import NO_MEMORY

if TYPE_CHECKING:
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")

LEAST_SPEED = 4096
"""Bytes a second below which a download loses its slot: a song would take half an hour."""
SAME_AGAIN = 3600.0
"""Seconds between two downloads of a file that is the same each time."""
DEATHS = 2
"""How many workers may die while they file a take before it is left alone."""

SLOT = Hold(HoldCode.DOWNLOAD_SLOT, "Waiting for a download slot: others are being downloaded.")
FILING = Hold(HoldCode.FILING, "Waiting for the library, which has not taken the audio yet.")
LONG_FILING = 10.0
"""Seconds after which the task shows that the library is slow."""


class TakeDownload:
    """The way of one take from its URL to the library.

    `holds` is shared by the takes of the task: by take number, why the take waits.
    """

    def __init__(
        self,
        runner: TaskRunner,
        number: int,
        renewing: asyncio.Lock,
        holds: dict[int, Hold | None],
        budget: TaskBudget,
    ) -> None:
        self.runner = runner
        self.id = runner.id
        self.journal, self.timings = runner.journal, runner.timings
        self.number = number
        self.renewing = renewing
        self.holds = holds
        self.budget = budget
        self.backoff = Backoff(runner.timings.trouble_first, runner.timings.trouble_most)
        self.rescue = Backoff(runner.timings.trouble_first, runner.timings.rescue_most)
        self.rejected = RejectedFile()
        """The last wrong file, which is not downloaded again if it is still the same."""
        self.slow = False
        self.strikes = 0
        self.since = 0.0
        self.recorded_at = 0.0
        holds[number] = None

    async def run(self) -> None:
        """Try until the take is filed, or its audio is lost for good."""
        while True:
            task = self.runner.task()
            take = next((take for take in task.takes if take.number == self.number), None)
            if take is None or task.forgotten or not task.live:
                return
            try:
                if not take.url:
                    raise FileGone("The provider has not said where the audio is.")
                await self._download_and_file(task, take)
            except (FileGone, BadFile) as error:
                if await self._strike(task, take, error):
                    return
            except TooSlow as error:
                # It continues where it stopped, in a slot for slow files.
                log.info("%s: take %d: %s", self.id, self.number, error.code)
                self.slow = True
            except (NetworkError, ProviderError) as error:
                # Once the URL has expired, a host that fails or breaks off counts as a bad file.
                if isinstance(error, NeverSent) or time.time() <= _deadline(task):
                    await self._wait_out(error, error.retry_after)
                elif await self._strike(task, take, error):
                    return
            except OSError as error:
                await self._wait_out(home_error(self.runner.worker.downloads, error))
            except MemoryError:
                self._set_hold(NO_MEMORY)
                await self.runner.sleep(self.backoff.next())
            except StudioError as error:
                if error.code != HoldCode.BAD_AUDIO:
                    await self._wait_out(error)
                elif await self._strike(task, take, error):
                    return
            else:
                self._set_hold(None, done=True)
                return

    async def try_once(self, task: Task, take: Take) -> None:
        """Download and file the take. Raises the error of the only try."""
        await self._download_and_file(task, take)

    async def _download_and_file(self, task: Task, take: Take) -> None:
        files = TakeFiles(self.runner.worker.downloads, task, take)
        client = await self.runner.link.file_client()
        slots = self.runner.worker.slow_slots if self.slow else self.runner.worker.slots
        with self._hold_if_slow(SLOT, self.timings.explain_after) as waiting:
            async with slots.slot(_deadline(task), task.provider):
                waiting.cancel()
                audio = files.audio()
                if audio is None:
                    part = files.part("audio")
                    fetched = await client.download(
                        take.url,
                        part,
                        most=MOST_AUDIO,
                        least=0 if self.slow else LEAST_SPEED,
                        rejected=self.rejected,
                        on_bytes=self._on_bytes,
                    )
                    audio = files.keep_audio(part, fetched.kind)
                    self._judge(files, audio, RejectedFile(fetched.size, fetched.validator))
                self.budget.keep(self.number, audio)
                cover = files.cover() or await self._cover(files, take)
                await self._file(task, take, files, audio, cover)

    def _judge(self, files: TakeFiles, audio: Path, fetched: RejectedFile) -> None:
        """Check a file that was just downloaded.

        Raises `BadFile` if it is a picture, or the same as one that was wrong before.
        """
        with audio.open("rb") as file:
            fetched = fetched.with_digest(hashlib.file_digest(file, "sha256").hexdigest())
        same = fetched.digest == self.rejected.digest
        self.rejected = fetched
        if same:
            # Without an ETag, only a download shows that the file is the same, so try seldom.
            self.rescue.most = SAME_AGAIN
        if same or audio.suffix in PICTURES:
            files.set_aside(audio)
            raise BadFile("It is the same file as before." if same else "It is a picture.")

    async def _file(
        self, task: Task, take: Take, files: TakeFiles, audio: Path, cover: Path | None
    ) -> None:
        """Put the take into the library; if the worker dies meanwhile, the record shows it."""
        self.journal.begin_filing(self.id, self.number, self.budget.size(self.number))
        try:
            with self._hold_if_slow(FILING, LONG_FILING):
                track_id = await self._file_in_thread(task, take, audio, cover, whole=True)
        except StudioError as error:
            if error.code == HoldCode.BAD_AUDIO:
                files.set_aside(audio)
            raise
        finally:
            with contextlib.suppress(HomeError):
                self.journal.end_filing(self.id, self.number)
        self.journal.take_done(self.id, self.number, track_id)
        files.discard()

    async def _file_in_thread(
        self, task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool
    ) -> str:
        worker = self.runner.worker
        file = worker.file_take if whole else worker.keep_take
        filing = asyncio.create_task(asyncio.to_thread(file, task, take, audio, cover))
        try:
            return await asyncio.shield(filing)
        except asyncio.CancelledError:
            # The thread can't be stopped, and no other thread may use the same files meanwhile.
            await asyncio.wait({filing}, timeout=self.timings.grace)
            if filing.done() and not filing.exception():
                with contextlib.suppress(HomeError):
                    self.journal.take_done(self.id, self.number, filing.result())
            raise

    async def _keep_wrong(self, task: Task, take: Take) -> str | None:
        """File the broken file that was set aside, as no better one will come; return None.

        If it can't be filed, move it to a folder next to the downloads and return a sentence about
        it (empty if there is no file).
        """
        files = TakeFiles(self.runner.worker.downloads, task, take)
        wrong = files.wrong()
        if wrong is None:
            return ""
        try:
            cover = files.cover()
            track_id = await self._file_in_thread(task, take, wrong, cover, whole=False)
        except StudioError as error:
            if error.code != HoldCode.BAD_AUDIO:
                raise
            kept = self.runner.worker.downloads.parent / "kept" / wrong.name
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            wrong.replace(kept)
            return f" The file that came instead is kept: {kept}."
        self.journal.take_done(self.id, self.number, track_id)
        return None

    async def _cover(self, files: TakeFiles, take: Take) -> Path | None:
        """Return the cover's file, or None if it can't be downloaded within a short time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.timings.cover):
                return await self._download_cover(files, take)
        log.info("%s: no cover for take %d in time", self.id, self.number)
        return None

    async def _download_cover(self, files: TakeFiles, take: Take) -> Path | None:
        if not take.image_url:
            return None
        client = await self.runner.link.file_client()
        for again in range(self.timings.cover_tries):
            if again:
                await asyncio.sleep(self.backoff.first)
            try:
                part = files.part("cover")
                fetched = await client.download(take.image_url, part, most=MOST_COVER)
                return files.keep_cover(part, fetched.kind)
            except (FileGone, BadFile) as error:
                log.info("%s: no cover for take %d: %s", self.id, self.number, error.code)
                return None
            except (NetworkError, ProviderError) as error:
                log.info("%s: no cover for take %d yet: %s", self.id, self.number, error.code)
        return None

    async def _strike(self, task: Task, take: Take, error: StudioError) -> bool:
        """Renew the URL of audio that is gone or wrong, and wait; return True to give it up."""
        loop = asyncio.get_running_loop()
        self.strikes += 1
        if self.strikes == 1:
            self.since = loop.time()
        log.info("%s: take %d, strike %d: %s", self.id, take.number, self.strikes, error.code)
        if not take.url and self.strikes > self.timings.absent_tries:
            self.journal.take_absent(self.id, take.number)
            self._set_hold(None, done=True)
            return True
        self.runner.keep_raw_answer(error)
        # If the URL never expires, a file that is gone was deleted, and no other will come.
        ended = task.url_life is None or time.time() > _deadline(task)
        # Until the URL expires, a host whose file is missing or wrong may get it yet.
        final = isinstance(error, FileGone) and error.http_status == 410
        long = loop.time() - self.since >= self.timings.gone
        if take.url and self.strikes >= self.timings.gone_tries and (final or (long and ended)):
            try:
                kept = await self._keep_wrong(task, take)
            except StudioError as trouble:
                await self._wait_out(trouble)
                return False
            if kept is not None:
                self.journal.take_lost(self.id, take.number, f"{_why(error)}{kept}")
            TakeFiles(self.runner.worker.downloads, task, take).discard()
            self._set_hold(None, done=True)
            return True
        with contextlib.suppress(HomeError):
            self.journal.take_trouble(self.id, take.number, _why(error))
        renewed = await self._renewed(task, take)
        # A provider may give ever new URLs and refuse them all: only the first is tried at once.
        if not renewed or self.strikes > 1:
            code = HoldCode.AUDIO_LATE if long and error.code in PASSING else error.code
            more = ""
            if code == HoldCode.AUDIO_LATE and task.url_life is not None:
                end = datetime.fromtimestamp(_deadline(task), UTC)
                more = f" suno-tui tries again until {deadline(end)}."
            self._set_hold(Hold(code, f"{error.title}: {_why(error)}{more}"))
            await self.runner.sleep(self.rescue.next())
        return False

    async def _renewed(self, task: Task, take: Take) -> bool:
        """Poll the task; return whether that gave another URL for the take."""
        task_id = task.task_id or ""
        async with self.renewing:
            now = next((t for t in self.runner.task().takes if t.number == take.number), take)
            if now.url != take.url:
                return True
            try:
                async with self.runner.link.turn() as client:
                    remote = await client.task(task_id)
            except StudioError as error:
                log.info("%s: no new URL: %s", self.id, error.code)
                return False
            if remote.status != "completed":
                return False
            results = aligned(self.runner.task(), remote.results)
            self.journal.record_takes(self.id, results)
        return any(new.number == take.number and new.url not in ("", take.url) for new in results)

    async def _wait_out(self, error: StudioError, at_least: float | None = None) -> None:
        """Sleep after trouble with the network or the disk, no matter how often it happens."""
        hold = Hold(HoldCode.DISK, str(error)) if isinstance(error, HomeError) else hold_for(error)
        wait = self.backoff.next(at_least)
        why = f"{error.code} ({clean(str(error))})"
        level = logging.WARNING if isinstance(error, HomeError) else logging.INFO
        log.log(level, "%s: take %d: %s, again in %.0f s", self.id, self.number, why, wait)
        self._set_hold(hold)
        with contextlib.suppress(HomeError):
            self.journal.take_trouble(self.id, self.number, str(error))
        await self.runner.sleep(wait)

    @contextlib.contextmanager
    def _hold_if_slow(self, hold: Hold, seconds: float) -> Iterator[asyncio.TimerHandle]:
        """Set `hold` if the block takes `seconds` or longer and the take has no other hold.

        Cancel the handle if the wait is over before the block ends.
        """

        def show() -> None:
            if self.holds.get(self.number) is None:
                self._set_hold(hold)

        timer = asyncio.get_running_loop().call_later(seconds, show)
        try:
            yield timer
        finally:
            timer.cancel()
            if self.holds.get(self.number) == hold:
                self._set_hold(None)

    def _set_hold(self, hold: Hold | None, *, done: bool = False) -> None:
        """Set the take's hold; the task is held if all its unfinished takes are."""
        self.holds[self.number] = hold
        if done:
            del self.holds[self.number]
        troubled = bool(self.holds) and all(self.holds.values())
        self.runner.set_hold(next(iter(self.holds.values())) if troubled else None)

    def _on_bytes(self, received: int, size: int | None) -> None:
        self.budget.take(self.number, received, size)
        now = asyncio.get_running_loop().time()
        if now - self.recorded_at >= self.timings.progress:
            self.recorded_at = now
            self.backoff.reset()
            self._set_hold(None)
            self.journal.record_received(self.id, self.number, received, size)


def _deadline(task: Task) -> float:
    """Return when the task's URLs expire, in unix seconds; infinity if they don't."""
    life = math.inf if task.url_life is None else task.url_life
    return (task.completed_at or task.created_at).timestamp() + life


def _why(error: StudioError) -> str:
    """Return what is wrong with a file, without its URL, which changes."""
    return str(getattr(error, "why", None) or error)

"""Fetching the takes of a completed task and filing them: each on its own, until it is whole.

The provider keeps the audio for 24 hours, so what ends first goes first, and nothing is given up
before these hours are over. A URL that was refused is renewed by asking for the task again. What
came whole is filed, whatever its kind is; what is not whole is set aside, and filed as it is if
nothing better comes. A cover is wanted, but never keeps a take waiting for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.api.backoff import Backoff
from suno_tui.api.catalog import URL_LIFE
from suno_tui.api.errors import (
    BadFile,
    FileGone,
    NetworkError,
    NeverSent,
    ProviderError,
    TooSlow,
)
from suno_tui.api.transfer import Judged
from suno_tui.errors import HomeError, StudioError
from suno_tui.home import home_error
from suno_tui.queue.holds import PASSING
from suno_tui.queue.job import NO_MEMORY
from suno_tui.queue.line import hold_for
from suno_tui.queue.records import Failure, Hold, Status, Take, TakeState, Task
from suno_tui.queue.take_files import PICTURE, Files
from suno_tui.text import clean

if TYPE_CHECKING:
    from suno_tui.queue.job import Job

log = logging.getLogger("suno_tui.queue")

MOST_AUDIO = 512 * 1024 * 1024
MOST_COVER = 32 * 1024 * 1024
LEAST_SPEED = 4096
"""Bytes a second under which a host gives its slot to the next: a song would take half an hour."""
SAME_AGAIN = 3600.0
"""Seconds between two tries of a file that comes the same each time."""
DEATHS = 2
"""Workers that may die at a take before it is left alone."""

SLOT = Hold("download_slot", "Waiting for a download slot: others are being fetched.")
FILING = Hold("filing", "The library has not taken the audio yet. It is waited for.")
LONG_FILING = 10.0
"""Seconds after which putting a take into the library takes too long to be silent about."""


async def fetch_takes(job: Job, task: Task) -> None:
    """Fetch and file what is missing, then end the task."""
    renewing = asyncio.Lock()
    holds: dict[int, Hold | None] = {}
    left = [take for take in task.takes if take.state not in (TakeState.DONE, TakeState.LOST)]
    deadly = [take for take in left if take.filings >= DEATHS]
    fetchers = [
        TakeFetcher(job, take.number, renewing, holds) for take in left if take not in deadly
    ]
    # One take's fault never stops its sibling.
    outcomes = await asyncio.gather(*(each.run() for each in fetchers), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    task = job.task()
    if task.forgotten:
        return
    if deadly:
        job.show(_died(job, task, deadly[0]))
        await job.sleep(0 if job.told else 1)
        return
    job.show(None)
    lost = [take for take in task.takes if take.state is TakeState.LOST]
    if not any(take.state is TakeState.DONE or take in lost for take in task.takes):
        message = "The provider calls the task completed, but gave no audio."
        job.journal.end(job.id, Status.FAILED, Failure("no_audio", message))
    elif lost:
        names = " and ".join(str(take.number) for take in lost)
        message = f"The audio of take {names} is lost: {lost[0].error}"
        job.journal.end(job.id, Status.EXPIRED, Failure("audio_lost", message))
    else:
        job.journal.end(job.id, Status.COMPLETED)
    log.info("%s: %d takes filed, %d lost", job.id, len(task.takes) - len(lost), len(lost))


def _died(job: Job, task: Task, take: Take) -> Hold:
    audio = Files(job.worker.downloads, task, take).audio()
    where = f" Its file is {audio}." if audio else ""
    return Hold(
        "filing_died",
        f"Two workers ended while take {take.number} was being put into the library, so it is left "
        f"alone.{where} `suno-tui queue retry {task.id}` tries it again.",
    )


class TakeFetcher:
    """One take, from its URL to the library. `holds` says for each take what is in its way."""

    def __init__(
        self, job: Job, number: int, renewing: asyncio.Lock, holds: dict[int, Hold | None]
    ) -> None:
        self.job = job
        self.number = number
        self.renewing = renewing
        self.holds = holds
        self.backoff = Backoff(job.pace.trouble_first, job.pace.trouble_most)
        self.rescue = Backoff(job.pace.trouble_first, job.pace.rescue_most)
        self.judged = Judged()
        """The file that came and was wrong: the same is not fetched again."""
        self.slow = False
        self.strikes = 0
        self.since = 0.0
        self.told_at = 0.0
        holds[number] = None

    async def run(self) -> None:
        """Try until the take is filed, or its audio is lost for good."""
        while True:
            task = self.job.task()
            take = next((take for take in task.takes if take.number == self.number), None)
            if take is None or task.forgotten or not task.live:
                return
            try:
                if not take.url:
                    raise FileGone("The provider has not said where the audio is.")
                await self._fetch_and_file(task, take)
            except (FileGone, BadFile) as error:
                if await self._strike(task, take, error):
                    return
            except TooSlow as error:
                # It goes on where it stopped, in the lane of the slow.
                log.info("%s: take %d: %s", self.job.id, self.number, error.code)
                self.slow = True
            except (NetworkError, ProviderError) as error:
                # A host that answers, and only fails or breaks off after the URL's end, is no hope.
                if isinstance(error, NeverSent) or time.time() <= _deadline(task):
                    await self._rest(error, error.retry_after)
                elif await self._strike(task, take, error):
                    return
            except OSError as error:
                await self._rest(home_error(self.job.worker.downloads, error))
            except MemoryError:
                self._say(NO_MEMORY)
                await self.job.sleep(self.backoff.next())
            except StudioError as error:
                if error.code != "bad_audio":
                    await self._rest(error)
                elif await self._strike(task, take, error):
                    return
            else:
                self._say(None, done=True)
                return

    async def _fetch_and_file(self, task: Task, take: Take) -> None:
        files = Files(self.job.worker.downloads, task, take)
        client = await self.job.line.file_client()
        slots = self.job.worker.slow_slots if self.slow else self.job.worker.slots
        with self._lasting(SLOT, self.job.pace.silent) as waiting:
            async with slots.slot(_deadline(task), task.provider):
                waiting.cancel()
                audio = files.audio()
                if audio is None:
                    part = files.part("audio")
                    fetched = await client.fetch(
                        take.url,
                        part,
                        most=MOST_AUDIO,
                        least=0 if self.slow else LEAST_SPEED,
                        judged=self.judged,
                        on_bytes=self._tell,
                    )
                    audio = files.keep_audio(part, fetched.kind)
                    self._judge(files, audio, Judged(fetched.size, fetched.validator))
                cover = files.cover() or await self._cover(files, take)
                await self._file(task, take, files, audio, cover)

    def _judge(self, files: Files, audio: Path, fetched: Judged) -> None:
        """Look at a file that has just come. Raises `BadFile` if it is a picture, or the same as
        one that was wrong before."""
        with audio.open("rb") as file:
            fetched = fetched.with_digest(hashlib.file_digest(file, "sha256").hexdigest())
        same = fetched.digest == self.judged.digest
        self.judged = fetched
        if same:
            # Without a mark of the host's only fetching it tells: that is not done all day.
            self.rescue.most = SAME_AGAIN
        if same or audio.suffix[1:] in PICTURE:
            files.set_aside(audio)
            raise BadFile("It is the same file as before." if same else "It is a picture.")

    async def _file(
        self, task: Task, take: Take, files: Files, audio: Path, cover: Path | None
    ) -> None:
        """Put it into the library, with a mark in the record that a worker which dies leaves."""
        journal = self.job.journal
        journal.filing(self.job.id, self.number, True)
        try:
            with self._lasting(FILING, LONG_FILING):
                track_id = await self._in_thread(task, take, audio, cover, whole=True)
        except StudioError as error:
            if error.code == "bad_audio":
                files.set_aside(audio)
            raise
        finally:
            with contextlib.suppress(HomeError):
                journal.filing(self.job.id, self.number, False)
        journal.take_done(self.job.id, self.number, track_id)
        files.discard()

    async def _in_thread(
        self, task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool
    ) -> str:
        worker = self.job.worker
        file = worker.file_take if whole else worker.keep_take
        filing = asyncio.create_task(asyncio.to_thread(file, task, take, audio, cover))
        try:
            return await asyncio.shield(filing)
        except asyncio.CancelledError:
            # The thread can't be stopped, and nobody else may begin with the same files meanwhile.
            await asyncio.wait({filing}, timeout=self.job.pace.grace)
            if filing.done() and not filing.exception():
                with contextlib.suppress(HomeError):
                    self.job.journal.take_done(self.job.id, self.number, filing.result())
            raise

    async def _keep_wrong(self, task: Task, take: Take) -> str | None:
        """No better file will come: file the one that was set aside as it is. Where even that is
        not possible it stays in a folder beside the downloads; what to say of it then."""
        files = Files(self.job.worker.downloads, task, take)
        wrong = files.wrong()
        if wrong is None:
            return ""
        try:
            track_id = await self._in_thread(task, take, wrong, files.cover(), whole=False)
        except StudioError as error:
            if error.code != "bad_audio":
                raise
            kept = self.job.worker.downloads.parent / "kept" / wrong.name
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            wrong.replace(kept)
            return f" What came instead is kept: {kept}."
        self.job.journal.take_done(self.job.id, self.number, track_id)
        return None

    async def _cover(self, files: Files, take: Take) -> Path | None:
        """The cover, if it is to be had in a short time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.job.pace.cover):
                return await self._try_cover(files, take)
        log.info("%s: no cover for take %d in time", self.job.id, self.number)
        return None

    async def _try_cover(self, files: Files, take: Take) -> Path | None:
        if not take.image_url:
            return None
        client = await self.job.line.file_client()
        for again in range(self.job.pace.cover_tries):
            if again:
                await asyncio.sleep(self.backoff.first)
            try:
                part = files.part("cover")
                fetched = await client.fetch(take.image_url, part, most=MOST_COVER)
                return files.keep_cover(part, fetched.kind)
            except (FileGone, BadFile) as error:
                log.info("%s: no cover for take %d: %s", self.job.id, self.number, error.code)
                return None
            except (NetworkError, ProviderError) as error:
                log.info("%s: no cover for take %d yet: %s", self.job.id, self.number, error.code)
        return None

    async def _strike(self, task: Task, take: Take, error: StudioError) -> bool:
        """The audio can't be had so: renew its URL and try again, or give it up (True)."""
        loop = asyncio.get_running_loop()
        pace, journal = self.job.pace, self.job.journal
        self.strikes += 1
        if self.strikes == 1:
            self.since = loop.time()
        log.info("%s: take %d, strike %d: %s", self.job.id, take.number, self.strikes, error.code)
        if not take.url and self.strikes > pace.absent_tries:
            journal.take_absent(self.job.id, take.number)
            self._say(None, done=True)
            return True
        self.job.heard(error)
        ended = time.time() > _deadline(task)
        # A host that has no such file, or a wrong one, may have it later: until its URL ends there
        # is time.
        final = isinstance(error, FileGone) and error.http_status == 410
        long = loop.time() - self.since >= pace.gone
        if take.url and self.strikes >= pace.gone_tries and (final or (long and ended)):
            try:
                kept = await self._keep_wrong(task, take)
            except StudioError as trouble:
                await self._rest(trouble)
                return False
            if kept is not None:
                journal.take_lost(self.job.id, take.number, f"{_why(error)}{kept}")
            Files(self.job.worker.downloads, task, take).discard()
            self._say(None, done=True)
            return True
        with contextlib.suppress(HomeError):
            journal.take_trouble(self.job.id, take.number, _why(error))
        renewed = await self._renewed(task, take)
        # A host may give another URL with every answer and refuse them all: once is at once.
        if not renewed or self.strikes > 1:
            code = "audio_late" if long and error.code in PASSING else error.code
            until = time.strftime("%a %H:%M", time.localtime(_deadline(task)))
            more = f" It is tried again until {until}." if code == "audio_late" else ""
            self._say(Hold(code, f"{error.title}: {_why(error)}{more}"))
            await self.job.sleep(self.rescue.next())
        return False

    async def _renewed(self, task: Task, take: Take) -> bool:
        """Whether asking for the task again brought another URL for the take."""
        task_id = task.task_id or ""
        async with self.renewing:
            now = next((t for t in self.job.task().takes if t.number == take.number), take)
            if now.url != take.url:
                return True
            try:
                remote = await self.job.line.ask(lambda client: client.task(task_id))
            except StudioError as error:
                log.info("%s: no new URL: %s", self.job.id, error.code)
                return False
            if remote.status != "completed":
                return False
            self.job.journal.takes(self.job.id, remote.results)
        return any(
            new.number == take.number and new.url not in ("", take.url) for new in remote.results
        )

    async def _rest(self, error: StudioError, at_least: float | None = None) -> None:
        """Wait out trouble of the network or the disk, however long it lasts."""
        hold = Hold("disk", str(error)) if isinstance(error, HomeError) else hold_for(error)
        wait = self.backoff.next(at_least)
        why = f"{error.code} ({clean(str(error))})"
        level = logging.WARNING if isinstance(error, HomeError) else logging.INFO
        log.log(level, "%s: take %d: %s, again in %.0f s", self.job.id, self.number, why, wait)
        self._say(hold)
        with contextlib.suppress(HomeError):
            self.job.journal.take_trouble(self.job.id, self.number, str(error))
        await self.job.sleep(wait)

    @contextlib.contextmanager
    def _lasting(self, hold: Hold, seconds: float) -> Iterator[asyncio.TimerHandle]:
        """Inside, something is waited for: the task says so if it lasts, and nothing worse is said
        of the take. Cancelling the value ends the waiting."""

        def say() -> None:
            if self.holds.get(self.number) is None:
                self._say(hold)

        timer = asyncio.get_running_loop().call_later(seconds, say)
        try:
            yield timer
        finally:
            timer.cancel()
            if self.holds.get(self.number) == hold:
                self._say(None)

    def _say(self, hold: Hold | None, *, done: bool = False) -> None:
        """The task is held where every take that is left is in trouble."""
        self.holds[self.number] = hold
        if done:
            del self.holds[self.number]
        troubled = bool(self.holds) and all(self.holds.values())
        self.job.show(next(iter(self.holds.values())) if troubled else None)

    def _tell(self, received: int, size: int | None) -> None:
        now = asyncio.get_running_loop().time()
        if now - self.told_at >= self.job.pace.told:
            self.told_at = now
            self.backoff.reset()
            self._say(None)
            self.job.journal.received(self.job.id, self.number, received, size)


def _deadline(task: Task) -> float:
    """When its URLs end, in unix seconds."""
    return (task.completed_at or task.created_at).timestamp() + URL_LIFE


def _why(error: StudioError) -> str:
    """What is wrong with a file, without what was said of where it lies: that changes."""
    return str(getattr(error, "why", None) or error)

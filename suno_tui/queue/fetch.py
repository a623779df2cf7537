"""Fetching the takes of a completed task and filing them: each on its own, until it is whole.

The provider keeps the audio for 24 hours, so what ends first goes first. A URL that was refused is
renewed by asking for the task again. A cover is wanted, but never keeps a take waiting for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.api.backoff import Backoff
from suno_tui.api.catalog import URL_LIFE
from suno_tui.api.errors import BadFile, FileGone, NetworkError, NeverSent, ProviderError
from suno_tui.api.transfer import discard
from suno_tui.errors import HomeError, StudioError
from suno_tui.home import home_error
from suno_tui.queue.line import hold_for
from suno_tui.queue.records import Failure, Hold, Status, Take, TakeState, Task
from suno_tui.text import clean

if TYPE_CHECKING:
    from suno_tui.queue.job import Job

log = logging.getLogger("suno_tui.queue")

MOST_AUDIO = 512 * 1024 * 1024
MOST_COVER = 32 * 1024 * 1024
SOUND = ("mp3", "wav", "flac", "ogg", "m4a")
PICTURE = ("jpg", "png", "webp", "gif", "avif")


async def fetch_takes(job: Job, task: Task) -> None:
    """Fetch and file what is missing, then end the task."""
    renewing = asyncio.Lock()
    holds: dict[int, Hold | None] = {}
    left = [take for take in task.takes if take.state not in (TakeState.DONE, TakeState.LOST)]
    fetchers = [TakeFetcher(job, take.number, renewing, holds) for take in left]
    # One take's fault never stops its sibling.
    outcomes = await asyncio.gather(*(each.run() for each in fetchers), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    task = job.task()
    if task.forgotten:
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
            except (NetworkError, ProviderError) as error:
                # A host that answers, and only fails or breaks off after the URL's end, is no hope.
                if isinstance(error, NeverSent) or time.time() <= _deadline(task):
                    await self._rest(error, error.retry_after)
                elif await self._strike(task, take, error):
                    return
            except OSError as error:
                await self._rest(home_error(self.job.worker.downloads, error))
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
        async with self.job.worker.slots.slot(_deadline(task)):
            audio = files.whole(SOUND)
            if audio is None:
                part = files.part("audio")
                fetched = await client.fetch(take.url, part, most=MOST_AUDIO, on_bytes=self._tell)
                audio = files.keep(part, fetched.kind, SOUND)
            cover = files.whole(PICTURE) or await self._cover(files, take)
            try:
                track_id = await asyncio.to_thread(
                    self.job.worker.file_take, task, take, audio, cover
                )
            except StudioError as error:
                if error.code == "bad_audio":
                    files.discard()
                raise
        self.job.journal.take_done(self.job.id, self.number, track_id)
        files.discard()

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
                return files.keep(part, fetched.kind, PICTURE)
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
        ended = time.time() > _deadline(task)
        # A host that has no such file may have it later: until its URL ends there is time. A file
        # that comes and is wrong each time is not fetched all day.
        final = isinstance(error, FileGone) and error.http_status == 410
        long = loop.time() - self.since >= pace.gone and (ended or not isinstance(error, FileGone))
        if take.url and self.strikes >= pace.gone_tries and (final or long):
            Files(self.job.worker.downloads, task, take).discard()
            journal.take_lost(self.job.id, take.number, str(error))
            self._say(None, done=True)
            return True
        journal.take_trouble(self.job.id, take.number, str(error))
        renewed = await self._renewed(task, take)
        # A host may give another URL with every answer and refuse them all: once is at once.
        if not renewed or self.strikes > 1:
            self._say(Hold(error.code, f"{error.title}: {error}"))
            await self.job.sleep(self.backoff.next())
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
        log.info("%s: take %d: %s, again in %.0f s", self.job.id, self.number, why, wait)
        self.job.journal.take_trouble(self.job.id, self.number, str(error))
        self._say(hold)
        await self.job.sleep(wait)

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


class Files:
    """Where a take's files grow, until the library has them."""

    def __init__(self, folder: Path, task: Task, take: Take) -> None:
        # A task that was sent anew has other takes: its files never mix with the earlier ones.
        mark = hashlib.sha256((task.task_id or "").encode()).hexdigest()[:8]
        self.folder = folder
        self.stem = f"{task.id}-{take.number}-{mark}"

    def part(self, what: str) -> Path:
        return self.folder / f"{self.stem}.{what}.part"

    def whole(self, kinds: tuple[str, ...]) -> Path | None:
        """What an earlier worker had fetched, but not filed."""
        for kind in kinds:
            if (path := self.folder / f"{self.stem}.{kind}").exists():
                return path
        return None

    def keep(self, part: Path, kind: str, kinds: tuple[str, ...]) -> Path:
        """Give a whole file its name. Raises `BadFile` where it is of another kind."""
        path = self.folder / f"{self.stem}.{kind}"
        if kind in kinds:
            part.replace(path)
        discard(part)
        if kind not in kinds:
            raise BadFile(f"It is a file of kind {kind}.")
        return path

    def discard(self) -> None:
        for path in self.folder.glob(f"{self.stem}.*"):
            path.unlink(missing_ok=True)

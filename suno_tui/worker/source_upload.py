"""Upload the track that a song carries on from, before the song is sent.

An upload costs nothing and may be repeated: there is no receipt yet, so a worker that dies here
leaves a queued task.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from suno_tui.common.errors import SettingsError, StudioError
from suno_tui.providers.errors import InvalidRequest, NetworkError, ProviderError
from suno_tui.providers.source import Source, SourceTrouble
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Failure, Hold, Task
from suno_tui.tasks.sources import fitting

if TYPE_CHECKING:
    from suno_tui.providers.provider import Provider
    from suno_tui.worker.task_runner import TaskRunner

log = logging.getLogger("suno_tui.worker")

UPLOADING = Hold(HoldCode.NO_ANSWER, "The track that it carries on from is being uploaded.")
KEPT = 12 * 3600
"""Seconds for which an uploaded file is relied on; providers keep it for a day or longer."""


class NotUploaded(StudioError):
    """The source could not be uploaded. The provider's other songs don't wait for it."""

    title = "The track could not be uploaded"

    def __init__(self, error: ProviderError | NetworkError) -> None:
        super().__init__(str(error))
        self.code = error.code
        self.retry_after = error.retry_after


async def bring_source(
    runner: TaskRunner, task: Task, *, others_wait: bool = True
) -> Source | None:
    """Bring the track that the song carries on from to the provider, and return it; None if the
    song doesn't carry on from one.

    If it takes long, a hold is written to the task, and with `others_wait` to the provider's other
    songs. Raises `SourceTrouble` if the track can't be sent as it is, `NotUploaded` if the upload
    failed for now, and `InvalidRequest`, after ending the task, if the provider refuses the track.
    """
    song = task.song
    if song.way is None:
        return None
    client = await _client(runner)
    model = client.capabilities.model(song.model) or client.capabilities.default_model
    found = await asyncio.to_thread(runner.worker.find_source, task)
    source = fitting(found, model, song)
    if runner.by_id_refused:
        source = replace(source, made=None)
    now, kept = asyncio.get_running_loop().time(), runner.source
    if kept and kept.digest == source.digest and now < runner.uploaded_at + KEPT:
        source = replace(source, address=kept.address)
    try:
        with runner.explain_if_slow(UPLOADING, others=others_wait):
            source = await client.upload(song, source)
    except SourceTrouble:
        raise
    except InvalidRequest as error:
        why = f"The provider refused the track that it carries on from: {error}"
        runner.journal.refused(runner.id, Failure(error.code, why))
        raise
    except (ProviderError, NetworkError) as error:
        runner.keep_raw_answer(error)
        raise NotUploaded(error) from None
    if source.address and source.address != (kept.address if kept else ""):
        log.info("%s: its source is uploaded", runner.id)
        runner.uploaded_at = now
    runner.source = source
    return source


async def upload_ahead(runner: TaskRunner, task: Task) -> None:
    """Upload the song's track before its turn comes, while other songs are sent.

    Tracks are uploaded one at a time, and none while the queue is paused or the provider is held.
    Raises the errors of `bring_source`, which will not upload the track again.
    """
    if task.song.way is None:
        return
    link = runner.link
    async with link.uploading.turn(runner.id):
        uncertain = not link.none_uncertain.is_set()
        if not (runner.worker.store.paused or link.blocked or uncertain):
            await bring_source(runner, task, others_wait=False)


def goes_by_id(runner: TaskRunner) -> bool:
    """Return whether the song names a track by the provider's own id, which it may have lost."""
    source = runner.source
    return source is not None and source.made is not None and not source.address


async def _client(runner: TaskRunner) -> Provider:
    try:
        return await runner.link.client()
    except SettingsError:
        async with runner.link.turn() as client:  # holds all songs of the provider
            return client

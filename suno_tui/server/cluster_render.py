"""The code that a Dask worker runs: it makes one take and reports its progress as events.

The scheduler imports this module too, to deserialise what it is sent.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean
from suno_tui.server.render_process import RenderedTake, RenderRequest, Stopped, perform

if TYPE_CHECKING:
    from distributed import Worker

    from suno_tui.server.object_storage import ObjectStorage

TOPIC = "suno-tui-progress"
"""Events of this topic are `[key, fraction done, name of the render worker]`."""
NEWS_SECONDS = 0.5
"""The least time between two events of a take."""
LOOK_SECONDS = 1
STOP_SECONDS = 15
"""How long a take that is no longer wanted may go on before its process ends."""
_RESOURCE = "suno-tui "
_key: object = None
"""The key of the take that this process makes now."""


def resource_of(engine: str) -> str:
    """Return the resource that a render worker with this engine has, and a take needs."""
    return _RESOURCE + engine


def engine_of(resources: dict[str, float]) -> str | None:
    """Return the engine of a worker with these resources; None if it is not one of ours."""
    names = [name.removeprefix(_RESOURCE) for name in resources if name.startswith(_RESOURCE)]
    return names[0] if names else None


@cache
def engine_here() -> str:
    """Return the engine and voice of this machine; if they are equal, so are the takes."""
    from suno_tui.engine.version import engine_version
    from suno_tui.engine.voice.speech import choose

    return f"{engine_version()} {choose()}"


def render_remotely(request: RenderRequest) -> RenderedTake:
    """Make a take in a thread of a render worker. Raises `Stopped` once it is no longer wanted.

    With object storage, the files are stored from here and not returned; if that fails, they are
    returned, and the server stores them.
    """
    from distributed import get_worker

    global _key
    worker = get_worker()
    _key = key = worker.get_current_task()
    last = 0.0

    def report(fraction: float) -> None:
        nonlocal last
        if not _is_wanted(worker, key):
            raise Stopped
        if (now := time.monotonic()) - last >= NEWS_SECONDS:
            last = now
            worker.log_event(TOPIC, [key, fraction, str(worker.name)])

    try:
        report(0.0)  # from the first report on, the server counts the time without news
        made = perform(request, report)
        return _stored(request, made) if request.storage else made
    finally:
        _key = None


async def stuck(worker: Worker) -> None:
    """Wait until a take has gone on for `STOP_SECONDS` after it was no longer wanted: it would
    block this render worker for ever."""
    seconds = 0
    while seconds < STOP_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        seconds = 0 if _key is None or _is_wanted(worker, _key) else seconds + 1


def _is_wanted(worker: Worker, key: object) -> bool:
    # The scheduler tells the render worker when no client wants a take any more, so no request is
    # needed. A thread can't be interrupted, so Dask only marks the take.
    state = worker.state.tasks.get(key)
    if worker.status.name not in ("running", "paused"):
        return False  # the scheduler is gone
    return state is not None and state.state not in ("cancelled", "released", "forgotten")


def _stored(request: RenderRequest, made: RenderedTake) -> RenderedTake:
    from suno_tui.server.object_storage import NameTaken

    assert request.storage is not None
    try:
        storage = _storage(request.storage)
        for name, data in ((request.audio, made.mp3), (request.cover, made.cover)):
            with suppress(NameTaken):  # a render worker that has died since had stored it
                storage.save(name, data)
    except StudioError as error:
        # For example, there are no credentials here. If the server fails too, it reports it.
        print(clean(f"The storage can't be used from here: {error}"), flush=True)
        return made
    return replace(made, mp3=b"", cover=b"", stored=True)


@cache
def _storage(url: str) -> ObjectStorage:
    from suno_tui.server.object_storage import ObjectStorage

    return ObjectStorage(url)

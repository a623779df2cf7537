"""The interface of the worker for the code below it, so that no file imports the worker itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from suno_tui.config.tables import QueueSettings
from suno_tui.providers.source import Source, SourceTrouble
from suno_tui.tasks.models import Take, Task
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.callback_hints import CallbackAddress
from suno_tui.worker.disk_reserve import DiskReserve
from suno_tui.worker.journal import Journal
from suno_tui.worker.provider_link import ProviderLink
from suno_tui.worker.slots import DownloadSlots
from suno_tui.worker.timings import Timings

FileTake = Callable[[Task, Take, Path, Path | None], str]
"""Moves a take's audio and cover into the library and returns the track's id. Called in a thread,
maybe twice for one take: it must be idempotent. After an error with the code `bad_audio` the take
is downloaded again."""

FindSource = Callable[[Task], Source]
"""Finds the track that a task's song carries on from. Called in a thread. Raises
`SourceTrouble`."""

Cancel = Callable[[str], Awaitable[bool]]
"""Stops the task that has this id at the provider; returns False if it has ended already."""


def no_library(task: Task) -> Source:
    """Raise `SourceTrouble`: the `FindSource` of a worker without a library."""
    raise SourceTrouble("There is no library here to find it in.")


class DrivenTask(Protocol):
    """A task that the worker drives at this moment."""

    id: str
    answered_at: float
    """Loop time of the provider's last answer about it."""


class WorkerContext(Protocol):
    """The worker, as a task runner sees it."""

    store: TaskStore
    journal: Journal
    settings: QueueSettings
    timings: Timings
    slots: DownloadSlots
    slow_slots: DownloadSlots
    reserve: DiskReserve
    downloads: Path
    file_take: FileTake
    keep_take: FileTake
    find_source: FindSource
    cancel: Mapping[str, Cancel]
    most_at_once: Mapping[str, int]
    callbacks: CallbackAddress | None
    stopping: bool

    def link(self, task: Task) -> ProviderLink: ...

    def runners_of(self, provider: str) -> Sequence[DrivenTask]: ...

    def record_holds_soon(self) -> None: ...

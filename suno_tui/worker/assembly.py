"""The worker of a real home, with its clients, its library and the built-in provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.config.validation_cache import fingerprint
from suno_tui.tasks.filing import file_take
from suno_tui.worker.clients import open_clients
from suno_tui.worker.process import log_to, run_until_signal
from suno_tui.worker.worker import Worker

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.server.service import Service
    from suno_tui.tasks.models import Take, Task
    from suno_tui.tasks.patience import Outcome
    from suno_tui.tasks.shell import Shell
    from suno_tui.tasks.store import TaskStore
    from suno_tui.worker.callback_hints import CallbackAddress


async def run_worker(
    home: Home,
    settings: Settings,
    env: Mapping[str, str],
    *,
    store: TaskStore,
    library: Callable[[], Library],
    service: Service,
    shell: Shell,
    stay: bool,
    patience: float | None,
    detached: bool,
    callbacks: CallbackAddress | None,
) -> Outcome:
    """Run the only worker of a home until nothing is owed or a signal ends it; it logs to a file.

    `library` is called in the threads that file takes.
    """

    def file(task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool = True) -> str:
        return file_take(library(), task, take, audio, cover, whole=whole)

    log_to(home)
    async with open_clients(home, settings, env, service) as connect:
        worker = Worker(
            store,
            connect=connect,
            file_take=file,
            keep_take=partial(file, whole=False),
            downloads=home.data / "downloads",
            settings=settings.queue,
            lock=Lock(home.worker_lock, note=shell.note),
            shell=shell,
            detached=detached,
            # Only the worker that holds the lock makes music, not those that wait for the lock.
            around=lambda: service,
            callbacks=callbacks,
            cancel={LOCAL: service.cancel},
            settings_version=lambda: fingerprint(home),
            most_at_once={LOCAL: service.tasks_at_once + 1},  # the next one is ready at once
        )
        return await run_until_signal(worker, stay=stay, patience=patience, detached=detached)

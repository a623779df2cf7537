"""The worker as a process: put together from a home's settings, with a log file and signals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.garbage import collect_as_usual
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.common.text import clean
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.config.validation_cache import fingerprint
from suno_tui.tasks.filing import file_take
from suno_tui.tasks.sources import find_source
from suno_tui.tasks.worker_starter import ERROR_FILE
from suno_tui.worker.clients import open_clients
from suno_tui.worker.drawn_cover import draw_cover
from suno_tui.worker.worker import Worker

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.server.service import Service
    from suno_tui.tasks.models import Take, Task
    from suno_tui.tasks.patience import Outcome
    from suno_tui.tasks.shell import Shell
    from suno_tui.tasks.store import TaskStore
    from suno_tui.worker.callback_hints import CallbackAddress

FOLLOWS = "    | "
"""The beginning of each line of a log record after the first, as in a traceback."""
LOG_FILE = "worker.log"
MOST_LOG = 1_000_000
"""Bytes of one log file, after which the next one begins."""


@contextlib.contextmanager
def logged_to(home: Home) -> Iterator[None]:
    """Log to a rotating file that only its owner can read, until the end of the block.

    Keys, lyrics and addresses of files are never logged.
    """
    make_folder(home.log)
    with contextlib.suppress(OSError):
        # It has the errors of workers that died before they could log, which are obsolete now.
        os.truncate(home.log / ERROR_FILE, 0)
    handler = _LogHandler(
        home.log / LOG_FILE, maxBytes=MOST_LOG, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        _CleanFormatter("%(asctime)s %(process)d %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logger = logging.getLogger("suno_tui")
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(before[0])
        logger.propagate = before[1]


class _CleanFormatter(logging.Formatter):
    """Formats records without control characters, and marks all lines but the first."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = clean(super().format(record), lines=True).split("\n")
        return "\n".join([first, *(FOLLOWS + line for line in rest)])


class _LogHandler(RotatingFileHandler):
    """A log that only its owner can read; if the disk is full, the worker goes on without it."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        """Print nothing: a worker's standard error is not read."""


async def run_until_signal(
    worker: Worker, *, stay: bool = False, patience: float | None = None, detached: bool = False
) -> Outcome:
    """Run the worker; SIGTERM, SIGINT and, unless it is detached, SIGHUP end it cleanly."""
    loop = asyncio.get_running_loop()
    signals = [signal.SIGTERM, signal.SIGINT]
    if detached:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # Keep no folder of the user's busy.
        os.chdir("/")
    else:
        signals.append(signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, worker.stop)
    collect_as_usual()
    try:
        return await worker.run(stay=stay, patience=patience)
    finally:
        for each in signals:
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(each)


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
    """Run the only worker of a home until nothing is owed or a signal ends it; log to a file.

    `library` is called in the threads in which takes are filed.
    """

    def file(task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool = True) -> str:
        if cover is None and not take.image_url:
            cover = draw_cover(settings, task, take, audio)
        return file_take(library(), task, take, audio, cover, whole=whole)

    with logged_to(home):
        async with open_clients(home, settings, env, service) as connect:
            worker = Worker(
                store,
                connect=connect,
                file_take=file,
                keep_take=partial(file, whole=False),
                find_source=lambda task: find_source(library(), store, task),
                downloads=home.data / "downloads",
                settings=settings.queue,
                lock=Lock(home.worker_lock, note=shell.lock_note),
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

"""The worker as a process: its log file, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.clean_log import CleanFormatter
from suno_tui.common.garbage import collect_as_usual
from suno_tui.common.paths import Home
from suno_tui.tasks.worker_starter import ERROR_FILE

if TYPE_CHECKING:
    from suno_tui.tasks.patience import Outcome
    from suno_tui.worker.worker import Worker

LOG_FILE = "worker.log"
MOST_LOG = 1_000_000
"""Bytes of one log file, after which the next one begins."""


def log_to(home: Home) -> None:
    """Log to a rotating file that only its owner can read.

    Keys, lyrics and addresses of files are never logged.
    """
    make_folder(home.log)
    with contextlib.suppress(OSError):
        # The errors of workers that died before they came here are obsolete now.
        os.truncate(home.log / ERROR_FILE, 0)
    handler = _LogHandler(
        home.log / LOG_FILE, maxBytes=MOST_LOG, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        CleanFormatter("%(asctime)s %(process)d %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logger = logging.getLogger("suno_tui")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)


class _LogHandler(RotatingFileHandler):
    """A log that only its owner can read; if the disk is full, the worker goes on without it."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        """Print nothing: nobody reads a worker's standard error."""


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

"""The worker as a process of its own: how a view starts it, and how it hears signals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from suno_tui.clean_log import CleanFormatter
from suno_tui.errors import HomeError
from suno_tui.home import Home, Lock, home_error, make_folder, note_missing_locks
from suno_tui.queue.turns import needs_own
from suno_tui.text import clean

if TYPE_CHECKING:
    from suno_tui.queue.patience import Outcome
    from suno_tui.queue.shell import Shell
    from suno_tui.queue.store import TaskStore
from suno_tui.queue.worker import Worker

LOG_FILE = "worker.log"
ERROR_FILE = "worker.err"
"""What a worker says that dies before it can write its log."""
MOST_LOG = 1_000_000


def worker_runs(home: Home) -> bool:
    """Whether a worker of this home is at work, whoever started it."""
    return Lock(home.worker_lock).holder() is not None


def start_worker(home: Home) -> bool:
    """See to it that a worker works for this home, apart from this terminal and this process.

    True where one ran already: it notices by itself what was queued. Two that are started at once
    sort it out by the lock. Raises `HomeError`.
    """
    if worker_runs(home):
        return True
    _start(home)
    return False


def start_worker_of(home: Home, shell: Shell, store: TaskStore) -> bool:
    """As `start_worker`, with one that can send what an environment's songs need.

    One of another environment that works already is not ended: the new one asks it for its turn.
    Nothing is started for songs that only other environments can send.
    """
    if not worker_runs(home):
        if not store.owed(shell):
            store.explain(shell)
            return True
        return start_worker(home)
    own = bool(store.owed(shell, own=True))
    if needs_own(Lock(home.worker_lock), shell, store.owed(shell), own):
        _start(home)
    return True


def _start(home: Home) -> None:
    make_folder(home.log)
    note_missing_locks(home.worker_lock.parent)  # there may be no lock yet that would tell
    try:
        errors = os.open(home.log / ERROR_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise home_error(home.log, error) from error
    try:
        # The shell leaves at once, so that the worker is nobody's child and no zombie of ours.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", "suno_tui", "work", DETACHED],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HomeError(f"The worker can't be started: {error}") from error
    finally:
        os.close(errors)


IN_VAIN = 3
"""So many workers in a row that were started and are not there any more are no chance."""


class Keeper:
    """Keeps a worker at work for a view that is open, and knows where none will stay."""

    def __init__(self, home: Home, wake: Callable[[], bool | None]) -> None:
        self.home = home
        self._wake = wake
        """Starts a worker where none runs; False says that none did."""
        self._started = 0

    def look(self) -> str | None:
        """Start a worker where none runs; call it every few seconds while something is owed.

        Why none stays, where that is so.
        """
        try:
            ran = self._wake()
        except HomeError as error:
            return f"{error.title}: {error}"
        self._started = self._started + 1 if ran is False else 0
        return why_none_stays(self.home) if self._started >= IN_VAIN else None


def why_none_stays(home: Home) -> str:
    """What the last worker said when it ended, for people."""
    path = home.log / ERROR_FILE
    said = ""
    with contextlib.suppress(OSError):
        lines = path.read_text(errors="replace")[-4000:].split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    told = f"It said: {clean(said)[:300]}" if said else f"It said nothing in {path}."
    return (
        f"The worker that sends and fetches songs ends as soon as it is started. {told} "
        "Nothing is lost; `suno-tui work` tries it in the foreground."
    )


DETACHED = "--detached"
"""Given to a worker that a view starts: nobody waits for it, so its patience never ends."""


def log_to(home: Home) -> None:
    """Write what the worker does into a file that rotates, readable by its owner alone.

    No keys, no lyrics and no addresses of files are ever logged.
    """
    make_folder(home.log)
    with contextlib.suppress(OSError):
        # What workers said that did not come as far as this is over now.
        os.truncate(home.log / ERROR_FILE, 0)
    handler = _Log(
        home.log / LOG_FILE, maxBytes=MOST_LOG, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        CleanFormatter("%(asctime)s %(process)d %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logger = logging.getLogger("suno_tui")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)


class _Log(RotatingFileHandler):
    """Readable by its owner alone; where the disk is full, the worker goes on without it."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: there is nobody to hear it."""


async def run_until_signal(
    worker: Worker, *, stay: bool = False, patience: float | None = None, detached: bool = False
) -> Outcome:
    """Run the worker; SIGTERM, SIGINT and (where not detached) SIGHUP end it cleanly."""
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
    try:
        return await worker.run(stay=stay, patience=patience)
    finally:
        for each in signals:
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(each)

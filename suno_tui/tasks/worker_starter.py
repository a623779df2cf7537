"""How a view starts the worker, a process of its own, and notices that none stays.

A view never imports the worker: it starts `suno-tui work` and reads the lock and the log.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import HomeError, home_error
from suno_tui.common.locks import Lock, note_missing_locks
from suno_tui.common.paths import Home
from suno_tui.common.text import clean
from suno_tui.tasks.holds import Waiting, judge
from suno_tui.tasks.shell import Shell, mark_in, whose_in

if TYPE_CHECKING:
    from suno_tui.tasks.store import TaskStore

DETACHED = "--detached"
"""Option of a worker that a view starts: nobody waits for it, so its patience never ends."""
ERROR_FILE = "worker.err"
"""Standard error of a worker, for one that dies before it can write its log."""
_started: dict[Path, list[int]] = {}
"""Pipes of the workers that this process started, by the folder of their home.

A worker holds the other end of its pipe, so the pipe ends with it.
"""
MOST_STARTS = 3
"""Workers in a row that were started and died, after which another start is hopeless."""


def worker_runs(home: Home) -> bool:
    """Return whether a worker of this home is running, whoever started it."""
    return Lock(home.worker_lock).holder() is not None


def start_worker(home: Home) -> bool | None:
    """Start a worker, detached from this terminal and this process, unless one is running.

    Return whether one was running: it notices by itself what was queued. None says that one is
    still starting. If two are started at once, the lock decides between them. Raises `HomeError`.
    """
    if worker_runs(home):
        return True
    starting = is_starting(home)
    _start(home)
    return None if starting else False


def is_starting(home: Home) -> bool:
    """Return whether a worker that this process started is alive, with or without the lock."""
    pipes = _started.get(home.data, [])
    for pipe in select.select(pipes, [], [], 0)[0]:
        pipes.remove(pipe)
        os.close(pipe)
    return bool(pipes)


def start_worker_of(home: Home, shell: Shell, store: TaskStore) -> bool | None:
    """As `start_worker`, for what the environment `shell` owes.

    A running worker of another environment is not ended: the new one asks it for its turn. Nothing
    is started for songs that only other environments can send.
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


def next_lock(lock: Lock) -> Path:
    """Return the file of the lock that a worker holds while it asks for its turn."""
    return lock.path.with_suffix(".next")


def needs_own(lock: Lock, shell: Shell, holds: Collection[str | None], own: bool) -> bool:
    """Return whether a view should start a worker beside the running one.

    `holds` are those of what such a worker could do; `own` says that no other can do some of it.
    """
    holder, asker = lock.held_by(), Lock(next_lock(lock)).held_by()
    if holder is None or any(mark_in(each[1]) == shell.mark for each in (holder, asker) if each):
        return False
    stuck = bool(holds) and judge(holds) is not Waiting.GOING_ON
    return stuck or (own and whose_in(holder[1]) != shell.whose)


class WorkerKeeper:
    """Keeps a worker running for a view, and counts those that died at once.

    `wake` starts a worker if none runs; False says that none ran, None that one is starting.
    """

    def __init__(self, wake: Callable[[], bool | None]) -> None:
        self._wake = wake
        self._starts = 0

    @property
    def in_vain(self) -> bool:
        """Whether every worker dies as soon as it is started."""
        return self._starts >= MOST_STARTS

    def wake(self, *, owed: bool = True) -> None:
        """Start a worker if none runs; call it every few seconds. Raises `HomeError`.

        Without `owed` there is nothing for a worker to do, so its end counts for nothing.
        """
        ran = self._wake()
        if ran is not None:  # a slow machine takes its time to start one
            self._starts = self._starts + 1 if not ran and owed else 0

    def trouble(self, home: Home) -> str | None:
        """As `wake`; return why no worker stays, or None."""
        try:
            self.wake()
        except HomeError as error:
            return f"{error.title}: {error}"
        return why_none_stays(home) if self.in_vain else None


def why_none_stays(home: Home) -> str:
    """Return the last error that a worker printed, as a message to the user."""
    path = home.log / ERROR_FILE
    error = ""
    with contextlib.suppress(OSError):
        lines = path.read_text(errors="replace")[-4000:].split("\n")
        error = next((line.strip() for line in reversed(lines) if line.strip()), "")
    output = f"It said: {clean(error)[:300]}" if error else f"It said nothing in {path}."
    return (
        f"The worker that sends and fetches songs ends as soon as it is started. {output} "
        "Nothing is lost; `suno-tui work` tries it in the foreground."
    )


def _start(home: Home) -> None:
    make_folder(home.log)
    note_missing_locks(home.worker_lock.parent)  # before the first lock would report it
    try:
        errors = os.open(home.log / ERROR_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise home_error(home.log, error) from error
    pipe, held = os.pipe()
    try:
        # The shell ends at once, so the worker is not our child and never becomes our zombie.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", "suno_tui", "work", DETACHED],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
            pass_fds=(held,),
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        os.close(pipe)
        raise HomeError(f"The worker can't be started: {error}") from error
    finally:
        os.close(errors)
        os.close(held)
    _started.setdefault(home.data, []).append(pipe)

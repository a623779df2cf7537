"""Start the worker process for a view, and notice if every worker dies at once.

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
from suno_tui.tasks.shell import Shell, accounts_mark_in, mark_in

if TYPE_CHECKING:
    from suno_tui.tasks.store import TaskStore

DETACHED = "--detached"
"""The option of a worker that a view starts: no terminal waits for it, so it never gives up."""
ERROR_FILE = "worker.err"
"""Standard error of a worker, in case it dies before it can write its log."""
_started: dict[Path, list[int]] = {}
"""Pipes of the workers that this process started, by the folder of their home.

A worker holds the other end of its pipe, so the pipe is closed when the worker ends.
"""
MOST_STARTS = 3
"""How many workers in a row may die at once before another start counts as hopeless."""


def worker_runs(home: Home) -> bool:
    """Return whether a worker of this home is running, no matter which process started it."""
    return Lock(home.worker_lock).holder() is not None


def start_worker(home: Home) -> bool | None:
    """Start a worker, detached from this terminal and this process, unless one is running.

    Return whether one was running (it notices new tasks by itself), or None if one is still
    starting. If two are started at once, only one gets the lock. Raises `HomeError`.
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
    """Start a worker as `start_worker` does, if tasks are owed that the environment `shell` can do.

    A running worker of another environment is not stopped: the new one asks it for its turn. No
    worker is started for songs that only other environments can send.
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
    """Return whether a view should start a worker although one of another shell is running.

    `holds` are the holds of the tasks that it could drive; `own` says that no other worker can
    drive some of them.
    """
    holder, asker = lock.held_by(), Lock(next_lock(lock)).held_by()
    if holder is None or any(mark_in(each[1]) == shell.mark for each in (holder, asker) if each):
        return False
    stuck = bool(holds) and judge(holds) is not Waiting.GOING_ON
    return stuck or (own and accounts_mark_in(holder[1]) != shell.accounts_mark)


class WorkerKeeper:
    """Keeps a worker running for a view, and counts the workers that died at once.

    `wake` starts a worker if none runs, and returns what `start_worker` does.
    """

    def __init__(self, wake: Callable[[], bool | None]) -> None:
        self._wake = wake
        self._starts = 0

    @property
    def dies_at_once(self) -> bool:
        """Whether every worker dies as soon as it is started."""
        return self._starts >= MOST_STARTS

    def wake(self, *, owed: bool = True) -> None:
        """Start a worker if none runs; call this every few seconds. Raises `HomeError`.

        If nothing is `owed`, a worker ends because it has nothing to do, so its end is not counted.
        """
        ran = self._wake()
        if ran is not None:  # None: one is still starting, which takes long on a slow machine
            self._starts = self._starts + 1 if not ran and owed else 0

    def trouble(self, home: Home) -> str | None:
        """Wake a worker; return why none keeps running, or None if all is well."""
        try:
            self.wake()
        except HomeError as error:
            return f"{error.title}: {error}"
        return why_no_worker(home) if self.dies_at_once else None


def why_no_worker(home: Home) -> str:
    """Return the last error that a worker printed, as a message to the user."""
    path = home.log / ERROR_FILE
    error = ""
    with contextlib.suppress(OSError):
        lines = path.read_text(errors="replace")[-4000:].split("\n")
        error = next((line.strip() for line in reversed(lines) if line.strip()), "")
    output = f"Its error: {clean(error)[:300]}" if error else f"It left no error in {path}."
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
        # The shell ends at once, so the worker is not our child and can't become a zombie.
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

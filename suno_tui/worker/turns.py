"""The lock that makes a worker the only one of its home, and how workers take turns with it.

A worker without the lock asks for it by holding a second lock, while its own songs wait and it has
something to try. The working one checks the second lock. It releases the first one at once if all
of its tasks are in trouble, else when its turn is over, and then waits for its next turn. No signal
is sent, since the process id in a lock file may be of a process on another machine. The kernel
frees both locks when a process dies.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from suno_tui.common.locks import Lock
from suno_tui.tasks.holds import Waiting, judge
from suno_tui.tasks.shell import Shell, accounts_mark_in, mark_in
from suno_tui.tasks.worker_starter import next_lock
from suno_tui.worker.timings import Timings

COURTESY = 3.0
"""Seconds for which a worker that yielded does not take the lock again."""


class Place:
    """The place of a home's only worker; without a lock it is always free.

    With `detached`, this worker is not needed if another one of the same environment runs.
    """

    def __init__(
        self, lock: Lock | None, shell: Shell, timings: Timings, *, detached: bool
    ) -> None:
        self._lock = lock
        self._next = Lock(next_lock(lock), note=shell.lock_note) if lock else None
        self._shell = shell
        self._timings = timings
        self._detached = detached
        self._since = 0.0
        self._polite_until = 0.0
        self._ask_from = 0.0
        self._relieved = False

    @property
    def files(self) -> list[Path]:
        """The files that are written to when another worker asks for the place."""
        return [self._next.path] if self._next else []

    def acquire(self) -> bool:
        """Take the place if it is free; return whether this worker has it."""
        if self._lock is None:
            return True
        if time.monotonic() < self._polite_until:
            if self._lock.holder() is not None:
                self._polite_until = 0.0
            return False
        if not self._lock.acquire():
            return False
        self._stop_asking()
        self._since = time.monotonic()
        return True

    def release(self) -> None:
        """Free the place, and stop asking for it."""
        self._stop_asking()
        if self._lock:
            self._lock.release()

    def yield_to_next(self) -> None:
        """Free the place for the worker that asks for it."""
        now = time.monotonic()
        self._polite_until, self._ask_from = now + COURTESY, now + self._timings.turn_again
        self._relieved = True
        self.release()

    def redundant(self) -> bool:
        """Return whether another worker does everything that this one could, or waits to do it."""
        if not self._detached or self._lock is None or self._next is None:
            return False
        holder, asker = self._lock.held_by(), self._next.held_by()
        twin = any(mark_in(each[1]) == self._shell.mark for each in (holder, asker) if each)
        if self._next.held:
            twin = holder is not None and mark_in(holder[1]) == self._shell.mark
        accounts = self._shell.accounts_mark
        replaced = self._relieved and holder and accounts_mark_in(holder[1]) == accounts
        return twin or bool(replaced)

    def held_by_other_accounts(self) -> bool:
        """Return whether a worker with other accounts has the place."""
        holder = self._lock.held_by() if self._lock else None
        return holder is not None and accounts_mark_in(holder[1]) != self._shell.accounts_mark

    def request(self, holds: Collection[str | None], *, own: bool, ready: bool) -> None:
        """Ask for the place while the tasks with these holds don't go on, else stop asking.

        `own` says that only this worker can do some of them, `ready` that something can be tried.
        """
        if self._lock is None or self._next is None:
            return
        holder = self._lock.held_by()
        ours = holder is not None and mark_in(holder[1]) == self._shell.mark
        stuck = bool(holds) and (
            judge(holds) is not Waiting.GOING_ON or (own and self.held_by_other_accounts())
        )
        if stuck and ready and not ours and time.monotonic() >= self._ask_from:
            if not self._next.held:
                self._next.acquire()
        else:
            self._stop_asking()

    def requested(self) -> bool:
        """Return whether a worker of another environment asks for the place."""
        asker = self._next.held_by() if self._next else None
        return asker is not None and mark_in(asker[1]) != self._shell.mark

    def turn_over(self, holds: Collection[str | None], *, trying: bool, busy: bool) -> bool:
        """Return whether to yield to the worker that asks.

        `trying` says that a task in trouble is being tried again, `busy` that work is going on that
        the other would have to start again.
        """
        lasted = time.monotonic() - self._since
        if judge(holds) is not Waiting.GOING_ON or not holds:
            return not trying or lasted >= self._timings.turn
        return lasted >= (self._timings.turn_most if busy else self._timings.turn)

    def _stop_asking(self) -> None:
        if self._next:
            self._next.release()

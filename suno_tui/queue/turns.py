"""A worker's place: the lock that makes it the only one, and how it changes hands.

A worker that may not work asks for the place, by holding a second lock, while its own songs don't
go on and it has something to try. The one at work looks for that, and gives its place up at once if
all of its tasks are in trouble, else when its turn is over. It then waits for its next turn like
any other. Nobody is sent a signal: the number in a lock's file may be somebody else's on another
machine. The kernel frees both locks when a process dies.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from suno_tui.home import Lock
from suno_tui.queue.holds import Waiting, judge
from suno_tui.queue.pace import Pace
from suno_tui.queue.shell import Shell, mark_in, whose_in

COURTESY = 3.0
"""Seconds for which a place that was given up is left to whoever asked."""


class Place:
    """The place of a home's one worker; without a lock it is always free.

    `leaves` says that views see to it that a worker runs: this one is not needed beside another of
    the same environment.
    """

    def __init__(self, lock: Lock | None, shell: Shell, pace: Pace, *, leaves: bool) -> None:
        self._lock = lock
        self._next = Lock(next_lock(lock), note=shell.note) if lock else None
        self._shell = shell
        self._pace = pace
        self._leaves = leaves
        self._since = 0.0
        self._polite_until = 0.0
        self._ask_from = 0.0
        self._relieved = False

    def take(self) -> bool:
        """Become the worker, if the place is free."""
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

    def leave(self) -> None:
        """Free the place, and ask for it no longer."""
        self._stop_asking()
        if self._lock:
            self._lock.release()

    def give_up(self) -> None:
        """Leave the place to whoever asks for it."""
        now = time.monotonic()
        self._polite_until, self._ask_from = now + COURTESY, now + self._pace.turn_again
        self._relieved = True
        self.leave()

    def needless(self) -> bool:
        """Whether another worker does, or waits to do, all that this one could."""
        if not self._leaves or self._lock is None or self._next is None:
            return False
        holder, asker = self._lock.held_by(), self._next.held_by()
        twin = any(mark_in(each[1]) == self._shell.mark for each in (holder, asker) if each)
        if self._next.held:
            twin = holder is not None and mark_in(holder[1]) == self._shell.mark
        replaced = self._relieved and holder and whose_in(holder[1]) == self._shell.whose
        return twin or bool(replaced)

    def strange(self) -> bool:
        """Whether the place is held by a worker that has other accounts."""
        holder = self._lock.held_by() if self._lock else None
        return holder is not None and whose_in(holder[1]) != self._shell.whose

    def ask(self, holds: Collection[str | None], *, own: bool, ready: bool) -> None:
        """Ask for the place while what we could do does not go on; `own`: some of it can be done by
        no other; `ready`: there is something to try now."""
        if self._lock is None or self._next is None:
            return
        holder = self._lock.held_by()
        ours = holder is not None and mark_in(holder[1]) == self._shell.mark
        stuck = bool(holds) and (judge(holds) is not Waiting.GOING_ON or (own and self.strange()))
        if stuck and ready and not ours and time.monotonic() >= self._ask_from:
            if not self._next.held:
                self._next.acquire()
        else:
            self._stop_asking()

    def wanted(self) -> bool:
        """Whether a worker of another environment asks for the place."""
        asker = self._next.held_by() if self._next else None
        return asker is not None and mark_in(asker[1]) != self._shell.mark

    def turn_over(self, holds: Collection[str | None], *, trying: bool, busy: bool) -> bool:
        """Whether to give the place to one that wants it. `trying`: something in trouble is being
        tried again; `busy`: something is under way that would begin anew."""
        lasted = time.monotonic() - self._since
        if judge(holds) is not Waiting.GOING_ON or not holds:
            return not trying or lasted >= self._pace.turn
        return lasted >= (self._pace.turn_most if busy else self._pace.turn)

    def _stop_asking(self) -> None:
        if self._next:
            self._next.release()


def next_lock(lock: Lock) -> Path:
    """The file of the lock that is held by whoever asks for the place."""
    return lock.path.with_suffix(".next")


def needs_own(lock: Lock, shell: Shell, holds: Collection[str | None], own: bool) -> bool:
    """Whether a view should start a worker of its own beside the one that runs. `holds` are those
    of what one could do, `own`: some of it can be done by no other."""
    holder, asker = lock.held_by(), Lock(next_lock(lock)).held_by()
    if holder is None or any(mark_in(each[1]) == shell.mark for each in (holder, asker) if each):
        return False
    stuck = bool(holds) and judge(holds) is not Waiting.GOING_ON
    return stuck or (own and whose_in(holder[1]) != shell.whose)

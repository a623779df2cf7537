"""How long a worker waits while it makes no progress, and why it ended."""

from __future__ import annotations

import time
from enum import StrEnum

from suno_tui.tasks.holds import Waiting, judge


class Outcome(StrEnum):
    """Why a worker ended."""

    DONE = "done"
    """Nothing is owed."""
    REFUSED = "refused"
    """All tasks that are left are refused: their account, key or model must change."""
    OWED = "owed"
    """Some tasks are left: trouble lasted too long, or they wait for the user."""
    STOPPED = "stopped"


class Patience:
    """Counts the seconds with nothing but failures, up to a limit; None is no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._good_at = time.monotonic()

    def over(self, holds: list[str | None]) -> Outcome | None:
        """Return why to stop waiting, given the holds of the owed tasks; None to go on."""
        if self.seconds is None:
            return None
        waiting = judge(holds)
        if waiting is Waiting.GOING_ON:
            self._good_at = time.monotonic()
        elif waiting is Waiting.REFUSED:
            return Outcome.REFUSED
        elif time.monotonic() - self._good_at >= self.seconds:
            return Outcome.OWED
        return None

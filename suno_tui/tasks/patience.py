"""How long a worker waits while nothing goes on, and why it ended."""

from __future__ import annotations

import time
from enum import StrEnum

from suno_tui.tasks.holds import Waiting, judge


class Outcome(StrEnum):
    """Why a worker ended."""

    DONE = "done"
    """Nothing is owed."""
    REFUSED = "refused"
    """All that is left is refused: the account by the provider, or the model is gone."""
    OWED = "owed"
    """Something is left: trouble lasted too long, or a task waits for the user."""
    STOPPED = "stopped"


class Patience:
    """Counts the seconds with nothing but failures, up to a limit; None is no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._good_at = time.monotonic()

    def over(self, holds: list[str | None]) -> Outcome | None:
        """Return why waiting is over, by the holds of what is owed, or None."""
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

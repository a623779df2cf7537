"""How long a worker bears that nothing goes on, and why it ended."""

from __future__ import annotations

import time
from enum import StrEnum

from suno_tui.queue.holds import Waiting, judge


class Outcome(StrEnum):
    """Why a worker ended."""

    DONE = "done"
    """Nothing is owed."""
    REFUSED = "refused"
    """All that is left is held: the provider refuses the account, or the model is gone."""
    OWED = "owed"
    """Something is left: trouble that outlasted the patience, or a task that waits for the user."""
    STOPPED = "stopped"


class Patience:
    """How long nothing but failures is borne, in seconds; None is for ever."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._good_at = time.monotonic()

    def over(self, holds: list[str | None]) -> Outcome | None:
        """Why waiting is over, by the holds of what is owed; None while it is not."""
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

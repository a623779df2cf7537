"""All waiting times of the worker in one table, so that tests can shorten them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Times in seconds."""

    watch: float = 0.2
    """Between two checks whether the queue was changed, if the kernel does not report changes."""
    quiet: float = 1.5
    """The same, if the kernel reports changes."""
    local_poll: float = 0.5
    """Between two polls of the built-in provider: they cost next to nothing."""
    trouble_first: float = 2
    trouble_most: float = 60
    """Between tries while a provider or a file host fails; doubling."""
    hold_first: float = 5
    hold_most: float = 60
    """Between tries while the account is refused; doubling."""
    model_again: float = 600
    """Between tries with a model that the provider does not know."""
    frozen: float = 60
    """How long a task's state may stay the same before the provider is asked whether it is idle, if
    it can tell."""
    lost_polls: int = 2
    """How many polls in a row must not find a task before it counts as lost."""
    finishing: float = 300
    """How long a completed task may be without audio."""
    missing: float = 3600
    missing_tries: int = 8
    """How long, and for how many polls, the provider may not know an accepted task."""
    gone: float = 120
    gone_tries: int = 5
    """How long, and how often, a missing or wrong file is tried before it is lost."""
    absent_tries: int = 3
    """Polls for the URL of a take that was announced without one."""
    cover_tries: int = 3
    cover: float = 30
    """Tries for a cover, and how long a take waits for it."""
    balance_waits: tuple[float, ...] = (1, 4, 10, 20)
    """Before each reading of the balance for an uncertain task."""
    other_tasks: float = 60
    """How long settlement waits for news of the account's other tasks."""
    refund_waits: tuple[float, ...] = (0, 2, 5, 10, 15, 60, 300)
    """Before each reading of the balance for a refund."""
    progress: float = 1
    """Between two records of a download's progress."""
    explain_after: float = 1.5
    """How long a wait lasts before the record says why."""
    rescue_most: float = 300
    """The longest wait between two downloads of a take that comes wrong."""
    unknown_status: float = 3600
    """How long a task may have an unknown status before the user is asked."""
    turn: float = 10
    turn_most: float = 60
    """How long a worker keeps its place while a worker of another shell waits: `turn_most` if the
    other would have to start something again. If all of its tasks are in trouble it yields at once.
    """
    turn_again: float = 5
    """How long it waits after that before it asks for the place again."""
    grace: float = 20
    """How long a stopping worker waits for the answer to a song."""

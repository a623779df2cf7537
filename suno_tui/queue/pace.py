"""How long the worker waits for what: one table, so that tests can make it quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds."""

    watch: float = 0.2
    """How often the worker looks whether somebody changed the queue."""
    near: float = 0.5
    """How often a provider in this process is asked for a task: it costs next to nothing."""
    trouble_first: float = 2
    trouble_most: float = 60
    """Waits between tries while a provider or a file host fails; they double."""
    hold_first: float = 5
    hold_most: float = 60
    """Waits between looks whether a refusal of the account has passed; they double."""
    model_again: float = 600
    """How often a model that is gone is tried again."""
    finishing: float = 300
    """How long a completed task may come without its audio."""
    missing: float = 3600
    missing_tries: int = 8
    """How long, and how often in a row, the provider may not know a task that it accepted."""
    gone: float = 120
    gone_tries: int = 5
    """How long, and how often, an ended or a wrong file is asked for before its audio is lost."""
    absent_tries: int = 3
    """How often the URL of a take that was announced without one is asked for."""
    cover_tries: int = 3
    cover: float = 30
    """How often, and for how long, a take waits for its cover."""
    looks: tuple[float, ...] = (1, 4, 10, 20)
    """Waits before each look at the balance for an uncertain task."""
    siblings: float = 60
    """How long such a look waits for news of the account's other tasks."""
    refund_looks: tuple[float, ...] = (0, 2, 5, 10, 15, 60, 300)
    """Waits before each look for a refund."""
    told: float = 1
    """How often a download's progress is written down."""
    silent: float = 1.5
    """How long a wait may last before the task says what it waits for."""
    rescue_most: float = 300
    """The longest wait between two tries to have a take that comes wrong, until its hours end."""
    unknown: float = 3600
    """How long a task may run under a word that is not known before the user is told."""
    turn: float = 10
    turn_most: float = 60
    """How long a worker keeps its place while one of another shell waits: the second where
    something is under way that would begin anew. Where all of its tasks are in trouble it goes at
    once."""
    turn_again: float = 5
    """How long it waits before it asks for its next turn."""
    grace: float = 20
    """How long a song that is being sent keeps a stopping worker."""

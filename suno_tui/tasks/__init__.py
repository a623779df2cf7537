"""Tasks: their records, their life, and the worker that drives them."""

from suno_tui.tasks.holds import REFUSALS, Waiting, judge
from suno_tui.tasks.models import (
    Charge,
    Failure,
    Hold,
    Refund,
    Status,
    Take,
    TakeState,
    Task,
)
from suno_tui.tasks.store import NotNow, TaskStore, UnknownTask

__all__ = [
    "REFUSALS",
    "Charge",
    "Failure",
    "Hold",
    "NotNow",
    "Refund",
    "Status",
    "Take",
    "TakeState",
    "Task",
    "TaskStore",
    "UnknownTask",
    "Waiting",
    "judge",
]

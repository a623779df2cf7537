"""Labels of a task's state: a sign and a few words."""

from __future__ import annotations

from datetime import datetime, timedelta

from suno_tui.providers.capabilities import price as price_of
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Refund, Status, TakeState, Task

GLYPHS = {
    Status.QUEUED: ("◌", "muted"),
    Status.SUBMITTING: ("◍", "key"),
    Status.UNCERTAIN: ("?", "warn"),
    Status.PENDING: ("◔", "key"),
    Status.PROCESSING: ("◐", "accent"),
    Status.DOWNLOADING: ("↓", "key"),
    Status.COMPLETED: ("✔", "good"),
    Status.FAILED: ("✖", "bad"),
    Status.EXPIRED: ("✖", "bad"),
}
"""The sign and its role (`virtual_list.ROLES`) for each state; a held task has `HELD`."""

HELD = ("‖", "warn")
AT_RISK = ("!", "bad")

OVERDUE = timedelta(minutes=10)
"""Audio that is not downloaded this long after it was made is at risk."""

_HOLDS = {
    "no_key": "no API key",
    "settings": "check the settings",
    "paused": "paused",
    "offline": "offline",
    "busy": "server is busy",
    "checking": "checking whether it arrived",
    "your_word": "needs your answer",
    "id_lost": "needs your answer: sent, no reply",
    "finishing": "files not ready",
    "disk": "disk full or read-only",
    "memory": "not enough memory",
    "insufficient_credits": "not enough credits",
    "invalid_api_key": "API key not valid",
    "spend_limit_exceeded": "key's spend limit reached",
    "ip_not_allowed": "address not allowed",
    "rate_limit_exceeded": "provider asks to slow down",
    "internal_error": "provider has trouble",
    "upstream_error": "provider has trouble",
    "model_not_found": "model is gone",
    "file_gone": "download link expired",
    "bad_file": "wrong file",
    "bad_audio": "incomplete file",
    "outcome_unknown": "no reply: sending again",
    "forbidden": "account refused",
    "other_address": "provider has moved",
    "other_shell": "belongs to another shell",
    "checking_other": "checking another song first",
    "no_answer": "no answer yet",
    "unknown_status": "unknown status",
    "audio_late": "audio not usable yet",
    "download_slot": "waiting to download",
    "filing": "library is slow",
    "filing_died": "can't be filed",
    "task_not_found": "provider can't find it",
    "wrong_address": "wrong address",
    "bad_answer": "unclear answers",
    "bug": "internal error: see the log",
}
"""Labels of holds. A code without a label is shown as it is."""

_FAILURES = {
    "cancelled": "cancelled",
    "failed": "failed",
    "upstream_error": "failed at the provider",
    "internal_error": "failed at the provider",
    "invalid_request": "refused by the provider",
    "task_not_found": "lost by the provider",
    "no_audio": "no audio came",
    "audio_lost": "audio lost",
    "id_lost": "lost: its id is not known",
    "damaged_record": "damaged record",
    "lost": "lost by the provider",
    "not_saved": "not saved by the provider",
}


def glyph(task: Task) -> tuple[str, str]:
    """Return the sign of a task's row and its role."""
    return HELD if troubled(task) else GLYPHS[task.status]


def troubled(task: Task) -> bool:
    """Whether a hold stops the task; waiting for a download slot does not count."""
    return task.hold is not None and task.live and task.hold.code != HoldCode.DOWNLOAD_SLOT


def state(task: Task) -> str:
    """Return the label of the task's state. It may contain untrusted text."""
    if task.cancelling:
        return "being cancelled"
    if task.live and task.hold is not None:
        return _HOLDS.get(task.hold.code, task.hold.code)
    if task.status is Status.COMPLETED:
        return takes(task)
    if task.status is Status.FAILED:
        code = task.error.code if task.error else "failed"
        label = _FAILURES.get(code, f"failed: {code}")
        kept = sum(take.state is TakeState.DONE for take in task.takes)
        refund = {Refund.CAME: ", refunded", Refund.MISSING: ", not refunded"}.get(
            task.refund or Refund.UNKNOWN, ""
        )
        return f"{label}{refund}" + (f", {kept} kept" if kept else "")
    if task.status is Status.DOWNLOADING and (part := received(task)) is not None:
        return f"downloading {part:.0%}"
    if task.status is Status.PENDING and task.position:
        return f"number {task.position} in the queue"
    if task.status is Status.PROCESSING and " " in task.raw_status.strip():
        return stage(task)
    return str(task.status)


def stage(task: Task) -> str:
    """Return what the provider does with a task: `Generating music`. It is untrusted text."""
    return task.raw_status.partition("(")[0].strip().rstrip(". ")


def time_left(task: Task, now: datetime) -> timedelta | None:
    """Return how long the provider still keeps audio that should have been downloaded by now; None
    if no audio is at risk."""
    if task.urls_end is None or task.completed_at is None or now - task.completed_at < OVERDUE:
        return None
    return max(task.urls_end - now, timedelta())


def risk(task: Task, left: timedelta) -> str:
    """Return the label for audio at risk: `ends in 21 h: offline`."""
    when = f"ends in {span(left)}" if left else "may be gone"
    return f"{when}: {state(task)}"


def span(left: timedelta) -> str:
    """Return a time span in hours, or in minutes if it is below one hour."""
    minutes = int(left.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} m"


def takes(task: Task) -> str:
    """Return how many takes are in the library: `2 takes`, `1 of 2 takes`."""
    done = sum(take.state is TakeState.DONE for take in task.takes)
    if done == len(task.takes):
        return f"{done} take{'' if done == 1 else 's'}"
    return f"{done} of {len(task.takes)} takes"


def received(task: Task) -> float | None:
    """Return how much of all takes is downloaded, 0 to 1; None while a size is unknown."""
    sizes = [take.size for take in task.takes]
    if not sizes or any(size is None for size in sizes):
        return None
    total = sum(size or 0 for size in sizes)
    return min(1.0, sum(take.received for take in task.takes) / total) if total else None


def share(task: Task) -> float | None:
    """Return the progress within the present state, 0 to 1; None if unknown."""
    if task.hold is not None or task.cancelling:
        return None
    if task.status is Status.DOWNLOADING:
        return received(task)
    if task.status is Status.PROCESSING:
        return task.progress
    return None


def price(task: Task) -> str:
    """Return the price of the task: `free`, or `24 cr · $0.12`."""
    return price_of(task.credits, task.credit) if task.credits else "free"

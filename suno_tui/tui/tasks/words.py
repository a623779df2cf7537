"""What a task's state is called, how it looks, and what it means for money and files."""

from __future__ import annotations

from datetime import datetime, timedelta

from suno_tui.api.catalog import dollars
from suno_tui.queue.holds import NEEDS_USER_TO_GO_ON, TURNS, WAITS_FOR_USER
from suno_tui.queue.records import Refund, Status, TakeState, Task
from suno_tui.settings import LOCAL

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
"""A sign and a role (`lists.ROLES`) for each state; a held task has `HELD`."""

HELD = ("‖", "warn")
AT_RISK = ("!", "bad")

OVERDUE = timedelta(minutes=10)
"""Audio that is not here so long after it was made is at risk: a download takes seconds."""

_HOLDS = {
    "no_key": "no API key",
    "settings": "settings",
    "paused": "paused",
    "offline": "offline",
    "checking": "checking",
    "your_word": "your word is needed",
    "id_lost": "its id is lost",
    "finishing": "files not ready",
    "disk": "the disk",
    "memory": "not enough memory",
    "insufficient_credits": "not enough credits",
    "invalid_api_key": "the key is not valid",
    "spend_limit_exceeded": "the key's spend limit",
    "ip_not_allowed": "address not allowed",
    "rate_limit_exceeded": "asked to slow down",
    "internal_error": "provider has trouble",
    "upstream_error": "provider has trouble",
    "model_not_found": "the model is gone",
    "file_gone": "the file is not there",
    "bad_file": "the file is wrong",
    "bad_audio": "the file is not whole",
    "outcome_unknown": "the line broke",
    "forbidden": "the account is refused",
    "other_address": "the provider has moved",
    "other_shell": "another shell's key",
    "checking_other": "another song in doubt",
    "no_answer": "no answer yet",
    "unknown_status": "a word not known",
    "audio_late": "its audio is wrong",
    "download_slot": "waits for a slot",
    "filing": "the library is slow",
    "filing_died": "its audio ends workers",
    "task_not_found": "provider misses the task",
    "wrong_address": "wrong address",
    "bad_answer": "unclear answers",
    "bug": "a bug; the log tells more",
}


def look(task: Task) -> tuple[str, str]:
    """The sign of a task's row and its role."""
    return HELD if troubled(task) else GLYPHS[task.status]


def troubled(task: Task) -> bool:
    """Whether something is in the task's way; waiting for its turn is nothing."""
    return task.hold is not None and task.live and task.hold.code not in TURNS


def state(task: Task) -> str:
    """Where the task stands, in a few words. Text from outside may be in it."""
    if task.cancelling:
        return "being cancelled"
    if task.live and task.hold is not None:
        why = _HOLDS.get(task.hold.code, task.hold.code)
        return f"held: {why}" if troubled(task) else why
    if task.status is Status.COMPLETED:
        return takes(task)
    if task.status is Status.FAILED:
        code = task.error.code if task.error else "failed"
        kept = sum(take.state is TakeState.DONE for take in task.takes)
        refund = {Refund.CAME: ", refunded", Refund.MISSING: ", not refunded"}.get(
            task.refund or Refund.UNKNOWN, ""
        )
        return f"{code}{refund}" + (f", {kept} kept" if kept else "")
    if task.status is Status.DOWNLOADING and (part := received(task)) is not None:
        return f"downloading {part:.0%}"
    return str(task.status)


def time_left(task: Task, now: datetime) -> timedelta | None:
    """How long its provider still gives out audio that should be here by now; None where no audio
    is at risk."""
    if task.urls_end is None or task.completed_at is None or now - task.completed_at < OVERDUE:
        return None
    return max(task.urls_end - now, timedelta())


def risk(task: Task, left: timedelta) -> str:
    """What a row says of audio at risk: `ends in 21 h: offline`."""
    when = f"ends in {span(left)}" if left else "may be gone"
    return f"{when}: {state(task).removeprefix('held: ')}"


def span(left: timedelta) -> str:
    """Hours, or minutes in the last one."""
    minutes = int(left.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} m"


def takes(task: Task) -> str:
    """How many takes are in the library: `2 takes`, `1 of 2 takes`."""
    done = sum(take.state is TakeState.DONE for take in task.takes)
    if done == len(task.takes):
        return f"{done} take{'' if done == 1 else 's'}"
    return f"{done} of {len(task.takes)} takes"


def received(task: Task) -> float | None:
    """How much of all takes is here, 0 to 1; None while a size is unknown."""
    sizes = [take.size for take in task.takes]
    if not sizes or any(size is None for size in sizes):
        return None
    total = sum(size or 0 for size in sizes)
    return min(1.0, sum(take.received for take in task.takes) / total) if total else None


def share(task: Task) -> float | None:
    """How far the task is in its present state, 0 to 1; None where nobody knows."""
    if task.hold is not None or task.cancelling:
        return None
    if task.status is Status.DOWNLOADING:
        return received(task)
    if task.status is Status.PROCESSING:
        return task.progress
    return None


def price(task: Task) -> str:
    """What the task costs: `free`, or `24 cr · $0.12`."""
    if task.provider == LOCAL or not task.credits:
        return "free"
    return f"{task.credits} cr · {dollars(task.credits)}"


def money(task: Task) -> str:
    """What the state means for the user's money, in a sentence."""
    if task.provider == LOCAL or not task.credits:
        return "Costs nothing: it is made on this machine."
    cost = price(task)
    if task.refund is Refund.CAME:
        return f"The {cost} came back."
    if task.refund is Refund.MISSING:
        return f"The {cost} did not come back. Show the provider the task's id below."
    if task.refund is Refund.CHECKING:
        return f"The refund of {cost} is being checked against your balance."
    if task.charged or _held(task, "id_lost"):
        return f"Charged {cost}."
    if _held(task, "your_word"):
        return f"Nobody answered: whether {cost} were charged is not known."
    if task.status is Status.UNCERTAIN:
        return f"Nobody answered: whether {cost} were charged is being found out."
    if task.status is Status.FAILED:
        return "Nothing was charged: the provider did not take it."
    return f"Will cost {cost}. Nothing is charged yet."


def given_up(task: Task) -> str:
    """What becomes of a live task that is forgotten."""
    if task.status is Status.QUEUED:
        return "It was not sent, and will not be: it costs nothing."
    if task.provider == LOCAL and task.status is not Status.DOWNLOADING:
        return "It is stopped. It costs nothing."
    lost = "Its audio will not be fetched."
    return lost if task.provider == LOCAL else f"{money(task)} Its provider goes on. {lost}"


def files(task: Task) -> str:
    """What the state means for the audio, in a sentence."""
    done = sum(take.state is TakeState.DONE for take in task.takes)
    lost = sum(take.state is TakeState.LOST for take in task.takes)
    if task.status is Status.COMPLETED and done and not lost:
        few = {1: "It is", 2: "Both takes are"}
        return f"{few.get(done, f'All {done} takes are')} in your library."
    if task.status is Status.EXPIRED or lost:
        kept = f" {done} {'is' if done == 1 else 'are'} in your library." if done else ""
        of = f" of {lost} take{'' if lost == 1 else 's'}" if lost else ""
        return f"The provider no longer has the audio{of}.{kept}"
    if task.status is Status.FAILED:
        return "There is no audio." if not done else f"{done} in your library."
    if (end := task.urls_end) is not None:
        return f"The provider keeps the audio until {end.astimezone():%a %H:%M}."
    if _held(task, *WAITS_FOR_USER):
        return "Nothing is fetched until you settle it."
    return "Not made yet. It is fetched by itself, also when this window is closed."


def _held(task: Task, *codes: str) -> bool:
    return task.live and task.hold is not None and task.hold.code in codes


def advice(task: Task, *, retry: str, settle: str, clone: str, pause: str) -> str:
    """What the user can do; the arguments are the keys as people read them."""
    if task.live and task.hold is not None:
        if task.hold.code in WAITS_FOR_USER:
            return f"{settle} settles it: you say what became of it."
        if task.hold.code == "paused":
            return f"{pause} in the list of tasks lets the queue go on."
        if task.hold.code in NEEDS_USER_TO_GO_ON:
            return f"{retry} tries it again."
        if task.hold.code == "other_shell":
            return (
                f"It goes on in its own shell; {retry} takes it over, if its address is the same."
            )
        if task.hold.code == "unknown_status":
            return "Look at the provider's pages. It is asked for all the same."
        return "It goes on by itself when the reason is gone."
    if task.live:
        return "Nothing: it goes on by itself."
    if task.status is Status.COMPLETED:
        return f"{clone} takes its song into the composer."
    return f"{retry} queues it again, {clone} takes its song into the composer to change it."

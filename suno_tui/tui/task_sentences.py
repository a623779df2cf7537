"""Sentences on a task: what happened, what it costs, where its audio is, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from suno_tui.common.text import deadline
from suno_tui.config.settings import LOCAL
from suno_tui.providers.capabilities import price
from suno_tui.tasks.holds import NEEDS_USER_TO_GO_ON, WAITS_FOR_USER, HoldCode
from suno_tui.tasks.models import Refund, Status, TakeState, Task
from suno_tui.tasks.row_mapping import is_damaged

ACCOUNT_HOLDS = (HoldCode.NO_KEY, HoldCode.INVALID_API_KEY, HoldCode.SETTINGS, HoldCode.FORBIDDEN)
"""Holds that another key or other settings of the provider may lift."""
CREDIT_HOLDS = (HoldCode.INSUFFICIENT_CREDITS, HoldCode.SPEND_LIMIT_EXCEEDED)
"""Holds that more credits, or a higher limit, lift."""

_FAILED = {
    "failed": "The provider could not make it.",
    "upstream_error": "The provider could not make it.",
    "internal_error": "The provider could not make it.",
    "invalid_request": "The provider refused the song.",
}
"""Sentences for the codes of providers; the message of any other failure is a sentence already."""


def cost(task: Task) -> str:
    """Return the price of a task as part of a sentence: `24 cr ($0.12)`."""
    return price(task.credits, task.credit, "{} ({})")


def failure(task: Task) -> str:
    """Return why a task failed, and what became of the money."""
    code, message = task.error or ("failed", "")
    reason = message.strip().rstrip(".")
    if code in _FAILED:
        text = f"{_FAILED[code]} It says: {reason}." if reason else _FAILED[code]
    else:
        text = f"{reason}." if reason else f"It failed: {code}."
    return text if not task.credits else f"{text} {money(task)}"


def money(task: Task) -> str:
    """Return a sentence on what the state means for the user's money."""
    if task.provider != LOCAL and is_damaged(task):
        return "Its record is damaged: `suno-tui spent` shows whether it was charged."
    if task.provider == LOCAL:
        return "Free: it is made on this machine."
    if not task.credits:
        return "Free."
    if task.refund is Refund.CAME:
        return f"Refunded {cost(task)}."
    if task.refund is Refund.MISSING:
        return f"Not refunded: {cost(task)}. Show the provider the task's id (in its details)."
    if task.refund is Refund.CHECKING:
        return f"Checking whether {cost(task)} were refunded."
    if task.charged or held(task, HoldCode.ID_LOST):
        return f"Charged {cost(task)}."
    if held(task, HoldCode.YOUR_WORD):
        return f"No reply came, so it is not known whether {cost(task)} were charged."
    if task.status is Status.UNCERTAIN:
        return f"No reply came. Checking whether {cost(task)} were charged."
    if task.status is Status.FAILED:
        return "Nothing was charged."
    return f"Will cost {cost(task)}. Nothing is charged yet."


def if_cancelled(task: Task) -> str:
    """Return a sentence on what happens if a live task is cancelled."""
    if task.status is Status.QUEUED:
        return "It was not sent yet, so it costs nothing."
    if task.provider == LOCAL and task.status is not Status.DOWNLOADING:
        return "It is stopped. It costs nothing."
    lost = "Its audio will not be downloaded."
    if task.provider == LOCAL:
        return lost
    return f"{money(task)} The provider can't stop it. {lost}"


def if_all_cancelled(tasks: Sequence[Task]) -> str:
    """Return a sentence on what happens if some live tasks are cancelled."""
    lost = [
        task
        for task in tasks
        if task.status is not Status.QUEUED
        and (task.provider != LOCAL or task.status is Status.DOWNLOADING)
    ]
    if not lost:
        return "They cost nothing."
    total = _sum(lost)
    every = len(lost) == len(tasks)
    which = "All of them" if every else f"{len(lost)} of them"
    sent = f"{which} {'was' if len(lost) == 1 else 'were'} sent already"
    cost_ = f" for {total}" if total else ""
    others = "" if every else " The others cost nothing."
    return f"{sent}{cost_}: their audio will not be downloaded.{others}"


def files(task: Task) -> str:
    """Return a sentence on what the state means for the audio."""
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
        return f"The provider keeps the audio until {deadline(end)}."
    if held(task, *WAITS_FOR_USER):
        return "Nothing is downloaded until you answer."
    return "Not made yet. Downloads on its own, even after you quit."


def next_try(task: Task, now: datetime) -> str:
    """Return when a held task is tried again; empty if that is not known."""
    if task.retry_at is None or not task.live or task.hold is None:
        return ""
    seconds = round((task.retry_at - now).total_seconds())
    if seconds <= 0:
        return "Trying again now"
    return f"Next try in {seconds} s" if seconds < 90 else f"Next try in {round(seconds / 60)} min"


def advice(task: Task, key: Callable[[str], str], website: str = "") -> str:
    """Return what the user can do. `key` returns the key of an action, as it is displayed;
    `website` is where the provider's account is."""
    if task.status is Status.COMPLETED:
        return f"{key('open')}: go to its takes. {key('clone')}: copy the song to Compose."
    enter_id = f"{key('settle')}: enter its right id. " if task.takes_other_id else ""
    if not task.live:
        return f"{enter_id}{key('retry')}: send it again. {key('clone')}: copy the song to Compose."
    if task.hold is None:
        return "Nothing: it continues on its own."
    code = task.hold.code
    try_now = f"{key('retry')}: try now."
    if code in WAITS_FOR_USER:
        return f"{key('settle')}: say what became of it."
    if code == HoldCode.PAUSED:
        return f"{key('pause_queue')}: resume the queue."
    if code in NEEDS_USER_TO_GO_ON:
        return try_now
    if code in ACCOUNT_HOLDS:
        return (
            f"{key('providers')}: check the provider and its key. {try_now} "
            "It resumes on its own once the key works."
        )
    if code in CREDIT_HOLDS:
        return (
            f"{key('top_up')}: top up at {website}. {try_now} "
            "It resumes on its own once you have topped up."
        )
    if code == HoldCode.MODEL_NOT_FOUND:
        return (
            f"{key('clone')}: copy the song to Compose and choose another model. "
            f"{key('forget')}: cancel this one."
        )
    if code == HoldCode.SOURCE:
        return f"Bring the track back. {try_now} {key('forget')}: cancel this one."
    if code == HoldCode.DISK:
        return f"Free some space, or make the disk writable. {try_now}"
    if code == HoldCode.OTHER_SHELL:
        return (
            f"It continues in its own shell. {key('retry')}: send it from here, if the address is "
            "the same."
        )
    if code == HoldCode.UNKNOWN_STATUS:
        return (
            f"Look it up on the provider's website ({website}). The studio keeps checking it. "
            f"{key('forget')}: cancel it."
        )
    if task.status is Status.UNCERTAIN:
        return "Nothing: the balance will soon show what became of it."
    return f"It resumes on its own. {enter_id}{try_now}"


def retry_price(tasks: Sequence[Task]) -> str:
    """Return what sending some tasks again may cost; empty if it is free."""
    paid = [task for task in tasks if task.status.ended or task.status is Status.UNCERTAIN]
    return _sum(paid)


def _sum(tasks: Sequence[Task]) -> str:
    """Return the price of some tasks, in dollars too if their credits have one price."""
    paid = [task for task in tasks if task.credits]
    if not paid:
        return ""
    prices = {task.credit for task in paid}
    credit = prices.pop() if len(prices) == 1 else None
    return price(sum(task.credits for task in paid), credit, "{} ({})")


def held(task: Task, *codes: str) -> bool:
    """Return whether a live task waits for one of these reasons."""
    return task.live and task.hold is not None and task.hold.code in codes

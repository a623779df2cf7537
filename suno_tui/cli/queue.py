"""`suno-tui queue`: list the tasks, or act on one."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import hold_text, print_json, print_line, task_json
from suno_tui.cli.parser import Options
from suno_tui.cli.table import Column, Row, note_empty, on_terminal, print_table
from suno_tui.common.text import deadline
from suno_tui.providers.capabilities import price as price_of
from suno_tui.studio import Studio
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Status

if TYPE_CHECKING:
    from suno_tui.tasks.models import Task

PATIENCE = 5.0
"""Seconds to wait for a cancelled task to end."""


def run(options: Options) -> int:
    """List the tasks, or run the action. Raises `UnknownTask` and `NotNow`."""
    with closing(open_studio()) as studio:
        if options.action:
            _act(studio, options)
        else:
            _list(studio, options)
    return 0


def _list(studio: Studio, options: Options) -> None:
    tasks = studio.tasks.all() if options.all else studio.tasks.live()
    if not tasks and not options.json:
        note_empty("The queue is empty." if options.all else "No task is under way.")
    elif on_terminal() and not options.json:
        print_table(_COLUMNS, map(_row, tasks))
    else:
        for task in tasks:
            if options.json:
                print_json(task_json(task, studio.library))
            else:
                print_line(task.id, f"{task.status:11}", task.title, _remark(task))
    if not options.json and studio.tasks.paused:
        print("suno-tui: the queue is paused; `suno-tui queue resume` resumes it", file=sys.stderr)


_COLUMNS = (
    Column("id"),
    Column("status"),
    Column("title", flexible=True),
    Column("takes", right=True),
    Column("price", right=True),
    Column("added"),
)


def _row(task: Task) -> Row:
    waiting = task.hold is not None and task.live
    role = "good" if task.status is Status.COMPLETED else "bad" if task.error else ""
    status = f"{task.status} {task.progress:.0%}" if _shows_progress(task) else task.status.value
    takes = str(len(task.takes) or "")
    price = price_of(task.credits, task.credit, "{} {}") if task.credits else "free"
    added = f"{task.created_at.astimezone():%Y-%m-%d %H:%M}"
    # A paused queue is mentioned once, below all tasks.
    paused = task.hold is not None and task.hold.code == HoldCode.PAUSED
    remark = "" if paused or _shows_progress(task) else _remark(task)
    roles = {0: "muted", 1: "waiting" if waiting else role or "muted", 5: "muted"}
    return Row((task.id, status, task.title, takes, price, added), roles, remark)


def _shows_progress(task: Task) -> bool:
    return task.live and task.progress is not None and not (task.hold or task.cancelling)


def _cancel(studio: Studio, task: Task) -> Task:
    """Wait until a cancelled task has ended, if the worker has to stop it."""
    if task.forgotten:
        return task
    end = time.monotonic() + PATIENCE
    if task.live:
        studio.wake()
    while task.live and task.cancelling and time.monotonic() < end:
        time.sleep(0.05)
        task = studio.tasks.get(task.id)
    return task


def _cancelled(task: Task) -> tuple[str, str]:
    """Return the result of cancelling: a word and a sentence."""
    if task.forgotten:
        text = f"{task.title}: the provider can't cancel it, so it is no longer tracked"
        return "forgotten", f"{text}{_paid(task)}. {_back(task)}".rstrip()
    if task.cancelling:
        return "cancelling", f"{task.title}: the worker has not stopped it yet."
    if task.error and task.error.code == "cancelled":
        return "cancelled", f"{task.title}. {_back(task)}"
    return task.status.value, f"{task.title}: it was too late to cancel it."


def _paid(task: Task) -> str:
    if not task.credits or not (task.charged or task.status in ("submitting", "uncertain")):
        return ""
    return f"; its {task.credits} credits stay paid"


def _back(task: Task) -> str:
    """Return a sentence about what `retry` would do; empty for a completed task."""
    if task.status is Status.COMPLETED:
        return ""
    if task.submitted_at is None:
        effect = "queues it again"
    elif task.live and task.status is not Status.UNCERTAIN:
        effect = "brings it back"
    else:
        effect = "sends it again"
    return f"suno-tui queue retry {task.id} {effect}."


def _remark(task: Task) -> str:
    if task.cancelling:
        return "cancelling"
    if task.hold:
        end = task.urls_end
        return hold_text(task) + (f" Its audio is kept until {deadline(end)}." if end else "")
    if task.error:
        return f"{task.error.code}: {task.error.message}"
    if task.progress is not None and task.live:
        return f"{task.progress:.0%}"
    return ""


def _act(studio: Studio, options: Options) -> None:
    tasks = studio.tasks
    if options.action in ("pause", "resume"):
        _pause(studio, on=options.action == "pause")
        if not options.json:
            paused = "Paused: nothing new is sent. Tasks that were accepted continue."
            print_line(paused if tasks.paused else "Resumed.")
        return
    task = tasks.find(options.id)
    result: tuple[str, str] | None = None
    if options.action == "retry":
        task = studio.retry(task.id)
    elif options.action == "settle":
        task = tasks.settle(task.id, not options.not_taken, task_id=options.taken or None)
    elif options.action == "cancel":
        task = _cancel(studio, tasks.cancel(task.id))
        result = _cancelled(task)
    else:
        task = tasks.forget(task.id)
        result = "forgotten", f"{task.title}{_paid(task)}. {_back(task)}"
    if options.json:
        print_json(task_json(task, studio.library))
    else:
        print_line(task.id, *(result or (task.status.value, task.title)))
    if result is None and tasks.owed():
        studio.wake()


def _pause(studio: Studio, *, on: bool) -> None:
    if on:
        studio.tasks.pause()
    else:
        studio.tasks.resume()
        if studio.tasks.owed():
            studio.wake()

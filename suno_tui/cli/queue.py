"""`suno-tui queue`: list the tasks, or act on one."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.cli.output import hold_text, print_json, print_line, task_json
from suno_tui.cli.parser import Options
from suno_tui.studio import Studio

if TYPE_CHECKING:
    from suno_tui.tasks.models import Task

PATIENCE = 5.0
"""Seconds to wait for the end of a cancelled task."""


def run(options: Options) -> int:
    """List the tasks, or run the action. Raises `UnknownTask` and `NotNow`."""
    with closing(Studio.open()) as studio:
        if options.action:
            _act(studio, options)
        else:
            _list(studio, options)
    return 0


def _list(studio: Studio, options: Options) -> None:
    tasks = studio.tasks.all() if options.all else studio.tasks.live()
    for task in tasks:
        if options.json:
            print_json(task_json(task, studio.library))
        else:
            print_line(task.id, f"{task.status:11}", task.title, _remark(task))
    if not options.json and studio.tasks.paused:
        print("suno-tui: the queue is paused: suno-tui queue resume", file=sys.stderr)


def _cancel(studio: Studio, task: Task) -> None:
    """Print the result of cancelling; wait for it if the worker has to do it."""
    if task.forgotten:
        text = f"{task.title}: its provider can't cancel, so it is only watched no longer"
        print_line(task.id, "forgotten", f"{text}{_paid(task)}. {_back(task)}")
        return
    end = time.monotonic() + PATIENCE
    if task.live:
        studio.wake()
    while task.live and task.cancelling and time.monotonic() < end:
        time.sleep(0.05)
        task = studio.tasks.get(task.id)
    if task.cancelling:
        print_line(task.id, "cancelling", f"{task.title}: the worker has not stopped it yet.")
    elif task.error and task.error.code == "cancelled":
        print_line(task.id, "cancelled", f"{task.title}. {_back(task)}")
    else:
        print_line(task.id, task.status.value, f"{task.title}: it was too late to cancel it.")


def _paid(task: Task) -> str:
    if not task.credits or not (task.charged or task.status in ("submitting", "uncertain")):
        return ""
    return f"; its {task.credits} credits stay spent"


def _back(task: Task) -> str:
    return f"suno-tui queue retry {task.id} takes it back."


def _remark(task: Task) -> str:
    if task.cancelling:
        return "is being cancelled"
    if task.hold:
        end = task.urls_end
        return hold_text(task) + (f" Its audio ends {end.astimezone():%a %H:%M}." if end else "")
    if task.error:
        return f"{task.error.code}: {task.error.message}"
    if task.progress is not None and task.live:
        return f"{task.progress:.0%}"
    return ""


def _act(studio: Studio, options: Options) -> None:
    tasks = studio.tasks
    if options.action == "pause":
        tasks.pause()
        print_line("Paused: nothing new is sent. What was accepted goes on.")
        return
    if options.action == "resume":
        tasks.resume()
        print_line("Resumed.")
    elif options.action == "retry":
        task = studio.retry(tasks.find(options.id).id)
        print_line(task.id, task.status.value, task.title)
    elif options.action == "settle":
        task = tasks.find(options.id)
        task = tasks.settle(task.id, not options.not_taken, task_id=options.taken or None)
        print_line(task.id, task.status.value, task.title)
    elif options.action == "cancel":
        _cancel(studio, tasks.cancel(tasks.find(options.id).id))
        return
    else:
        task = tasks.forget(tasks.find(options.id).id)
        print_line(task.id, "forgotten", f"{task.title}{_paid(task)}. {_back(task)}")
        return
    if tasks.owed():
        studio.wake()

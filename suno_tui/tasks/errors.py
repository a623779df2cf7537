"""Errors for requests about tasks that can't be carried out."""

from __future__ import annotations

from suno_tui.common.errors import UsageError


class UnknownTask(UsageError):
    """No task, or more than one, has this id or prefix."""

    title = "Which task?"
    code = "unknown_task"


class NotNow(UsageError):
    """The task's state does not allow this; nothing was changed."""

    title = "That can't be done with this task"
    code = "not_now"

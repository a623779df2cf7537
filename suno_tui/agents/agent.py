"""An agent's name, and whether it may change anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError, UsageError

if TYPE_CHECKING:
    from suno_tui.studio import Studio

_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)


class Refused(StudioError):
    """The owner does not allow agents to do that."""

    title = "Not for agents"
    code = "not_for_agents"


def check_name(name: str) -> str:
    """Return the name if it can be shown in the queue. Raises `UsageError`."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} can't be an agent's name: up to 40 letters, digits, . _ -")
    return name


class Agent:
    """One agent in a studio. Its tools raise `StudioError` with a message for the agent."""

    def __init__(self, studio: Studio, name: str, *, read_only: bool) -> None:
        self.studio = studio
        self.requester = f"agent {check_name(name)}"
        self.read_only = read_only

    def may_write(self) -> None:
        if self.read_only:
            raise Refused("This server is read-only: it was started with --read-only.")

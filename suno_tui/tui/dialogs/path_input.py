"""A field for a path, which Tab completes as a shell does."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from suno_tui.common.paths import expand_home
from suno_tui.tui.dialogs.form import FormInput

_MOST_NAMES = 2000
"""Most names of a folder that are searched for a completion."""


class PathSuggester(Suggester):
    """Completes the name of a folder, or of a file with one of some suffixes.

    → or Tab accepts it.
    """

    def __init__(self, suffixes: Collection[str] = ()) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._suffixes = suffixes

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete_path, value, self._suffixes)


class PathInput(FormInput):
    """A path. Tab completes it, as in a shell; without a completion it goes to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "complete" and not self._suggestion:
            return False
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Accept the shown completion."""
        self.action_end()
        self.action_cursor_right()


def path_of(typed: str) -> str:
    """Return the path that is meant: in `~/Music//srv/songs` a pasted path replaces the first."""
    typed = typed.strip()
    start = max(typed.rfind("//") + 1, typed.rfind("/~") + 1)
    return typed[start:]


def complete_path(value: str, suffixes: Collection[str] = ()) -> str | None:
    """Return a path with its last name completed; None if no name begins like it.

    It is the name of a folder, or of a file with one of the suffixes.
    """
    path = path_of(value)
    before = value.rstrip()[: len(value.rstrip()) - len(path)]
    above, slash, start = path.rpartition("/")
    if not slash or not start:
        return None
    try:
        names = []
        for number, entry in enumerate(expand_home(above or "/").iterdir()):
            if number > _MOST_NAMES:
                break
            hidden = entry.name.startswith(".") and not start.startswith(".")
            if not entry.name.startswith(start) or hidden:
                continue
            if entry.is_dir():
                names.append(f"{entry.name}/")
            elif entry.suffix.lower() in suffixes:
                names.append(entry.name)
    except OSError:
        return None
    return f"{before}{above}/{min(names)}" if names else None

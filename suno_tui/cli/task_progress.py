"""Progress of tasks on stderr: lines that are redrawn on a terminal and scroll elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

from suno_tui.common.text import clean


class TaskProgress:
    """One line per task, in the order of their ids."""

    def __init__(self, ids: list[str]) -> None:
        self._lines = dict.fromkeys(ids, "")
        self._printed: set[str] = set()
        self._drawn = 0
        """The number of lines in the block above the cursor."""
        self._redraws = (
            sys.stderr.isatty()
            and os.environ.get("TERM", "") not in ("", "dumb")
            and len(ids) < shutil.get_terminal_size().lines
        )

    @property
    def redraws(self) -> bool:
        """Whether lines are replaced; if not, each new one is printed below the others."""
        return self._redraws

    def show(self, id: str, line: str) -> None:
        """Show the state of a task, if it is new."""
        line = clean(line)
        if line == self._lines[id]:
            return
        self._lines[id] = line
        if self._redraws:
            self._write(self._up() + self._block())
        else:
            self._write(f"{line}\n")

    def say(self, text: str) -> None:
        """Print a line that stays, above the states."""
        self._write(f"{self._up()}{clean(text)}\n{self._block() if self._redraws else ''}")

    def say_once(self, text: str) -> None:
        """Print a line that stays, unless it was printed before."""
        if text not in self._printed:
            self._printed.add(text)
            self.say(text)

    def _up(self) -> str:
        """Return the codes that move the cursor to the block's start and clear the block."""
        return f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""

    def _block(self) -> str:
        from rich.cells import set_cell_size

        width = shutil.get_terminal_size().columns - 1
        shown = [set_cell_size(line, width).rstrip() for line in self._lines.values() if line]
        self._drawn = len(shown)
        return "".join(f"{line}\n" for line in shown)

    def _write(self, text: str) -> None:
        # The terminal may be gone after a hang-up; the task's record is what counts.
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()

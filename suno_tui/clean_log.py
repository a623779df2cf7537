"""How log files are written: text that comes from outside can neither command a terminal that
shows the file nor pretend to be a line of ours."""

from __future__ import annotations

import logging

from suno_tui.text import clean

FOLLOWS = "    | "
"""What begins a line that belongs to the one before, as in a traceback."""


class CleanFormatter(logging.Formatter):
    """Formats a record as one line without control characters; further lines are marked."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = clean(super().format(record), lines=True).split("\n")
        return "\n".join([first, *(FOLLOWS + line for line in rest)])

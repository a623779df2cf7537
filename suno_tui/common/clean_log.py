"""Format log records so that text from outside can neither control a terminal nor look like a
record of its own."""

from __future__ import annotations

import logging

from suno_tui.common.text import clean

FOLLOWS = "    | "
"""The beginning of every line of a record but the first, as in a traceback."""


class CleanFormatter(logging.Formatter):
    """Formats records without control characters, and marks all lines but the first."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = clean(super().format(record), lines=True).split("\n")
        return "\n".join([first, *(FOLLOWS + line for line in rest)])

"""Progress of a long command on stderr: one line that is redrawn on a terminal."""

from __future__ import annotations

import sys
import time

_EVERY = 0.1
"""Seconds between two drawings."""


class ProgressLine:
    """A line such as `Reading 120 of 4,000`. Off a terminal nothing is printed."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = 0
        self._at = 0.0
        self._draws = sys.stderr.isatty()

    def __call__(self, done: int, count: int) -> None:
        """Show that `done` of `count` are done."""
        now = time.monotonic()
        if not self._draws or (now - self._at < _EVERY and done < count):
            return
        self._at = now
        self._draw(f"{self._what} {done:,} of {count:,}")

    def clear(self) -> None:
        """Remove the line, before anything else is printed."""
        if self._shown:
            self._draw("")

    def _draw(self, text: str) -> None:
        print(f"\r{text:<{self._shown}}\r{text}", end="", file=sys.stderr, flush=True)
        self._shown = len(text)

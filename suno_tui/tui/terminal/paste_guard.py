"""Tells keys typed by hand from pasted ones in a terminal without bracketed paste."""

from __future__ import annotations

BURST_SECONDS = 0.03
"""Keys that follow each other faster are a paste; the fastest typists take twice as long."""


class PasteGuard:
    """Judges keys by their times (monotonic, seconds)."""

    def __init__(self) -> None:
        self.by_hand = True
        """Whether there was a pause before the last key."""
        self.gap = float("inf")
        """Seconds between the last two keys."""
        self._last = float("-inf")

    def record(self, at: float) -> None:
        """Record a key that was typed at this time."""
        self.gap = at - self._last
        self.by_hand = self.gap >= BURST_SECONDS
        self._last = max(at, self._last)

"""Tells typed keys from pasted ones in a terminal without bracketed paste."""

from __future__ import annotations

QUIET_SECONDS = 0.4
"""Pause that must come before a key that spends money; a paste has none between its keys."""

PASTE_SECONDS = 1.0
"""Pause that ends a certain paste, which may arrive slowly."""


class PasteGuard:
    """Judges the keys of a dialog by their times (monotonic, seconds)."""

    def __init__(self, at: float) -> None:
        self.last = at
        self.pasting = False
        """Whether a key came that nobody would type here, and no pause since."""

    def before(self, at: float) -> bool:
        """Record a key at this time; return whether there was a pause before it."""
        gap, self.last = at - self.last, max(at, self.last)
        quiet = gap >= (PASTE_SECONDS if self.pasting else QUIET_SECONDS)
        if quiet:
            self.pasting = False
        return quiet

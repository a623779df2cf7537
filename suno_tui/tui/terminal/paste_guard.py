"""Keys of a hand and keys of a paste: a terminal without bracketed paste sends both alike."""

from __future__ import annotations

QUIET_SECONDS = 0.4
"""A key that costs money counts after so much quiet only; a paste leaves none between its keys."""

PASTE_SECONDS = 1.0
"""After what is surely a paste nothing counts until it was quiet for so long: it may be slow."""


class PasteGuard:
    """Follows the keys of a dialog by the times at which they arrived (monotonic, seconds)."""

    def __init__(self, at: float) -> None:
        self.last = at
        self.pasting = False
        """Whether something that no hand would type here came, and it was not quiet since."""

    def before(self, at: float) -> bool:
        """Whether it was quiet before this key; it counts as a key from now on."""
        gap, self.last = at - self.last, max(at, self.last)
        quiet = gap >= (PASTE_SECONDS if self.pasting else QUIET_SECONDS)
        if quiet:
            self.pasting = False
        return quiet

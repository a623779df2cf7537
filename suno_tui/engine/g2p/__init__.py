"""Letters to phones: the pronunciation of words, in ARPAbet without stress digits."""

from __future__ import annotations

from suno_tui.engine.g2p.english import english
from suno_tui.engine.g2p.plain import plain

__all__ = ["VOWELS", "english", "plain"]

VOWELS = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)

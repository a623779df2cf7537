"""The styles that the engine knows."""

from __future__ import annotations

from suno_tui.engine.styles.acoustic import ACOUSTIC
from suno_tui.engine.styles.bands import BANDS
from suno_tui.engine.styles.electronic import ELECTRONIC
from suno_tui.engine.styles.style import Style

__all__ = ["STYLES", "Style"]

STYLES: dict[str, Style] = {style.name: style for style in (*BANDS, *ELECTRONIC, *ACOUSTIC)}

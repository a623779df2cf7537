"""What facts of a track are called on the screen."""

from __future__ import annotations

from suno_tui.config.settings import LOCAL
from suno_tui.library.track import MOST_STARS, Track


def music(track: Track) -> str:
    """Tempo and key, as far as they are known."""
    tempo = f"{track.bpm:.0f} BPM" if track.bpm else ""
    return " · ".join(filter(None, (tempo, track.key)))


def made_by(provider: str) -> str:
    """Who made it; the built-in provider is called what it is."""
    return "local, the built-in sketch engine" if provider == LOCAL else provider


def stars(rating: int) -> str:
    return "★" * rating + "☆" * (MOST_STARS - rating)

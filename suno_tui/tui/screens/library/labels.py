"""Texts for facts of a track."""

from __future__ import annotations

from suno_tui.config.settings import LOCAL
from suno_tui.library.track import MOST_STARS, Track
from suno_tui.library.views import View


def music(track: Track) -> str:
    """Return tempo and key, if known."""
    tempo = f"{track.bpm:.0f} BPM" if track.bpm else ""
    return " · ".join(filter(None, (tempo, track.key)))


def made_by(provider: str) -> str:
    """Return the name of a track's provider, with a description of the built-in one."""
    return "local, the built-in sketch engine" if provider == LOCAL else provider


def stars(rating: int) -> str:
    return "★" * rating + "☆" * (MOST_STARS - rating)


def view_label(view: View) -> str:
    """Return the name of a view."""
    return view.name or {
        "all": "All tracks", "favorites": "Favourites", "unrated": "Unrated", "trash": "Trash",
        "lone": "Not imported yet",
    }[view.kind]  # fmt: skip

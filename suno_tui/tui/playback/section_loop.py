"""A loop over the section of a track that plays; times are in seconds."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.tui.playback.session import PlaybackSession

_END = 0.3
"""Seconds before the end of the track at which a loop of the last section ends: at the end itself
the player would stop."""
_SLACK = 0.05
"""Seconds before the end of a loop that count as its end."""
_SHORTEST = 1.0
_LEFT = 2.0
"""Seconds after the end of a loop from which the user must have sought there, which ends it."""


def section_of(session: PlaybackSession) -> tuple[float, float] | None:
    """Return the start and the end of the section that plays now; None if none is known."""
    starts = [mark.at for mark in session.marks]
    if not starts:
        return None
    at = bisect_right(starts, session.position)
    start = starts[at - 1] if at else 0.0  # before the first one is the intro
    end = starts[at] if at < len(starts) else session.duration - _END
    return (start, end) if end - start >= _SHORTEST else None


def loop_back(session: PlaybackSession) -> bool:
    """Seek to the start of the loop if its end was reached; return whether that was so."""
    if session.loop is None or session.loading or session.trouble:
        return False
    start, end = session.loop
    if not session.ended and session.position < end - _SLACK:
        return False
    if session.position > end + _LEFT:
        session.loop = None
        return False
    session.seek(start - session.position)
    return True

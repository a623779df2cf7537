"""A loop over the section of a track that plays; times are in seconds."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.tui.playback.session import PlaybackSession

_END = 0.3
"""The last section ends this long before the track, so that the player does not stop first."""
_SLACK = 0.05
"""So much before the end of the loop counts as its end."""
_SHORTEST = 1.0
_LEFT = 2.0
"""So much after the end of the loop, the user has sought out of it."""


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

"""Errors about the ids of tracks."""

from __future__ import annotations

from suno_tui.common.errors import StudioError


class UnknownTrack(StudioError):
    """No track has that id: it was deleted, or its file was moved out of the library."""

    title = "That track is gone"
    code = "unknown_track"
    exit_code = 2

    def __init__(self, track_id: str) -> None:
        super().__init__(f"There is no track {track_id!r} in the library.")


class AmbiguousTrack(StudioError):
    """The ids of several tracks begin with the given text."""

    title = "Which track is that?"
    code = "ambiguous_track"
    exit_code = 2

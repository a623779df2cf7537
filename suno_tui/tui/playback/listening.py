"""A track that may play at a listener, on the user's own machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from suno_tui.tui.playback.track_view import TrackView

if TYPE_CHECKING:
    from suno_tui.listener.routing import RoutedPlayer
    from suno_tui.studio import Studio

_NEWEST = 8
"""How many of the newest takes a listener gets in advance."""


class ListenedTrack(TrackView):
    """A track and its player."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._resume: float | None = None
        """The position at which `track` was left, in seconds; None once it is in the player."""
        self._player: RoutedPlayer | None = None

    async def find_playing(self) -> bool:
        """Find a listener; return whether it still plays the restored track, now as ours."""
        if not await asyncio.to_thread(self.studio.may_play_already):
            return False
        track, player = self.track, self.studio.player
        if track is None:
            await asyncio.to_thread(player.find)
            return False
        if not await asyncio.to_thread(player.still_plays, track.audio):
            return False
        if self.track is not track or self._resume is None:
            return False
        self._player, self._resume = player, None
        return True

    def send_ahead(self) -> None:
        """Have the newest takes sent to the listener while it is idle. Reads the index."""
        player = self.studio.__dict__.get("player")
        if player is not None and player.to_listener and self.studio.settings.player.send_ahead:
            newest = self.studio.library.tracks(limit=_NEWEST)
            player.send_ahead([track.audio for track in newest])

    def find_listener(self) -> None:
        """Find a listener that is new, or back after a lost connection. Returns at once."""
        if self._player is not None:
            self._player.find_soon()

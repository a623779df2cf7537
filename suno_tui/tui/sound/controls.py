"""The actions of the player: they work wherever the focus is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual.timer import Timer

from suno_tui.library.track import Track
from suno_tui.tui.base import StudioBase

SHORT, LONG = 5.0, 30.0
"""Seconds that the arrows seek."""

_STEP = 5
_WHERE = {
    "": "Nothing has been played yet, so no sound device was opened.",
    "device": "The sound comes out of the machine that the studio runs on.",
    "silent": "There is no sound device here; the clock runs, nothing is heard.",
    "none": "Sound can't be played here.",
}


class SoundControls(StudioBase):
    """What the keys do with the deck; a part of the app."""

    _sound_timer: Timer | None = None

    def show_sound(self) -> None:
        """The player's line, its page, and the row that plays; each second while it plays."""
        self.main.show_sound()
        if self._sound_timer is None:
            self._sound_timer = self.set_interval(1, self.sound_tick, pause=True)
        if self.deck.playing or (self.deck.ended and self.deck.beside(1) is not None):
            self._sound_timer.resume()
        else:
            self._sound_timer.pause()

    def play_track(self, track: Track, tracks: Sequence[Track | None] = ()) -> None:
        """Play a track; `tracks` are its neighbours."""
        self.run_worker(self._play(track, tracks or [track]), group="play", exclusive=True)

    async def _play(self, track: Track, tracks: Sequence[Track | None]) -> None:
        loading = self.deck.play(track, tracks)
        self.show_sound()
        await loading
        self.show_sound()
        if self.deck.trouble:
            self.notify(self.deck.trouble, title="That can't be played", markup=False)
            return
        await self.deck.read_shape()
        self.show_sound()

    def label(self, id: str) -> str | None:
        """What an action of the player is called now."""
        if id == "play" and self.deck.track is not None:
            return "Pause" if self.deck.playing else "Play on"
        return None

    def why_not(self, id: str) -> str | None:
        return "Nothing plays." if id == "swap" and self.deck.track is None else None

    def action_play(self) -> None:
        if self.deck.track is not None:
            self.deck.toggle()
            self.show_sound()
        elif (track := self.main.library.track) is not None:
            self.play_track(track, self.main.library.rows.items)
        else:
            self.say("There is no track to play yet.")

    def action_next_track(self) -> None:
        self._beside(1)

    def action_previous_track(self) -> None:
        self._beside(-1)

    def action_seek_back(self) -> None:
        self._seek(-SHORT)

    def action_seek_on(self) -> None:
        self._seek(SHORT)

    def action_seek_back_far(self) -> None:
        self._seek(-LONG)

    def action_seek_on_far(self) -> None:
        self._seek(LONG)

    def action_volume_up(self) -> None:
        self._volume(_STEP)

    def action_volume_down(self) -> None:
        self._volume(-_STEP)

    def action_mute(self) -> None:
        self.deck.mute()
        self.show_sound()

    async def action_swap(self) -> None:
        """A/B: the next take of the same song, at the same moment."""
        track = self.deck.track
        if track is None:
            return
        sisters = await asyncio.to_thread(self.studio.library.sisters, track)
        if not sisters:
            self.say("There is no other take of this song.")
            return
        later = [sister for sister in sisters if sister.take > track.take]
        self.deck.swap(later[0] if later else sisters[0])
        self.show_sound()
        await self.deck.read_shape()
        self.show_sound()

    def action_where(self) -> None:
        deck = self.deck
        self.notify(deck.why or _WHERE[deck.output], title="Where the sound goes", markup=False)

    def sound_tick(self) -> None:
        """Once a second while something plays: the time goes on, and what follows follows."""
        if self.deck.ended and (track := self.deck.beside(1)) is not None:
            self.play_track(track, self.deck.tracks)
        else:
            self.show_sound()

    def _beside(self, by: int) -> None:
        if (track := self.deck.beside(by)) is not None:
            self.play_track(track, self.deck.tracks)
        else:
            self.say("That was the last track." if by > 0 else "That was the first track.")

    def _seek(self, seconds: float) -> None:
        self.deck.seek(seconds)
        self.show_sound()

    def _volume(self, by: int) -> None:
        self.deck.set_volume(self.deck.volume + by)
        self.show_sound()
        if self.deck.track is None:
            self.say(f"Volume {self.deck.volume}")

"""The actions of the player: they work wherever the focus is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean
from suno_tui.media.files import warm
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.ages import clock
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from textual.timer import Timer

    from suno_tui.library.track import Track
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession

SHORT, LONG = 5.0, 30.0
"""Seconds that the arrows seek."""

_STEP = 5
_SKIPS = 20
"""Tracks in a row that can't be played; then it stops."""
_REMEMBER = 10
"""Seconds of listening that a crash may forget."""


class Playback:
    """What the player's keys do. Found by the dispatcher; `session` is what plays."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self._timer: Timer | None = None
        self._left: list[str] | None = None
        """What was up next at the last end and is still being read; None until that begins."""
        self._restored = False
        self._seconds = 0
        self._told_silent = False
        self._told_failed = False
        self._told_cut: Track | None = None

    @cached_property
    def session(self) -> PlaybackSession:
        """What plays. It is loaded when it is first asked for: a start in the composer isn't."""
        from suno_tui.tui.playback.session import PlaybackSession

        return PlaybackSession(self.app.studio)

    def show(self) -> None:
        """The player's line, its page, and the row that plays; each second while it plays."""
        self.app.navigation.show_sound()
        if self._timer is None:
            self._timer = self.app.set_interval(1, self.tick, pause=True)
        if self.session.playing or (self.session.ended and self.session.following is not None):
            self._timer.resume()
        else:
            self._timer.pause()
        if self.session.output == "none" and not self.session.trouble and not self._told_failed:
            self._told_failed = True
            self.app.notify(
                clean(self.session.why), title="Nothing is heard", severity="warning", markup=False,
                timeout=10,
            )  # fmt: skip

    def play_track(
        self, track: Track, tracks: Sequence[Track | None] = (), place: int | None = None
    ) -> None:
        """Play a track, which has that place among `tracks`: those come before and after it."""
        self._start(track, tracks or [track], place)

    def play_aside(self, track: Track) -> None:
        """Play a track now; the list goes on where it was."""
        from suno_tui.tui.playback.session import ASIDE

        self._start(track, self.session.tracks, ASIDE)

    def _start(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, going: int = 0
    ) -> None:
        self.app.run_worker(self._play(track, tracks, place, going), group="play", exclusive=True)

    async def _play(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, going: int
    ) -> None:
        """Play it; `going` 1 or -1 goes on in that direction past what can't be played."""
        deck = self.session
        self._told_failed = False
        for _ in range(_SKIPS):
            loading = deck.play(track, tracks, place)
            self.show()
            await loading
            self.show()
            if not deck.trouble or not going or deck.trouble == one_line(NO_DECODER, 200):
                break
            self._tell_trouble("Skipped")
            beside = deck.take_next() if going > 0 else deck.take_previous()
            if beside is None:
                return
            track, place = beside
        await self._begun()

    async def _play_on(self) -> None:
        loading = self.session.play_on()
        await loading
        await self._begun()

    async def _begun(self) -> None:
        """A track plays: what else is to be known of it."""
        self.show()
        if self.session.trouble:
            self._tell_trouble("That can't be played")
            return
        self.remember()
        await self.session.read_shape()
        self.show()

    def _tell_trouble(self, title: str) -> None:
        text = clean(f"{one_line(self.session.name, 60)}: {self.session.trouble}")
        self.app.notify(text, title=title, severity="warning", markup=False, timeout=8)

    def library_listed(self) -> None:
        """The library was read: lay on what was left, or see whether the track has changed."""
        if self._left is None:
            state = self.app.studio.remembered()
            ids = state.get("up_next")
            self._left = [str(each) for each in ids] if isinstance(ids, list) else []
            self.app.run_worker(self._restore(state.get("playing")), group="restore")
        elif self.session.track is not None:
            self.app.run_worker(self._look_at_track(), group="track", exclusive=True)

    async def _look_at_track(self) -> None:
        if await self.session.refresh():
            self.show()

    async def _restore(self, left: object) -> None:
        """Lay on what played when the studio was closed, and what was to follow."""
        ids, playing = self._left or [], left if isinstance(left, dict) else {}
        tracks = [track for each in ids if (track := await self._known(each)) is not None]
        track = await self._known(playing["track"]) if "track" in playing else None
        self.session.upnext.put_before(tracks)
        self._left, self._restored = [], True
        if track is not None and self.session.track is None:
            at = playing.get("at", 0.0)
            self.session.lay_on(track, float(at) if isinstance(at, int | float) else 0.0)
            self.session.tracks = self.app.tracks.items
            self.show()
            await self.session.read_shape()
            self.show()
        # All is read, and nobody waits: the first song that is played doesn't either.
        await asyncio.to_thread(warm)

    async def _known(self, track_id: object) -> Track | None:
        try:
            return await asyncio.to_thread(self.app.studio.library.get, str(track_id))
        except StudioError:
            return None

    def state(self) -> dict[str, object]:
        """What the next start wants to know of the sound; not what isn't laid on yet."""
        deck = self.session
        state: dict[str, object] = {"volume": deck.volume}
        if deck.track is not None:
            at = 0.0 if deck.ended else round(deck.position, 1)
            state["playing"] = {"track": deck.track.id, "at": at}
        elif self._restored:
            state["playing"] = {}
        if self._left is not None:
            state["up_next"] = [*self._left, *(track.id for track in deck.upnext.tracks)]
        return state

    def remember(self) -> None:
        """Write the state down now: the next moment may cut the power."""
        self.app.run_worker(self._remember(), group="remember", exclusive=True)

    async def _remember(self) -> None:
        await asyncio.to_thread(self.app.remember, **self.state())

    def label(self, id: str) -> str | None:
        """What an action of the player is called now."""
        if id == "play" and self.session.track is not None:
            return "Pause" if self.session.playing else "Play on"
        return None

    def action_play(self) -> None:
        if self.session.laid_on:
            self.app.run_worker(self._play_on(), group="play", exclusive=True)
        elif self.session.track is not None:
            self.session.toggle()
            self.show()
            self.remember()
        elif (track := self.app.tracks.current) is not None:
            self.play_track(track, self.app.tracks.items, self.app.tracks.cursor)
        else:
            self.app.say("There is no track to play yet.")

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
        self.session.mute()
        self._tell_volume()

    def enqueue(self, tracks: Sequence[Track]) -> None:
        """Let these play after what plays now."""
        self.session.upnext.add(tracks)
        count = len(self.session.upnext.tracks)
        name = f"{one_line(tracks[0].name, 40)} {tracks[0].take}"
        one = len(tracks) == 1
        self.app.say(
            f"{name}: up next, number {count}." if one else f"{len(tracks)} tracks: up next."
        )
        self.up_next_changed()

    def up_next_changed(self) -> None:
        """What follows is another now."""
        self.session.prepare_next()
        self.show()
        self.remember()

    def tick(self) -> None:
        """Once a second while something plays: the time goes on, and what follows follows."""
        deck = self.session
        self._seconds += 1
        if deck.output == "silent" and not self._told_silent:
            self._told_silent = True
            where = self.app.keymap.key("sound_target")
            self.app.say(f"No sound device here: {where} shows how to hear it.")
        if deck.went_on():
            self._went_on()
        elif deck.ended and (following := deck.take_next()) is not None:
            self._start(following[0], deck.tracks, following[1], 1)
        else:
            deck.prepare_next()
            self.show()
            self._tell_cut()
            if self._seconds % _REMEMBER == 0:
                self.remember()

    def _went_on(self) -> None:
        """What follows has begun without a gap; or can't be played after all."""
        deck = self.session
        track = deck.track
        if deck.trouble and track is not None:
            self._tell_trouble("Skipped")
            if (following := deck.take_next()) is not None:
                self._start(following[0], deck.tracks, following[1], 1)
                return
        self.app.run_worker(self._begun(), group="play", exclusive=True)

    def _tell_cut(self) -> None:
        """Once a track: that its file ends too early."""
        there, track = self.session.cut_off, self.session.track
        if there is None or track is None or track is self._told_cut:
            return
        self._told_cut = track
        self.app.notify(
            f"{one_line(track.name, 60)} {track.take}: {clock(there)} of {clock(track.duration)} "
            "is there; the rest of its file is missing.",
            title="Cut off", severity="warning", markup=False, timeout=8,
        )  # fmt: skip

    def _beside(self, by: int) -> None:
        beside = self.session.take_next() if by > 0 else self.session.take_previous()
        if beside is not None:
            self._start(beside[0], self.session.tracks, beside[1], by)
        elif self.session.track is None:
            self.app.say("Nothing plays.")
        else:
            self.app.say("That was the last track." if by > 0 else "That was the first track.")

    def _seek(self, seconds: float) -> None:
        self.session.seek(seconds)
        self.session.prepare_next()
        self.show()

    def seek_to(self, at: float) -> None:
        """Go on at that second: a click on the waveform."""
        deck = self.session
        if deck.blind is not None and at >= min(take.duration for take in deck.blind.order):
            self.app.say("Not all of the takes are that long: it would tell which one you hear.")
        elif not deck.loading and not deck.trouble:
            self._seek(at - deck.position)

    def _volume(self, by: int) -> None:
        self.session.set_volume(self.session.volume + by)
        self._tell_volume()

    def _tell_volume(self) -> None:
        """In the line of what plays; in words where that says something else."""
        self.show()
        if self.session.track is None or self.session.output in ("silent", "none"):
            self.app.say(f"Volume {self.session.volume}" if self.session.volume else "Muted")

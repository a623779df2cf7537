"""The actions of the player: they work wherever the focus is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from suno_tui.errors import StudioError
from suno_tui.media.files import warm
from suno_tui.player.sound import NO_DECODER
from suno_tui.text import clean
from suno_tui.tui.text import one_line
from suno_tui.tui.when import clock

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.tui.base import StudioBase as _App
    from suno_tui.tui.sound.band import Band
    from suno_tui.tui.sound.deck import Deck
else:
    _App = object  # Textual takes a while for each kind of app

SHORT, LONG = 5.0, 30.0
"""Seconds that the arrows seek."""

_STEP = 5
_SKIPS = 20
"""Tracks in a row that can't be played; then it stops."""
_REMEMBER = 10
"""Seconds of listening that a crash may forget."""


class SoundControls(_App):
    """What the keys do with the deck; a part of the app."""

    _sound_timer: Timer | None = None
    _left: list[str] | None = None
    """What was up next at the last end and is still being read; None until that begins."""
    _restored = False
    _seconds = 0
    _told_silent = False
    _told_failed = False
    _told_cut: Track | None = None

    def show_sound(self) -> None:
        """The player's line, its page, and the row that plays; each second while it plays."""
        self.main.show_sound()
        if self._sound_timer is None:
            self._sound_timer = self.set_interval(1, self.sound_tick, pause=True)
        if self.deck.playing or (self.deck.ended and self.deck.following is not None):
            self._sound_timer.resume()
        else:
            self._sound_timer.pause()
        if self.deck.output == "none" and not self.deck.trouble and not self._told_failed:
            self._told_failed = True
            self.notify(
                clean(self.deck.why), title="Nothing is heard", severity="warning", markup=False,
                timeout=10,
            )  # fmt: skip

    def play_track(
        self, track: Track, tracks: Sequence[Track | None] = (), place: int | None = None
    ) -> None:
        """Play a track, which has that place among `tracks`: those come before and after it."""
        self._start(track, tracks or [track], place)

    def play_aside(self, track: Track) -> None:
        """Play a track now; the list goes on where it was."""
        from suno_tui.tui.sound.deck import ASIDE

        self._start(track, self.deck.tracks, ASIDE)

    def _start(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, going: int = 0
    ) -> None:
        self.run_worker(self._play(track, tracks, place, going), group="play", exclusive=True)

    async def _play(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, going: int
    ) -> None:
        """Play it; `going` 1 or -1 goes on in that direction past what can't be played."""
        deck = self.deck
        self._told_failed = False
        for _ in range(_SKIPS):
            loading = deck.play(track, tracks, place)
            self.show_sound()
            await loading
            self.show_sound()
            if not deck.trouble or not going or deck.trouble == one_line(NO_DECODER, 200):
                break
            self._tell_trouble("Skipped")
            beside = deck.take_next() if going > 0 else deck.take_previous()
            if beside is None:
                return
            track, place = beside
        await self._begun()

    async def _play_on(self) -> None:
        loading = self.deck.play_on()
        await loading
        await self._begun()

    async def _begun(self) -> None:
        """A track plays: what else is to be known of it."""
        self.show_sound()
        if self.deck.trouble:
            self._tell_trouble("That can't be played")
            return
        self.remember_sound()
        await self.deck.read_shape()
        self.show_sound()

    def _tell_trouble(self, title: str) -> None:
        text = clean(f"{one_line(self.deck.name, 60)}: {self.deck.trouble}")
        self.notify(text, title=title, severity="warning", markup=False, timeout=8)

    def library_listed(self) -> None:
        """The library was read: lay on what was left, or see whether the track has changed."""
        if self._left is None:
            state = self.studio.remembered()
            ids = state.get("up_next")
            self._left = [str(each) for each in ids] if isinstance(ids, list) else []
            self.run_worker(self._restore(state.get("playing")), group="restore")
        elif self.deck.track is not None:
            self.run_worker(self._look_at_track(), group="track", exclusive=True)

    async def _look_at_track(self) -> None:
        if await self.deck.refresh():
            self.show_sound()

    async def _restore(self, left: object) -> None:
        """Lay on what played when the studio was closed, and what was to follow."""
        ids, playing = self._left or [], left if isinstance(left, dict) else {}
        tracks = [track for each in ids if (track := await self._known(each)) is not None]
        track = await self._known(playing["track"]) if "track" in playing else None
        self.deck.upnext.put_before(tracks)
        self._left, self._restored = [], True
        if track is not None and self.deck.track is None:
            at = playing.get("at", 0.0)
            self.deck.lay_on(track, float(at) if isinstance(at, int | float) else 0.0)
            self.deck.tracks = self.main.library.rows.items
            self.show_sound()
            await self.deck.read_shape()
            self.show_sound()
        # All is read, and nobody waits: the first song that is played doesn't either.
        await asyncio.to_thread(warm)

    async def _known(self, track_id: object) -> Track | None:
        try:
            return await asyncio.to_thread(self.studio.library.get, str(track_id))
        except StudioError:
            return None

    def sound_state(self) -> dict[str, object]:
        """What the next start wants to know of the sound; not what isn't laid on yet."""
        deck = self.deck
        state: dict[str, object] = {"volume": deck.volume}
        if deck.track is not None:
            at = 0.0 if deck.ended else round(deck.position, 1)
            state["playing"] = {"track": deck.track.id, "at": at}
        elif self._restored:
            state["playing"] = {}
        if self._left is not None:
            state["up_next"] = [*self._left, *(track.id for track in deck.upnext.tracks)]
        return state

    @work(exclusive=True, group="remember")
    async def remember_sound(self) -> None:
        """Write it down now: the next instant may cut the power."""
        await asyncio.to_thread(self.remember, **self.sound_state())

    def label(self, id: str) -> str | None:
        """What an action of the player is called now."""
        if id == "play" and self.deck.track is not None:
            return "Pause" if self.deck.playing else "Play on"
        if id == "blind" and self.deck.blind is not None:
            return "Reveal the takes"
        return None

    def why_not(self, id: str) -> str | None:
        if id in ("swap", "blind", "keep"):
            return why_not_compare(self.deck)
        return None

    def action_play(self) -> None:
        library = self.main.library
        if self.deck.laid_on:
            self.run_worker(self._play_on(), group="play", exclusive=True)
        elif self.deck.track is not None:
            self.deck.toggle()
            self.show_sound()
            self.remember_sound()
        elif library.track is not None:
            self.play_track(library.track, library.rows.items, library.rows.cursor)
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
        self._tell_volume()

    def enqueue(self, tracks: Sequence[Track]) -> None:
        """Let these play after what plays now."""
        self.deck.upnext.add(tracks)
        count = len(self.deck.upnext.tracks)
        name = f"{one_line(tracks[0].name, 40)} {tracks[0].take}"
        what = name if len(tracks) == 1 else f"{len(tracks)} tracks"
        self.say(f"{what}: up next, number {count}." if len(tracks) == 1 else f"{what}: up next.")
        self.changed_up_next()

    def changed_up_next(self) -> None:
        """What follows is another now."""
        self.deck.prepare_next()
        self.show_sound()
        self.remember_sound()

    def action_up_next(self) -> None:
        from suno_tui.tui.sound.upnext_list import UpNextList

        self.push_screen(UpNextList(self.deck))

    def sound_tick(self) -> None:
        """Once a second while something plays: the time goes on, and what follows follows."""
        deck = self.deck
        self._seconds += 1
        if deck.output == "silent" and not self._told_silent:
            self._told_silent = True
            where = self.keymap.key("where")
            self.say(f"No sound device here: {where} shows how to hear it.")
        if deck.went_on():
            self._went_on()
        elif deck.ended and (following := deck.take_next()) is not None:
            self._start(following[0], deck.tracks, following[1], 1)
        else:
            deck.prepare_next()
            self.show_sound()
            self._tell_cut()
            if self._seconds % _REMEMBER == 0:
                self.remember_sound()

    def _went_on(self) -> None:
        """What follows has begun without a gap; or can't be played after all."""
        deck = self.deck
        track = deck.track
        if deck.trouble and track is not None:
            self._tell_trouble("Skipped")
            if (following := deck.take_next()) is not None:
                self._start(following[0], deck.tracks, following[1], 1)
                return
        self.run_worker(self._begun(), group="play", exclusive=True)

    def _tell_cut(self) -> None:
        """Once a track: that its file ends too early."""
        there, track = self.deck.cut_off, self.deck.track
        if there is None or track is None or track is self._told_cut:
            return
        self._told_cut = track
        self.notify(
            f"{one_line(track.name, 60)} {track.take}: {clock(there)} of {clock(track.duration)} "
            "is there; the rest of its file is missing.",
            title="Cut off", severity="warning", markup=False, timeout=8,
        )  # fmt: skip

    def _beside(self, by: int) -> None:
        beside = self.deck.take_next() if by > 0 else self.deck.take_previous()
        if beside is not None:
            self._start(beside[0], self.deck.tracks, beside[1], by)
        elif self.deck.track is None:
            self.say("Nothing plays.")
        else:
            self.say("That was the last track." if by > 0 else "That was the first track.")

    def _seek(self, seconds: float) -> None:
        self.deck.seek(seconds)
        self.deck.prepare_next()
        self.show_sound()

    def on_band_sought(self, event: Band.Sought) -> None:
        """A click on the shape of the track."""
        deck = self.deck
        if event.deck is not deck:
            return  # the shape of a track that doesn't play
        if deck.blind is not None and event.at >= min(take.duration for take in deck.blind.order):
            self.say("Not all of the takes are that long: it would tell which one you hear.")
        elif not deck.loading and not deck.trouble:
            self._seek(event.at - deck.position)

    def _volume(self, by: int) -> None:
        self.deck.set_volume(self.deck.volume + by)
        self._tell_volume()

    def _tell_volume(self) -> None:
        """In the line of what plays; in words where that says something else."""
        self.show_sound()
        if self.deck.track is None or self.deck.output in ("silent", "none"):
            self.say(f"Volume {self.deck.volume}" if self.deck.volume else "Muted")


def why_not_compare(deck: Deck) -> str | None:
    """Why there is nothing to compare."""
    if deck.track is None:
        return "Nothing plays."
    if deck.laid_on:
        return "It does not play yet: space plays on."
    return None

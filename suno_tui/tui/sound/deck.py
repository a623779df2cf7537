"""What plays, and what comes before and after it. Files are opened and decoded off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from suno_tui.errors import StudioError
from suno_tui.tui.sound.shape import Shape
from suno_tui.tui.sound.upnext import UpNext
from suno_tui.tui.sound.versus import Blind
from suno_tui.tui.text import one_line

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.player.player import Player
    from suno_tui.studio import Studio


REACH = 500
"""So many tracks of a list are searched for the one that plays: each may be read from the disk."""
ASIDE = -1
"""The place of a track that is not of the list: the list goes on after it."""
_AROUND = 8
"""How far from a take its sister is looked for in the list."""
_MOMENTS = 20.0
"""Seconds before the end at which what follows is decoded, so that it begins without a gap."""


class Deck(Shape):
    """One track in the player, its other takes, and what plays after it.

    What follows is first what was put into `upnext` by hand, then the list that the track came
    from. Methods that may block are `async`; everything is called on the event loop.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.tracks: Sequence[Track | None] = ()
        self.upnext = UpNext()
        self.blind: Blind | None = None
        self.loading = False
        self._trouble = ""
        self._place = 0
        self._aside = False
        """Whether `track` was in `upnext`: the list goes on after `_place` all the same."""
        self._next: Track | None = None
        """What the player begins by itself, without a gap."""
        self._gone: set[str] = set()
        """The ids of tracks of the list that have left the library since."""
        self._resume: float | None = None
        """Where `track` was left; None once it is in the player."""
        self._player: Player | None = None
        self._volume_before = 0
        wanted = studio.remembered().get("volume", studio.settings.player.volume)
        self._wanted = wanted if isinstance(wanted, int) and 0 <= wanted <= 100 else 80

    @property
    def volume(self) -> int:
        """Per cent."""
        if self._player is not None:
            return int(self._player.volume)
        return self._wanted

    @property
    def _ready(self) -> Player | None:
        """The player, once `track` is in it."""
        return None if self.loading or self._resume is not None else self._player

    @property
    def playing(self) -> bool:
        return self._ready is not None and self._ready.playing

    @property
    def position(self) -> float:
        """Seconds."""
        if self._resume is not None:
            return self._resume
        return 0.0 if self._ready is None else self._ready.position

    @property
    def duration(self) -> float:
        """Seconds; of the longest take, where they are compared blindly."""
        if self.track is None:
            return 0.0
        if self.blind is not None:
            return max(take.duration for take in self.blind.order)
        player = self._ready
        if player is not None and player.whole and not player.error:
            return player.duration
        return self.track.duration or (player.duration if player else 0.0)

    @property
    def ended(self) -> bool:
        return self._ready is not None and self._ready.ended

    @property
    def trouble(self) -> str:
        """Why the track can't be played; empty where it can."""
        if self._trouble or self._ready is None:
            return self._trouble
        return one_line(self._ready.error, 200)

    @property
    def cut_off(self) -> float | None:
        """How many seconds of the track are there, where its file ends too early."""
        from suno_tui.media.files import CUT

        player, track = self._ready, self.track
        if player is None or track is None or not player.whole or player.error:
            return None
        return player.duration if player.duration < track.duration - CUT else None

    @property
    def output(self) -> str:
        """Where the sound goes (`Player.output`); empty before anything was opened."""
        return self._player.output if self._player is not None else ""

    @property
    def why(self) -> str:
        """Where the sound goes, in a sentence."""
        return self._player.why if self._player is not None else ""

    @property
    def name(self) -> str:
        """What plays, for people: a title and its take, which a blind comparison hides."""
        if self.track is None:
            return ""
        return f"{self.track.name} {self.letter(self.track)}"

    def letter(self, take: Track) -> str:
        """What a take is called now: its number, or its letter in a blind comparison."""
        return self.blind.letter(take) if self.blind is not None else str(take.take)

    def lay_on(self, track: Track, at: float) -> None:
        """Show a track as it was left, paused; it is loaded when it is to play."""
        self._forget(track)
        self._resume = max(0.0, at)

    async def play(
        self,
        track: Track,
        tracks: Sequence[Track | None],
        place: int | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        """Load a track and play it; says in `trouble` what went wrong.

        What follows is `tracks`, in which it has that place; without one, it is searched among
        the first (`REACH`).
        """
        self._forget(track)
        self.loading = True
        self.tracks = tracks
        if place is None:
            self._place = self._find(0, REACH, -1)
        self._stand_at(place)
        try:
            await asyncio.to_thread(self._load, track, start)
        except (StudioError, OSError) as error:
            if self.track is track:
                self._trouble = one_line(str(error), 200)
        finally:
            if self.track is track:
                self.loading = False

    async def play_on(self) -> None:
        """Play the track that was laid on, from where it was left."""
        if self.track is not None and self._resume is not None:
            await self.play(self.track, self.tracks, start=self._resume)

    async def read_shape(self) -> None:
        await super().read_shape()
        if self.levels:
            self.prepare_takes()

    def _shows(self, track: Track) -> bool:
        return super()._shows(track) and self.blind is None

    def prepare_takes(self) -> None:
        """Decode the other takes, so that the first swap is as quick as those after it."""
        if self._ready is not None and not self.trouble:
            for take in self.takes:
                if take is not self.track:
                    self._ready.prepare(take.audio)

    async def refresh(self) -> bool:
        """Read the track's facts and takes again, and pass over what is not in the library any
        more; whether anything is another than before."""
        follows = self.following
        await self._leave_out_gone()
        track = self.track
        if track is None or self.loading:
            return self.following is not follows
        now = track
        takes: tuple[Track, ...] = ()
        if track.id not in self._gone:  # else it plays to its end
            try:
                now = await asyncio.to_thread(self.studio.library.get, track.id)
            except StudioError:
                return False
            takes = await asyncio.to_thread(self._all_takes, now)
        if self.track is not track or (now == track and takes == self.takes):
            return self.following is not follows
        self.track, self.takes = now, takes
        if self.blind is not None:
            fresh = {take.id: take for take in takes}
            self.blind = Blind(tuple(fresh.get(take.id, take) for take in self.blind.order))
        return True

    async def _leave_out_gone(self) -> None:
        """Whoever was put in the trash, or deleted, does not follow any more."""
        asked = set[str]()
        while True:
            near = [self.track, self._beside(1)[0], self._beside(-1)[0], *self.upnext.tracks]
            ids = {track.id for track in near if track is not None} | self._gone
            if ids <= asked:
                break
            here = await asyncio.to_thread(self.studio.library.still_here, ids)
            self._gone = ids.difference(here)
            asked |= ids
        self.upnext.drop(self._gone)
        if self._next is not None and self._next.id in self._gone:
            self.prepare_next()

    async def swap(self, other: Track) -> str:
        """Go on with another take at the same moment, equally loud; or why that can't be."""
        player, before = self._ready, self.track
        if player is None or before is None:
            return ""
        trouble = await asyncio.to_thread(player.swap, other.audio)
        if not trouble and self.track is before and player.path == other.audio:
            self.track = other
            self.levels, self.marks = b"", ()
            if self.blind is None:
                self._go_on_from_it()
        return one_line(trouble, 200)

    def compare_blindly(self) -> None:
        """Hide which take is which."""
        self.blind = Blind.of(self.takes)
        self.levels, self.marks = b"", ()

    def reveal(self) -> None:
        self.blind = None
        self._go_on_from_it()

    def toggle(self) -> None:
        if self._ready is not None and not self.trouble:
            self._ready.toggle()

    @property
    def laid_on(self) -> bool:
        """Whether the track is shown as it was left, and not in the player yet."""
        return self._resume is not None

    def seek(self, seconds: float) -> None:
        """Move by so many seconds, within the track."""
        to = max(0.0, min(self.duration, self.position + seconds))
        if self._resume is not None:
            self._resume = to
        elif self._ready is not None:
            self._ready.seek(to)

    def set_volume(self, volume: int) -> None:
        volume = max(0, min(100, volume))
        if self._player is None:
            self._wanted = volume
        else:
            self._player.volume = volume

    def mute(self) -> None:
        """Silence, and back to what it was."""
        volume = self.volume
        self.set_volume(0 if volume else self._volume_before or 80)
        self._volume_before = volume

    @property
    def following(self) -> Track | None:
        """What plays after this one by itself; None where nothing does."""
        first = self.upnext.first
        return first if first is not None else self._beside(1)[0]

    @property
    def after_up_next(self) -> Track | None:
        """What the list goes on with once `upnext` is empty."""
        return self._beside(1)[0]

    def take_next(self) -> tuple[Track, int] | None:
        """What plays next, taken out of `upnext` where it was there, and its place in the list."""
        if (track := self.upnext.take()) is not None:
            return track, ASIDE
        track, place = self._beside(1)
        return None if track is None else (track, place)

    def take_previous(self) -> tuple[Track, int] | None:
        """What played before this one in the list, and its place."""
        track, place = self._beside(0 if self._aside else -1)
        return None if track is None else (track, place)

    def prepare_next(self) -> None:
        """Have what follows decoded before it is needed."""
        player = self._ready
        if player is None or not player.playing:
            return
        near = self.duration - player.position < _MOMENTS
        self._next = self.following if near else None
        player.follow(self._next.audio if self._next is not None else None)

    def went_on(self) -> bool:
        """Whether what follows has begun by itself; then it is the track from now on."""
        player, following = self._ready, self._next
        if player is None or following is None or player.path != following.audio:
            return False
        took = self.take_next()
        self._forget(following)
        self._stand_at(took[1] if took is not None and took[0].id == following.id else ASIDE)
        return True

    def _stand_at(self, place: int | None) -> None:
        self._aside = place == ASIDE
        if place is not None and place != ASIDE:
            self._place = place

    def _go_on_from_it(self) -> None:
        """What follows is what follows the take that is heard, which may be another since a swap.

        Takes stand beside each other in most lists; where they don't, the list goes on as it was.
        """
        if self._aside:
            return
        self._place = self._find(self._place - _AROUND, self._place + _AROUND + 1, self._place)

    def _find(self, start: int, end: int, otherwise: int) -> int:
        """The place of the track in that part of the list: each track may be read from the disk."""
        wanted = self.track.id if self.track is not None else None
        near = range(max(0, start), min(len(self.tracks), end))
        return next((i for i in near if (t := self.tracks[i]) and t.id == wanted), otherwise)

    def _forget(self, track: Track) -> None:
        """Another track: nothing is known of it yet."""
        self.track, self._trouble, self._resume, self._next = track, "", None, None
        self.levels, self.marks, self.takes, self.blind = b"", (), (), None

    def _beside(self, by: int) -> tuple[Track | None, int]:
        """The track so many places on in the list; those that have gone since are left out."""
        place = self._place + by
        while 0 <= place < len(self.tracks):
            track = self.tracks[place]
            if track is not None and track.id not in self._gone:
                return track, place
            place += -1 if by < 0 else 1
        return None, place

    def _load(self, track: Track, start: float) -> None:
        player = self.studio.player
        if self._player is None:
            player.volume = self.volume
            self._player = player
        player.load(track.audio, start=start)
        player.play()
        player.wait()
        _ = track.lines  # it is shown before its takes are known

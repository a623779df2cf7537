"""What plays, and what comes before and after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.tui.playback.blind_test import BlindTest
from suno_tui.tui.playback.following import SEARCHED, TrackInOrder
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.timed_line import TimedLine
    from suno_tui.library.track import Track
    from suno_tui.studio import Studio


class PlaybackSession(TrackInOrder):
    """One track in the player, its other takes, and what plays after it.

    The tracks that the user put into `up_next` play first, then the rest of the list. All methods
    are called on the event loop; those that open files are `async` and do so in a thread.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._volume_before = 0
        self._paused_early = False
        """Whether the user paused the track before it was loaded."""
        wanted = studio.remembered().get("volume", studio.settings.player.volume)
        self._wanted = wanted if isinstance(wanted, int) and 0 <= wanted <= 100 else 80

    @property
    def volume(self) -> int:
        """The volume in per cent."""
        if self._player is not None:
            return int(self._player.volume)
        return self._wanted

    @property
    def playing(self) -> bool:
        return self._loaded_player is not None and self._loaded_player.playing

    @property
    def will_play(self) -> bool:
        """Whether it plays, or will as soon as it is loaded."""
        return not self._paused_early if self.loading else self.playing

    @property
    def position(self) -> float:
        """The position in seconds."""
        if self._resume is not None:
            return self._resume
        return 0.0 if self._loaded_player is None else self._loaded_player.position

    @property
    def duration(self) -> float:
        """The length in seconds; in a blind comparison, of the longest take."""
        if self.track is None:
            return 0.0
        if self.blind is not None:
            return max(take.duration for take in self.blind.order)
        player = self._loaded_player
        if player is not None and player.whole and not player.error:
            return player.duration
        return self.track.duration or (player.duration if player else 0.0)

    @property
    def ended(self) -> bool:
        return self._loaded_player is not None and self._loaded_player.ended

    @property
    def plays_on(self) -> bool:
        """Whether the music will play on when the studio is closed."""
        return self.playing and self._player is not None and self._player.stays

    @property
    def over(self) -> bool:
        """Whether the track has ended, and this view says what plays next: not another view or a
        command, and no listener that knows already."""
        player = self._loaded_player
        listener_knows = player is not None and player.to_listener and bool(self._upcoming)
        return self.ended and not self.follows and not listener_knows

    @property
    def trouble(self) -> str:
        """Why the track can't be played; empty if it can."""
        if self._trouble or self._loaded_player is None:
            return self._trouble
        return one_line(self._loaded_player.error, 200)

    @property
    def cut_off(self) -> float | None:
        """How many seconds of the track exist, if its file ends too early; else None."""
        from suno_tui.media.files import CUT

        player, track = self._loaded_player, self.track
        if player is None or track is None or not player.whole or player.error:
            return None
        return player.duration if player.duration < track.duration - CUT else None

    @property
    def output(self) -> str:
        """Where the sound goes (`Player.output`); empty before anything was opened."""
        return self._player.output if self._player is not None else ""

    @property
    def why(self) -> str:
        """A sentence about where the sound goes."""
        return self._player.why if self._player is not None else ""

    @property
    def silence(self) -> str:
        """Why nothing is heard if the output is silent, in a few words."""
        outdated = self._player is not None and self._player.outdated
        return "Your own machine can't play this" if outdated else "No sound device here"

    @property
    def name(self) -> str:
        """The title and the take that plays; a blind comparison shows a letter for the take."""
        if self.track is None:
            return ""
        return f"{self.track.name} {self.take_label(self.track)}"

    def take_label(self, take: Track) -> str:
        """Return the number of a take, or its letter in a blind comparison."""
        return self.blind.letter(take) if self.blind is not None else str(take.take)

    def restore(self, track: Track, at: float) -> None:
        """Show a track at the position where it was left; it is loaded once it plays."""
        self._set_track(track)
        self._resume = max(0.0, at)

    async def play(
        self,
        track: Track,
        tracks: Sequence[Track | None],
        place: int | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        """Load a track and play it; an error is in `trouble` afterwards.

        `place` is its index in `tracks`, which play after it; without one, it is searched among
        the first `SEARCHED`.
        """
        self._set_track(track)
        self.loading, self._paused_early, self._followed = True, False, ""
        self.tracks = tracks
        if place is None:
            self._place = self._find(0, SEARCHED, -1)
        self._set_place(place)
        try:
            timed = await asyncio.to_thread(self._load, track, start)
            if self.track is track:
                self._timed = timed
        except (StudioError, OSError) as error:
            if self.track is track:
                self._trouble = one_line(str(error), 200)
        finally:
            if self.track is track:
                self.loading = False
                if self._paused_early and self._player is not None:
                    self._player.pause()

    async def resume(self) -> None:
        """Play the restored track from where it was left."""
        if self.track is not None and self._resume is not None:
            await self.play(self.track, self.tracks, start=self._resume)

    async def read_details(self) -> None:
        await super().read_details()
        if self.levels:
            self.prepare_other_takes()

    def _is_current(self, track: Track) -> bool:
        return super()._is_current(track) and self.blind is None

    def prepare_other_takes(self) -> None:
        """Decode the other takes, so that the first swap is as quick as the later ones."""
        if self._loaded_player is not None and not self.trouble:
            for take in self.takes:
                if take is not self.track:
                    self._loaded_player.prepare(take.audio)

    async def refresh(self) -> bool:
        """Read the track and its takes again, and drop tracks that have left the library.

        Return whether anything has changed.
        """
        follows = self.following
        await self._drop_gone()
        track = self.track
        if track is None or self.loading:
            return self.following is not follows
        now = track
        takes: tuple[Track, ...] = ()
        if track.id not in self._gone:  # a track that is gone plays to its end
            try:
                now = await asyncio.to_thread(self.studio.library.get, track.id)
            except StudioError:
                return False
            takes, timed = await asyncio.to_thread(self._read_takes, now)
        else:
            timed = await asyncio.to_thread(self._read_timed, [now])
        if self.track is not track or (now == track and takes == self.takes):
            return self.following is not follows
        self.track, self.takes, self._timed = now, takes, timed
        if self.blind is not None:
            fresh = {take.id: take for take in takes}
            self.blind = BlindTest(tuple(fresh.get(take.id, take) for take in self.blind.order))
        return True

    async def _drop_gone(self) -> None:
        """Drop tracks that are in the trash or deleted from those that follow."""
        asked = set[str]()
        while True:
            near = [self.track, self._neighbour(1)[0], self._neighbour(-1)[0], *self.up_next.tracks]
            ids = {track.id for track in near if track is not None} | self._gone
            if ids <= asked:
                break
            here = await asyncio.to_thread(self.studio.library.still_here, ids)
            self._gone = ids.difference(here)
            asked |= ids
        self.up_next.drop(self._gone)
        self._upcoming_of = None
        if any(track.id in self._gone for track in self._upcoming):
            self.prepare_next()

    async def switch_take(self, other: Track) -> str:
        """Go on with another take at the same moment, equally loud; return why that failed."""
        player, before = self._loaded_player, self.track
        if player is None or before is None:
            return ""
        self._switching = True
        try:
            trouble = await asyncio.to_thread(player.switch, other.audio)
        finally:
            self._switching = False
        if not trouble and self.track is before and player.path == other.audio:
            self.track = other
            self.levels, self.marks = b"", ()
            if self.blind is None:
                self._find_new_place()
        return one_line(trouble, 200)

    def compare_blindly(self) -> None:
        """Hide which take is which."""
        self.blind = BlindTest.shuffled(self.takes)
        self.levels, self.marks = b"", ()

    def reveal(self) -> None:
        self.blind = None
        self._find_new_place()

    def toggle(self) -> None:
        """Pause, or play on; also a track that is still loading."""
        player = self._player
        if self.loading:
            self._paused_early = not self._paused_early
            if player is not None and self.track is not None and player.path == self.track.audio:
                player.pause() if self._paused_early else player.play()
        elif self._loaded_player is not None and not self.trouble:
            self._loaded_player.toggle()

    @property
    def restored(self) -> bool:
        """Whether the track was restored and is not in the player yet."""
        return self._resume is not None

    def seek(self, seconds: float) -> None:
        """Move by some seconds, within the track."""
        to = max(0.0, min(self.duration, self.position + seconds))
        if self._resume is not None:
            self._resume = to
        elif self._loaded_player is not None:
            self._loaded_player.seek(to)

    def set_volume(self, volume: int) -> None:
        volume = max(0, min(100, volume))
        if self._player is None:
            self._wanted = volume
        else:
            self._player.volume = volume

    def mute(self) -> None:
        """Mute, or restore the volume."""
        volume = self.volume
        self.set_volume(0 if volume else self._volume_before or 80)
        self._volume_before = volume

    def _load(self, track: Track, start: float) -> Mapping[Track, tuple[TimedLine, ...]]:
        """Start the player; return the timed lyrics, which are shown before the other takes."""
        player = self.studio.player
        if self._player is None:
            player.volume = self.volume
            self._player = player
        player.load(track.audio, start=start)
        if not self._paused_early:
            player.play()
        player.wait()
        return self._read_timed([track])

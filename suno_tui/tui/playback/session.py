"""What plays, and what comes before and after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.tui.playback.blind_test import BlindTest
from suno_tui.tui.playback.listening import ListenedTrack
from suno_tui.tui.playback.play_order import OFF, ONE, PlayOrder
from suno_tui.tui.playback.up_next import UpNext
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.timed_line import TimedLine
    from suno_tui.library.track import Track
    from suno_tui.listener.routing import RoutedPlayer
    from suno_tui.studio import Studio


SEARCHED = 500
"""How many tracks of a list are searched for the one that plays; each may cost a disk read."""
OFF_LIST = -1
"""The place of a track that is not in the list; the list continues after it."""
_NEIGHBOURHOOD = 8
"""How many places around a take are searched for another take."""
_PREPARE_SECONDS = 20.0
"""Seconds before the end at which the next track is decoded, so that it begins without a gap."""


class PlaybackSession(ListenedTrack):
    """One track in the player, its other takes, and what plays after it.

    The tracks that the user put into `up_next` play first, then the rest of the list. All methods
    are called on the event loop; those that open files are `async` and do so in a thread.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.tracks: Sequence[Track | None] = ()
        self.up_next = UpNext()
        remembered = studio.remembered()
        self.order = PlayOrder(
            remembered.get("shuffle") is True, str(remembered.get("repeat", OFF))
        )
        self.loop: tuple[float, float] | None = None
        """The start and the end of the section that plays again and again, in seconds."""
        self.blind: BlindTest | None = None
        self.loading = False
        self._trouble = ""
        self._place = 0
        self._off_list = False
        """Whether `track` came from `up_next`; the list continues after `_place` all the same."""
        self._next: Track | None = None
        """The track that the player will begin by itself, without a gap."""
        self._gone: set[str] = set()
        """The ids of tracks in the list that have left the library."""
        self._volume_before = 0
        wanted = remembered.get("volume", studio.settings.player.volume)
        self._wanted = wanted if isinstance(wanted, int) and 0 <= wanted <= 100 else 80

    @property
    def volume(self) -> int:
        """The volume in per cent."""
        if self._player is not None:
            return int(self._player.volume)
        return self._wanted

    @property
    def _loaded_player(self) -> RoutedPlayer | None:
        """The player, once `track` is loaded into it."""
        return None if self.loading or self._resume is not None else self._player

    @property
    def playing(self) -> bool:
        return self._loaded_player is not None and self._loaded_player.playing

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
        self.loading = True
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
        if self._next is not None and self._next.id in self._gone:
            self.prepare_next()

    async def switch_take(self, other: Track) -> str:
        """Go on with another take at the same moment, equally loud; return why that failed."""
        player, before = self._loaded_player, self.track
        if player is None or before is None:
            return ""
        trouble = await asyncio.to_thread(player.switch, other.audio)
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
        if self._loaded_player is not None and not self.trouble:
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

    @property
    def following(self) -> Track | None:
        """The track that plays next by itself, if any."""
        if self.order.repeat == ONE:
            return self.track
        first = self.up_next.first
        return first if first is not None else self._neighbour(1)[0]

    @property
    def after_up_next(self) -> Track | None:
        """The track with which the list continues once `up_next` is empty."""
        return self._neighbour(1)[0]

    def take_next(self, *, by_itself: bool = False) -> tuple[Track, int] | None:
        """Return the next track and its place in the list; remove it from `up_next`.

        If it plays `by_itself`, the same one may be repeated; else the user wants another one.
        """
        if by_itself and self.order.repeat == ONE and self.track is not None:
            return self.track, OFF_LIST if self._off_list else self._place
        if (track := self.up_next.take()) is not None:
            return track, OFF_LIST
        track, place = self._neighbour(1)
        return None if track is None else (track, place)

    def take_previous(self) -> tuple[Track, int] | None:
        """Return the track before this one in the list, and its place."""
        track, place = self._neighbour(0 if self._off_list else -1)
        return None if track is None else (track, place)

    def prepare_next(self) -> None:
        """Let the player decode the next track shortly before it is needed."""
        player = self._loaded_player
        if player is None or not player.playing:
            return
        near = self.duration - player.position < _PREPARE_SECONDS and self.loop is None
        # The same file again could not be told from its first time: it is loaded anew at its end.
        self._next = self.following if near and self.order.repeat != ONE else None
        player.follow(self._next.audio if self._next is not None else None)

    def adopt_next(self) -> bool:
        """Make the next track the current one if the player has begun it; return whether it has."""
        player, following = self._loaded_player, self._next
        if player is None or following is None or player.path != following.audio:
            return False
        took = self.take_next()
        self._set_track(following)
        self._set_place(took[1] if took is not None and took[0].id == following.id else OFF_LIST)
        return True

    def _set_place(self, place: int | None) -> None:
        self._off_list = place == OFF_LIST
        if place is not None and place != OFF_LIST:
            self._place = place

    def _find_new_place(self) -> None:
        """Let the list continue after the take that plays, which a swap may have changed.

        Takes are close to each other in most lists; if they are not, the place stays.
        """
        if self._off_list:
            return
        self._place = self._find(
            self._place - _NEIGHBOURHOOD, self._place + _NEIGHBOURHOOD + 1, self._place
        )

    def _find(self, start: int, end: int, otherwise: int) -> int:
        """Return the index of the track in a part of the list; each track may cost a disk read."""
        wanted = self.track.id if self.track is not None else None
        near = range(max(0, start), min(len(self.tracks), end))
        return next((i for i in near if (t := self.tracks[i]) and t.id == wanted), otherwise)

    def _set_track(self, track: Track) -> None:
        """Set another track, of which nothing is known yet."""
        self.track, self._trouble, self._resume, self._next = track, "", None, None
        self.levels, self.marks, self.takes, self.blind = b"", (), (), None
        self.loop = None
        self._timed = {each: lines for each, lines in self._timed.items() if each == track}

    def _neighbour(self, by: int) -> tuple[Track | None, int]:
        """Return the track 1 after or before, or the one of the list itself for 0, and its place.

        Tracks that are gone are skipped.
        """
        place = self._place
        to: int | None = place if by == 0 else self.order.after(place, by, self.tracks)
        for _ in range(len(self.tracks)):
            if to is None or not 0 <= to < len(self.tracks):
                break
            track = self.tracks[to]
            if track is not None and track.id not in self._gone:
                return track, to
            place, to = to, self.order.after(to, by or 1, self.tracks)
        return None, place

    def _load(self, track: Track, start: float) -> Mapping[Track, tuple[TimedLine, ...]]:
        """Start the player; return the timed lyrics, which are shown before the other takes."""
        player = self.studio.player
        if self._player is None:
            player.volume = self.volume
            self._player = player
        player.load(track.audio, start=start)
        player.play()
        player.wait()
        return self._read_timed([track])

"""A track, and what plays before and after it: up next, then the rest of a list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.tui.playback.listening import ListenedTrack
from suno_tui.tui.playback.play_order import OFF, ONE, PlayOrder
from suno_tui.tui.playback.up_next import UpNext

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.listener.routing import RoutedPlayer
    from suno_tui.studio import Studio
    from suno_tui.tui.playback.blind_test import BlindTest

SEARCHED = 500
"""How many tracks of a list are searched for the one that plays; each may cost a disk read."""
OFF_LIST = -1
"""The place of a track that is not in the list; the list continues after it."""
_NEIGHBOURHOOD = 8
"""How many places around a take are searched for another take."""
_QUEUE = 30
"""How many of the following tracks a listener is told."""
_PREPARE_SECONDS = 20.0
"""Seconds before the end at which the next track is decoded, so that it begins without a gap."""


class TrackInOrder(ListenedTrack):
    """A track in the order in which tracks play. Methods are called on the event loop."""

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
        self.loading = self._switching = False
        self._trouble = ""
        self._place = 0
        self._off_list = False
        """Whether `track` came from `up_next`; the list still continues after `_place`."""
        self._followed = ""
        """The id of the listener at which another view or a command decides what plays next."""
        self._upcoming: list[Track] = []
        """The tracks that the player will begin by itself, without a gap."""
        self._upcoming_of: object = None
        """What `_upcoming` was found for."""
        self._gone: set[str] = set()
        """The ids of tracks in the list that have left the library."""

    @property
    def _loaded_player(self) -> RoutedPlayer | None:
        """The player, once `track` is loaded into it."""
        return None if self.loading or self._resume is not None else self._player

    @property
    def duration(self) -> float:
        """The length in seconds."""
        return self.track.duration if self.track is not None else 0.0

    @property
    def follows(self) -> bool:
        """Whether another view or a command decides what plays next: until this one plays, or the
        sound goes elsewhere."""
        player = self.studio.__dict__.get("player") if self._followed else None
        return player is not None and player.listener_id == self._followed

    @property
    def following(self) -> Track | None:
        """The track that plays next by itself, if any."""
        if self.follows:
            return None
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
        """Tell the player what follows: only the next track, shortly before it is needed; but all
        tracks if the player is a listener, which may have to go on without this view."""
        player = self._loaded_player
        if player is None or self.follows:
            return
        if not player.to_listener:
            if not player.playing:
                return
            near = self.duration - player.position < _PREPARE_SECONDS
            self._upcoming, self._upcoming_of = self._find_upcoming(1) if near else [], None
        else:
            up_next = tuple(track.id for track in self.up_next.tracks)
            order = self.order.shuffle, self.order.repeat, self.loop
            now = self.track, up_next, order, self._place, id(self.tracks)
            if now != self._upcoming_of:
                self._upcoming, self._upcoming_of = self._find_upcoming(_QUEUE), now
        # Each time: it may be another listener by now, which does not know it yet.
        player.follow(*(track.audio for track in self._upcoming))

    def _find_upcoming(self, most: int) -> list[Track]:
        """Return the tracks that play next by themselves; each may cost a disk read.

        They end before a file that would play a second time: the player could not tell the two
        apart.
        """
        found: list[Track] = []
        if self.order.repeat == ONE or self.loop is not None or self.track is None:
            return found
        known = {self.track.audio}
        for track in self._following():
            if len(found) == most or track.audio in known:
                break
            known.add(track.audio)
            found.append(track)
        return found

    def _following(self) -> Iterator[Track]:
        yield from self.up_next.tracks
        place: int | None = self._place
        for _ in range(len(self.tracks)):
            if place is None or (place := self.order.after(place, 1, self.tracks)) is None:
                break
            track = self.tracks[place]
            if track is not None and track.id not in self._gone:
                yield track

    def adopt_next(self) -> bool:
        """Make the track that the player went on to the current one; return whether it went on."""
        player = self._loaded_player
        if player is None:
            return False
        at = next((i for i, t in enumerate(self._upcoming) if t.audio == player.path), None)
        if at is None:
            return False
        began = self._upcoming[: at + 1]
        for track in began:
            took = self.take_next()
            same = took is not None and took[0].id == track.id
            self._set_place(took[1] if took is not None and same else OFF_LIST)
        self._set_track(began[-1])
        return True

    def lead(self, tracks: Sequence[Track | None]) -> None:
        """Let this view decide again what plays next: what follows in `tracks`."""
        if self._followed:
            self._followed, self.tracks = "", tracks
            self._set_place(self._find(0, SEARCHED, -1))

    def lead_alone(self, tracks: Sequence[Track | None]) -> None:
        """Call `lead` if what this view followed does not play any more."""
        if not self.follows:
            self.lead(tracks)

    def follow(self) -> None:
        """Let another view or a command decide what plays next at the listener."""
        self._followed = self.studio.player.listener_id

    @property
    def elsewhere(self) -> Path | None:
        """The file that another view or a command has loaded into the player; None if none has."""
        player = self.studio.__dict__.get("player")
        if player is None or not player.to_listener or self.loading or self._switching:
            return None
        track = self.track if self._player is not None and self._resume is None else None
        path: Path | None = player.path
        known = [each.audio for each in (track, *self._upcoming) if each is not None]
        return path if path not in known else None

    async def adopt(self, path: Path) -> bool:
        """Show the track of a file that plays `elsewhere`; return whether the library has it."""
        track = await asyncio.to_thread(self.studio.library.of_audio, path)
        if track is None or self.elsewhere != path:
            return False
        self._player = self.studio.player
        self._set_track(track)
        self.follow()
        self.up_next.skip_to(track)
        self._timed = await asyncio.to_thread(self._read_timed, [track])
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

    def _neighbour(self, by: int) -> tuple[Track | None, int]:
        """Return the next track of the list (1), the one before (-1), or that at `_place` (0), and
        its place.

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

    def _set_track(self, track: Track) -> None:
        """Set another track, of which nothing is known yet."""
        self.track, self._trouble, self._resume = track, "", None
        self._upcoming, self._upcoming_of = [], None
        self.levels, self.marks, self.takes, self.blind = b"", (), (), None
        self.loop = None
        self._timed = {each: lines for each, lines in self._timed.items() if each == track}

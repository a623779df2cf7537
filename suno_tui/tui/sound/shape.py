"""What there is to see of a track: its takes, its sections, its waveform. Read off the loop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from suno_tui.errors import HomeError, StudioError
from suno_tui.home import write_bytes
from suno_tui.tui.sound.words import Mark, marks_of

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.studio import Studio


class Shape:
    """A track, and what is known of it so far."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.track: Track | None = None
        self.takes: tuple[Track, ...] = ()
        """All takes of the song, `track` among them; empty until they are known."""
        self.levels = b""
        """The waveform of `track`, 0 to 255; empty until it is known."""
        self.marks: tuple[Mark, ...] = ()
        """Where the sections of `track` begin, as far as it is known."""

    async def read_shape(self) -> None:
        """Find takes, sections and waveform of the track, from the cache or from its audio."""
        track = self.track
        if track is None:
            return
        takes = await asyncio.to_thread(self._all_takes, track)
        if not self._shows(track):
            return
        self.takes = takes
        marks = await asyncio.to_thread(marks_of, track)
        if self._shows(track):
            self.marks = marks
        try:
            levels = await asyncio.to_thread(self._levels, track)
        except (StudioError, OSError):
            return
        if self._shows(track):
            self.levels = levels

    def _shows(self, track: Track) -> bool:
        """Whether what was read of a track is still wanted."""
        return self.track is track

    def _all_takes(self, track: Track) -> tuple[Track, ...]:
        """Those in the library; none where the track itself was put in the trash."""
        try:
            if not self.studio.library.still_here([track.id]):
                return ()
            sisters = self.studio.library.sisters(track)
        except StudioError:
            sisters = []
        known = {take: take for take in self.takes}  # those have been read already
        all_takes = sorted([track, *sisters], key=lambda take: take.take)
        takes = tuple(known.get(take, take) for take in all_takes)
        for take in takes:
            _ = take.lines  # read here and kept, not on the loop by who shows them
        return takes

    def _levels(self, track: Track) -> bytes:
        import hashlib

        from suno_tui.player.waveform import waveform

        if track.kept:
            return b""  # nobody has looked into it, and it has no shape before it plays
        name = track.sha256 or hashlib.sha256(str(track.audio).encode()).hexdigest()
        cached = self.studio.home.cache / "loudness" / name[:32]
        try:
            return cached.read_bytes()
        except OSError:
            pass
        levels = track.levels or bytes(waveform(track.audio))
        with contextlib.suppress(HomeError):  # a full disk: it is only a cache
            write_bytes(cached, levels)
        return levels

"""What the screen shows of a track: its takes, timed lyrics, sections and waveform."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import HomeError, StudioError
from suno_tui.library.timed_line import TimedLine
from suno_tui.library.timed_lyrics import stored_levels, timed_lyrics
from suno_tui.tui.playback.timed_lyrics import section_marks
from suno_tui.tui.widgets.waveform import SectionMark

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.studio import Studio


class TrackView:
    """A track and what is known of it so far. Files are read off the event loop."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.track: Track | None = None
        self.takes: tuple[Track, ...] = ()
        """All takes of the song, including `track`; empty until they are known."""
        self.levels = b""
        """The waveform of `track`, 0 to 255; empty until it is known."""
        self.marks: tuple[SectionMark, ...] = ()
        """The starts of the sections of `track`, if known."""
        self._timed: Mapping[Track, tuple[TimedLine, ...]] = {}
        """The timed lyrics of `track` and its takes, once they have been read."""

    def timed_lyrics(self, track: Track) -> tuple[TimedLine, ...]:
        """Return the timed lyrics of the track or another take; empty if none are known."""
        return self._timed.get(track, ())

    async def read_details(self) -> None:
        """Find takes, timed lyrics, sections and waveform, from the cache or the audio files."""
        track = self.track
        if track is None:
            return
        takes, timed = await asyncio.to_thread(self._read_takes, track)
        if not self._is_current(track):
            return
        self.takes, self._timed = takes, timed
        marks = await asyncio.to_thread(section_marks, track.lyrics, timed[track])
        if self._is_current(track):
            self.marks = marks
        try:
            levels = await asyncio.to_thread(self._levels, track)
        except (StudioError, OSError):
            return
        if self._is_current(track):
            self.levels = levels

    def _is_current(self, track: Track) -> bool:
        """Return whether the facts of a track are still wanted."""
        return self.track is track

    def _read_takes(
        self, track: Track
    ) -> tuple[tuple[Track, ...], Mapping[Track, tuple[TimedLine, ...]]]:
        """Return the takes in the library, and the timed lyrics of the track and of each.

        There are no takes if the track itself is in the trash.
        """
        takes: tuple[Track, ...] = ()
        try:
            if self.studio.library.still_here([track.id]):
                takes = (track, *self.studio.library.other_takes(track))
        except StudioError:
            takes = (track,)
        takes = tuple(sorted(takes, key=lambda take: take.take))
        return takes, self._read_timed([track, *takes])

    def _read_timed(self, tracks: Iterable[Track]) -> Mapping[Track, tuple[TimedLine, ...]]:
        """Return the timed lyrics of tracks; reads the files that were not read before."""
        known = self._timed
        return {each: known[each] if each in known else timed_lyrics(each) for each in tracks}

    def _levels(self, track: Track) -> bytes:
        import hashlib

        from suno_tui.player.waveform import waveform

        if track.kept:
            return b""  # the file was not parsed, so it has no waveform before it plays
        name = track.sha256 or hashlib.sha256(str(track.audio).encode()).hexdigest()
        cached = self.studio.home.cache / "loudness" / name[:32]
        try:
            return cached.read_bytes()
        except OSError:
            pass
        levels = stored_levels(track) or bytes(waveform(track.audio))
        with contextlib.suppress(HomeError):  # a full disk: it is only a cache
            write_bytes(cached, levels)
        return levels

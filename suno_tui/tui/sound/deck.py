"""What plays, and what comes before and after it. Files are opened and decoded off the loop."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from suno_tui.errors import StudioError
from suno_tui.library.track import Track
from suno_tui.tui.sound.words import Mark, marks_of
from suno_tui.tui.text import one_line

if TYPE_CHECKING:
    from suno_tui.player import Player
    from suno_tui.studio import Studio


class Deck:
    """One track in the player, and the list that it came from."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.track: Track | None = None
        self.tracks: Sequence[Track | None] = ()
        self.levels = b""
        """The waveform of `track`, 0 to 255; empty until it is known."""
        self.marks: tuple[Mark, ...] = ()
        """Where the sections of `track` begin, as far as it is known."""
        self.loading = False
        self._trouble = ""
        self._place = 0
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
    def playing(self) -> bool:
        return self._player is not None and not self.loading and self._player.playing

    @property
    def position(self) -> float:
        """Seconds."""
        return 0.0 if self._player is None or self.loading else self._player.position

    @property
    def duration(self) -> float:
        """Seconds."""
        if self.track is None:
            return 0.0
        decoded = self._player.duration if self._player is not None and not self.loading else 0.0
        return self.track.duration or decoded

    @property
    def ended(self) -> bool:
        return self._player is not None and not self.loading and self._player.ended

    @property
    def trouble(self) -> str:
        """Why the track can't be played; empty where it can."""
        if self._trouble or self._player is None or self.loading:
            return self._trouble
        return self._player.error

    @property
    def output(self) -> str:
        """Where the sound goes: `device`, `silent`, `none`; empty before anything was opened."""
        return self._player.output if self._player is not None else ""

    @property
    def why(self) -> str:
        """Where the sound goes, in a sentence."""
        return self._player.why if self._player is not None else ""

    async def play(self, track: Track, tracks: Sequence[Track | None]) -> None:
        """Load a track and play it; what follows is `tracks`. Says in `trouble` what went wrong."""
        self.track, self.tracks, self._trouble = track, tracks, ""
        self.levels, self.marks = b"", ()
        self._place = next((i for i, t in enumerate(tracks) if t and t.id == track.id), 0)
        self.loading = True
        try:
            await asyncio.to_thread(self._load, track)
        except (StudioError, OSError) as error:
            self._trouble = one_line(str(error), 200)
        finally:
            if self.track is track:
                self.loading = False

    async def read_shape(self) -> None:
        """Find the sections and the waveform of the track, from the cache or from its audio."""
        track = self.track
        if track is None:
            return
        marks = await asyncio.to_thread(marks_of, track)
        if self.track is track:
            self.marks = marks
        try:
            levels = await asyncio.to_thread(self._levels, track)
        except (StudioError, OSError):
            return
        if self.track is track:
            self.levels = levels

    def swap(self, other: Track) -> None:
        """Go on with another take at the same moment, both equally loud."""
        if self._player is not None and not self.loading:
            self._player.swap(other.audio)
            self.track, self.levels, self.marks = other, b"", ()

    def toggle(self) -> None:
        if self._player is not None and not self.loading and not self.trouble:
            self._player.toggle()

    def seek(self, seconds: float) -> None:
        """Move by so many seconds, within the track."""
        if self._player is not None and not self.loading:
            self._player.seek(max(0.0, min(self.duration, self.position + seconds)))

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

    def beside(self, by: int) -> Track | None:
        """The track so many places on in the list, or None."""
        place = self._place + by
        return self.tracks[place] if 0 <= place < len(self.tracks) else None

    def _load(self, track: Track) -> None:
        player = self.studio.player
        if self._player is None:
            player.volume = self.volume
            self._player = player
        player.load(track.audio)
        player.play()
        _ = track.lines  # whoever shows them has them at hand, and reads no file on the loop

    def _levels(self, track: Track) -> bytes:
        from suno_tui.player import waveform

        name = track.sha256 or hashlib.sha256(str(track.audio).encode()).hexdigest()
        cached = self.studio.home.cache / "loudness" / name[:32]
        try:
            return cached.read_bytes()
        except OSError:
            pass
        levels = bytes(waveform(track.audio))
        try:
            cached.parent.mkdir(parents=True, exist_ok=True)
            cached.write_bytes(levels)
        except OSError:
            pass  # a full disk: it is only a cache
        return levels

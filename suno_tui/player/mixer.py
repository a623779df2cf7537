"""Produce the samples that are played next; only this module knows the position.

The sound device's thread calls `pull`; any other thread may call the rest.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from suno_tui.player.sound import CHANNELS, RATE, Sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FADE = RATE // 100
"""Frames of the cross-fade when sounds are swapped, to avoid a click."""


def gain_of(volume: float) -> float:
    """Return the factor for a volume from 0 to 100: its fraction squared, which sounds even."""
    return (volume / 100) ** 2


class Mixer:
    """A sound, the position in it, the volume, and the sound that follows without a gap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sound: Sound | None = None
        self.following: Sound | None = None
        self.position = 0
        """The frame that is played next."""
        self.playing = False
        self.ended = False
        self.pulled = 0
        """Number of frames that were asked for so far; a dead device asks for no more."""
        self._gain = self._last_gain = 1.0
        self._match = 1.0
        self._fading: tuple[Sound, float] | None = None

    def put(self, sound: Sound | None, position: int = 0) -> None:
        """Load another sound, paused, at a frame."""
        with self._lock:
            self.sound, self.position = sound, max(0, position)
            self.following, self._fading = None, None
            self.playing = self.ended = False
            self._match = 1.0

    def play(self) -> None:
        with self._lock:
            if self.sound is None:
                return
            if self.ended:
                self.position = 0
            self.playing, self.ended = True, False

    def pause(self) -> None:
        with self._lock:
            self.playing = False

    def seek(self, position: int) -> None:
        with self._lock:
            sound = self.sound
            if sound is not None:
                end = sound.ready if sound.done.is_set() else position
                self.position = max(0, min(position, end))
                self.ended = False

    def set_volume(self, volume: float) -> None:
        self._gain = gain_of(volume)

    def follow(self, sound: Sound | None) -> Sound | None:
        """Set the sound that follows without a gap; return the one that this replaces."""
        with self._lock:
            before, self.following = self.following, sound
            return before

    def switch(self, sound: Sound, match: float, *, of: Sound) -> bool:
        """Replace the sound `of` by another one at the same position; `match` is its loudness
        factor. Returns False if something else plays now."""
        with self._lock:
            if self.sound is not of:
                return False
            if self.playing:
                self._fading = of, self._match
            self.sound, self._match = sound, match
            if sound.done.is_set():
                self.position = min(self.position, sound.ready)
            self.ended = False
            return True

    def set_match(self, match: float) -> None:
        """Set the loudness factor of the sound; takes effect with the next `pull`."""
        self._match = match

    @property
    def match(self) -> float:
        return self._match

    def pull(self, frames: int) -> NDArray[np.int16]:
        """Return the next samples for the device, `[frames, 2]`, always as many as asked for."""
        import numpy as np

        block = np.zeros((frames, CHANNELS), np.float32)
        with self._lock:
            self.pulled += frames
            at = 0
            while self.playing and self.sound is not None and at < frames:
                got = self.sound.read(self.position, frames - at)
                if got is not None and len(got):
                    self._mix(block[at : at + len(got)], got)
                    self.position += len(got)
                    at += len(got)
                elif self.sound.done.is_set() and self.position >= self.sound.ready:
                    self._end()
                else:
                    break  # the decoder will catch up within milliseconds
            gain = self._gain
            if gain != 1 or self._last_gain != 1:
                # A ramp from the old volume to the new one within the block avoids a click.
                ramp = np.linspace(self._last_gain, gain, frames, endpoint=False, dtype=np.float32)
                block *= ramp[:, None] if gain != self._last_gain else gain
            self._last_gain = gain
        return np.rint(np.clip(block, -32768, 32767)).astype(np.int16)

    def _mix(self, block: NDArray[np.float32], got: NDArray[np.int16]) -> None:
        import numpy as np

        block[:] = got
        if self._match != 1:
            block *= self._match
        if self._fading is None:
            return
        old, match = self._fading
        self._fading = None
        rest = old.read(self.position, min(len(block), FADE))
        if rest is not None and len(rest):
            rise = np.linspace(0, 1, len(rest), endpoint=False, dtype=np.float32)[:, None]
            head = block[: len(rest)]
            head[:] = head * rise + rest * (match * (1 - rise))

    def _end(self) -> None:
        if self.following is not None:
            self.sound, self.following = self.following, None
            self.position, self._match = 0, 1.0
        else:
            self.playing, self.ended = False, True

"""Samples at another rate: a windowed sinc, with the answer of each phase reckoned once."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_REACH = 16
"""Samples on each side that a new one is made of, at the lower of the two rates."""
_PHASES = 640
"""More are not needed for any usual pair of rates; another pair takes the nearest of them."""


class Resampler:
    """Turns float32 frames `[frames, 2]` at `source` Hz into int16 bytes at `target` Hz."""

    def __init__(self, source: int, target: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        """Two samples of the source are `_up` places apart, two new ones `_down`."""
        self._half = round(_REACH * max(1.0, source / target))
        self._phases = min(self._up, _PHASES)
        self._taps = _taps(self._phases, self._half, min(1.0, target / source))
        # Silence before the beginning, so that the first new sample is at the first of the source.
        self._kept = np.zeros((self._half - 1, 2), np.float32)
        self._at = 0
        """Where the next new sample is, in places after the first sample that is kept."""

    def feed(self, frames: Floats) -> bytes:
        """What can be told by now."""
        if self._up == self._down:
            return _int16(frames)
        known = np.concatenate([self._kept, frames])
        # A new sample needs `_half` of them on each side.
        usable = len(known) - 2 * self._half + 1
        count = -(-(usable * self._up - self._at) // self._down)
        if usable <= 0 or count <= 0:
            self._kept = known
            return b""
        places = self._at + self._down * np.arange(count)
        starts, phases = places // self._up, places % self._up * self._phases // self._up
        made = np.empty((count, 2), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(known, 2 * self._half, axis=0)
        for phase in np.unique(phases):
            mine = phases == phase
            made[mine] = windows[starts[mine]] @ self._taps[phase]
        self._at += self._down * count
        gone = self._at // self._up
        self._kept = known[gone:]
        self._at -= gone * self._up
        return _int16(made)

    def end(self) -> bytes:
        """The rest, as if silence followed."""
        if self._up == self._down:
            return b""
        return self.feed(np.zeros((self._half, 2), np.float32))


def _taps(phases: int, half: int, share: float) -> Floats:
    """Weights of the samples around a place, `[phases, 2 * half]`: all below `share` of the
    source's band passes, and nothing is louder or softer by it."""
    places = np.arange(phases)[:, None] / phases
    distance = np.arange(1 - half, half + 1)[None, :] - places
    window = np.cos(np.pi * distance / (2 * half)) ** 2 * (np.abs(distance) < half)
    taps = np.sinc(distance * share * 0.95) * window
    weights: Floats = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _int16(frames: Floats) -> bytes:
    return np.rint(np.clip(frames * 32768, -32768, 32767)).astype(np.int16).tobytes()

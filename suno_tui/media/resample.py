"""Resample by a windowed sinc; the weights of each phase are computed once."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_REACH = 16
"""Input samples on each side of an output sample, at the lower of the two rates."""
_PHASES = 640
"""Enough for every usual pair of rates; other pairs use the nearest phase."""


class Resampler:
    """Converts float32 frames `[frames, 2]` at `source` Hz into int16 bytes at `target` Hz."""

    def __init__(self, source: int, target: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        """On a common grid, two source samples are `_up` places apart, two new ones `_down`."""
        self._half = round(_REACH * max(1.0, source / target))
        self._phases = min(self._up, _PHASES)
        self._taps = _taps(self._phases, self._half, min(1.0, target / source))
        # Silence before the beginning, so that the first samples of both are at the same time.
        self._kept = np.zeros((self._half - 1, 2), np.float32)
        self._at = 0
        """Position of the next output sample, in grid places after the first kept sample."""

    def feed(self, frames: Floats) -> bytes:
        """Add samples, and return the output samples that can be computed so far."""
        if self._up == self._down:
            return _int16(frames)
        known = np.concatenate([self._kept, frames])
        # An output sample needs `_half` input samples on each side.
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
        """Return the remaining output samples, as if silence followed."""
        if self._up == self._down:
            return b""
        return self.feed(np.zeros((self._half, 2), np.float32))


def _taps(phases: int, half: int, share: float) -> Floats:
    """Return the weights of the samples around a place, `[phases, 2 * half]`.

    They make a low-pass filter at `share` of the source's band, with unity gain.
    """
    places = np.arange(phases)[:, None] / phases
    distance = np.arange(1 - half, half + 1)[None, :] - places
    window = np.cos(np.pi * distance / (2 * half)) ** 2 * (np.abs(distance) < half)
    taps = np.sinc(distance * share * 0.95) * window
    weights: Floats = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _int16(frames: Floats) -> bytes:
    return np.rint(np.clip(frames * 32768, -32768, 32767)).astype(np.int16).tobytes()

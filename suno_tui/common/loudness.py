"""Measure loudness in LUFS by ITU-R BS.1770-4 (EBU R128).

It imports numpy, so import this module only when sound is measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAPS = 8192
"""Length of the filter's impulse response: at 38 Hz it has faded by 100 dB."""
_STEP = 1 << 16


def loudness(pieces: Iterable[NDArray[np.int16]], rate: int) -> tuple[float, int]:
    """Return the integrated loudness (-inf for silence) and the largest sample of a recording.

    `pieces` are consecutive parts `[frames, channels]` of any length.
    """
    peak, meter = 0, _Meter(rate)
    for piece in pieces:
        if len(piece):
            peak = max(peak, int(piece.max()), -int(piece.min()))
            meter.feed(piece)
    powers = np.array(meter.powers)
    return (_integrated(powers) if len(powers) >= 4 else float("-inf")), peak


def quick_loudness(signal: NDArray[np.float32], rate: int, every: int = 1) -> float:
    """Return the integrated loudness of a signal [2, n] (or [1, n]); -inf for silence.

    Each tenth of a second is weighted by its spectrum, which is quicker than filtering and gives
    the same within 0.1 LU. With `every` = n, only every nth tenth is measured.
    """
    return _integrated(_spectral_powers(signal, rate, every))


def _integrated(powers: NDArray[np.float64]) -> float:
    """Return the gated loudness of the mean squares of consecutive tenths of a second.

    Blocks are 400 ms long and begin every 100 ms. Blocks below -70 LUFS, and blocks 10 LU below the
    mean of the others, do not count.
    """
    if len(powers) < 4:
        blocks = np.array([float(np.mean(powers))])
    else:
        sums = np.cumsum(np.concatenate([[0.0], powers]))
        blocks = (sums[4:] - sums[:-4]) / 4
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        return float("-inf")
    gate = float(np.mean(loud)) * 0.1
    return float(-0.691 + 10 * np.log10(np.mean(loud[loud > gate])))


class _Meter:
    """Computes the mean square of the filtered sound in each tenth of a second, channels added."""

    def __init__(self, rate: int) -> None:
        self.powers: list[float] = []
        self._tenth = rate // 10
        impulse = np.fft.irfft(_k_weighting(np.linspace(0, np.pi, _TAPS // 2 + 1), rate), _TAPS)
        self._response = np.fft.rfft(impulse, _STEP + _TAPS)
        self._before: NDArray[np.float32] | None = None
        """The end of the last piece: pieces overlap by the length of the filter."""
        self._left = np.zeros(0, np.float32)

    def feed(self, piece: NDArray[np.int16]) -> None:
        """Measure the next piece of the recording."""
        for start in range(0, len(piece), _STEP):
            # One channel per row, since the transform of a contiguous row is far quicker.
            part = np.ascontiguousarray(piece[start : start + _STEP].T, np.float32) / 32768
            if self._before is None:
                self._before = np.zeros((len(part), _TAPS), np.float32)
            whole = np.concatenate([self._before, part], axis=1)
            spectrum = np.fft.rfft(whole, _STEP + _TAPS) * self._response
            filtered = np.fft.irfft(spectrum, _STEP + _TAPS)[:, _TAPS : _TAPS + part.shape[1]]
            squares = np.square(filtered).sum(axis=0, dtype=np.float32)
            self._before = whole[:, -_TAPS:]
            self._left = np.concatenate([self._left, squares])
            count = len(self._left) // self._tenth
            tenths = self._left[: count * self._tenth].reshape(-1, self._tenth)
            self.powers += tenths.mean(axis=1, dtype=np.float64).tolist()
            self._left = self._left[count * self._tenth :]


def _spectral_powers(signal: NDArray[np.float32], rate: int, every: int) -> NDArray[np.float64]:
    """Return the weighted mean squares, channels added, of every `every`th tenth of a second.

    A single row counts as two equal channels.
    """
    size = rate // 10
    count = signal.shape[-1] // size
    if count == 0:
        return np.zeros(1)
    angles = 2 * np.pi * np.fft.rfftfreq(size, 1 / rate) / rate
    gains = np.abs(_k_weighting(angles, rate)) ** 2
    weights = (gains * 2 / size**2).astype(np.float32)
    weights[0] /= 2
    total = np.zeros(-(-count // every))
    for side in signal:
        blocks = side[: count * size].reshape(-1, size)[::every]
        for start in range(0, len(blocks), 64):
            spectrum = np.fft.rfft(blocks[start : start + 64])
            power = spectrum.real**2
            power += spectrum.imag**2
            total[start : start + 64] += power @ weights
    return total * (2 if len(signal) == 1 else 1)


def _k_weighting(angles: NDArray[np.float64], rate: int) -> NDArray[np.complex128]:
    """Return the response of BS.1770's two filters (a shelf for the head, a high-pass).

    `angles` are frequencies in radians per sample.
    """
    zi = 1 / np.exp(1j * angles)
    w = 2 * np.pi * 1681.974450955533 / rate
    root, q, gain = np.tan(w / 2), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    shelf = (
        (gain + middle * root / q + root**2)
        + 2 * (root**2 - gain) * zi
        + (gain - middle * root / q + root**2) * zi**2
    ) / ((1 + root / q + root**2) + 2 * (root**2 - 1) * zi + (1 - root / q + root**2) * zi**2)
    root, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    cut = (1 - 2 * zi + zi**2) / (
        1
        + 2 * (root**2 - 1) / (1 + root / q + root**2) * zi
        + (1 - root / q + root**2) / (1 + root / q + root**2) * zi**2
    )
    return np.asarray(shelf * cut)

"""How loud a recording is to ears: integrated loudness after ITU-R BS.1770-4 (EBU R128)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAPS = 8192
"""Length of the filter's answer that is kept: at 38 Hz it has faded by 100 dB."""
_STEP = 1 << 16


def loudness(pieces: Iterable[NDArray[np.int16]], rate: int) -> tuple[float, int]:
    """Integrated loudness in LUFS (-inf for silence) and the largest sample of a recording.

    It comes as int16 pieces `[frames, channels]`, of any length each. Means over 400 ms, every
    100 ms; those under -70 LUFS, and those 10 LU under the mean of the others, don't count.
    """
    peak, tenths = 0, _Tenths(rate)
    for piece in pieces:
        if len(piece):
            peak = max(peak, int(piece.max()), -int(piece.min()))
            tenths.feed(piece)
    power = np.array(tenths.powers)
    if len(power) < 4:
        return float("-inf"), peak
    blocks = (power[:-3] + power[1:-2] + power[2:-1] + power[3:]) / 4
    levels = -0.691 + 10 * np.log10(np.maximum(blocks, 1e-20))
    loud = blocks[levels > -70]
    if not len(loud):
        return float("-inf"), peak
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10
    kept = blocks[(levels > -70) & (levels > gate)]
    return float(-0.691 + 10 * np.log10(kept.mean())), peak


class _Tenths:
    """The mean square of the filtered sound in each tenth of a second, channels added."""

    def __init__(self, rate: int) -> None:
        self.powers: list[float] = []
        self._tenth = rate // 10
        self._answer = np.fft.rfft(_k_weighting(rate), _STEP + _TAPS)
        self._before: NDArray[np.float32] | None = None
        """The end of what was filtered last: pieces overlap by the length of the filter."""
        self._left = np.zeros(0, np.float32)

    def feed(self, piece: NDArray[np.int16]) -> None:
        for start in range(0, len(piece), _STEP):
            # One channel a row: the transform of a row that lies together is far quicker.
            part = np.ascontiguousarray(piece[start : start + _STEP].T, np.float32) / 32768
            if self._before is None:
                self._before = np.zeros((len(part), _TAPS), np.float32)
            whole = np.concatenate([self._before, part], axis=1)
            spectrum = np.fft.rfft(whole, _STEP + _TAPS) * self._answer
            filtered = np.fft.irfft(spectrum, _STEP + _TAPS)[:, _TAPS : _TAPS + part.shape[1]]
            squares = np.square(filtered).sum(axis=0, dtype=np.float32)
            self._before = whole[:, -_TAPS:]
            self._left = np.concatenate([self._left, squares])
            count = len(self._left) // self._tenth
            whole_tenths = self._left[: count * self._tenth].reshape(-1, self._tenth)
            self.powers += whole_tenths.mean(axis=1, dtype=np.float64).tolist()
            self._left = self._left[count * self._tenth :]


def _k_weighting(rate: int) -> NDArray[np.float64]:
    """The answer of BS.1770's two filters (a shelf for the head, a high-pass) to one impulse."""
    response = np.ones(_TAPS // 2 + 1, np.complex128)
    z = np.exp(-1j * np.linspace(0, np.pi, len(response)))
    for b, a in (_shelf(rate), _high_pass(rate)):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return np.fft.irfft(response, _TAPS)


Biquad = tuple[tuple[float, float, float], tuple[float, float, float]]


def _shelf(rate: int) -> Biquad:
    gain, quality, corner = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = float(np.tan(np.pi * corner / rate))
    high, band = 10 ** (gain / 20), (10 ** (gain / 20)) ** 0.4996667741545416
    a0 = 1 + k / quality + k * k
    b = (high + band * k / quality + k * k, 2 * (k * k - high), high - band * k / quality + k * k)
    return (b[0] / a0, b[1] / a0, b[2] / a0), (
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / quality + k * k) / a0,
    )


def _high_pass(rate: int) -> Biquad:
    quality, corner = 0.5003270373238773, 38.13547087602444
    k = float(np.tan(np.pi * corner / rate))
    a0 = 1 + k / quality + k * k
    return (1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0)

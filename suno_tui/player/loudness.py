"""How loud a recording is to ears: integrated loudness after ITU-R BS.1770-4 (EBU R128)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAPS = 8192
"""Length of the filter's answer that is kept: at 38 Hz it has faded by 100 dB."""
_STEP = 1 << 16


def loudness(samples: NDArray[np.int16], rate: int) -> float:
    """Integrated loudness in LUFS of int16 samples `[frames, channels]`; -inf for silence.

    Means over 400 ms, every 100 ms; those under -70 LUFS, and those 10 LU under the mean of the
    others, don't count.
    """
    tenth = rate // 10
    count = len(samples) // tenth
    if count < 4:
        return float("-inf")
    power = _powers(samples[: count * tenth], tenth, rate)
    blocks = (power[:-3] + power[1:-2] + power[2:-1] + power[3:]) / 4
    levels = -0.691 + 10 * np.log10(np.maximum(blocks, 1e-20))
    loud = blocks[levels > -70]
    if not len(loud):
        return float("-inf")
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10
    kept = blocks[(levels > -70) & (levels > gate)]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def _powers(samples: NDArray[np.int16], tenth: int, rate: int) -> NDArray[np.float64]:
    """The mean square of the filtered sound in each tenth of a second, channels added."""
    size = _STEP + _TAPS
    answer = np.fft.rfft(_k_weighting(rate), size)
    squares = np.zeros(len(samples), np.float32)
    for channel in range(samples.shape[1]):
        # Overlap-save: each piece is filtered together with the tail of the one before.
        before = np.zeros(_TAPS, np.float32)
        for start in range(0, len(samples), _STEP):
            piece = samples[start : start + _STEP, channel].astype(np.float32) / 32768
            whole = np.concatenate([before, piece])
            filtered = np.fft.irfft(np.fft.rfft(whole, size) * answer, size)
            squares[start : start + len(piece)] += filtered[_TAPS : _TAPS + len(piece)] ** 2
            before = whole[-_TAPS:]
    means: NDArray[np.float64] = squares.reshape(-1, tenth).mean(axis=1, dtype=np.float64)
    return means


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

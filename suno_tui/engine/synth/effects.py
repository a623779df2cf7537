"""Effects: reverb, echo, dynamics and the look-ahead limiter; and the loudness of a signal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from suno_tui.common.loudness import quick_loudness
from suno_tui.engine.rng import noise
from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import RATE, Audio

REPEATS = 4
"""How often an echo repeats a sound."""


@lru_cache(maxsize=8)
def room(seconds: float, brightness: float) -> Audio:
    """Return a stereo impulse response [2, n]: early reflections, then noise that darkens."""
    rng = noise("room", seconds, brightness, 7)
    n = dsp.samples(seconds * 1.15)
    out = np.zeros((2, n), dtype=np.float32)
    bands = (
        (120, 500, 1.0),
        (500, 1600, 0.92),
        (1600, 4000, 0.65 + 0.2 * brightness),
        (4000, 10000, 0.3 + 0.4 * brightness),
    )
    for low, high, length in bands:
        raw = rng.standard_normal((2, n)).astype(np.float32)
        piece = dsp.shape_spectrum(raw, dsp.band(low, high, 6))
        out += piece * dsp.decay(n, seconds * length / 6.9)
    build = np.minimum(1, dsp.times(n) / np.float32(0.012 + 0.008 * seconds))
    out *= build
    for side in (0, 1):
        for _ in range(7):
            at = dsp.samples(0.007 + float(rng.random()) * 0.045)
            if at < n:
                out[side, at] += np.float32((rng.random() - 0.3) * 2.5)
    out /= np.sqrt(np.sum(out**2, axis=1, keepdims=True))
    return out


def reverb(send: Audio, seconds: float, brightness: float) -> Iterator[Audio]:
    """Yield the reverb of a mono signal [n]: first its left side, then its right."""
    response = room(round(seconds, 1), round(brightness, 1))
    for side in (0, 1):
        yield dsp.convolve(send, response[side])


def echo(send: Audio, seconds: float, feedback: float) -> Iterator[tuple[int, Audio]]:
    """Yield the repeats of a mono signal [n], each darker: the first sample, and the sound."""
    kernel = dsp.minimum_kernel(dsp.band(220, 3800, 3), 128)
    step = dsp.samples(seconds)
    for i in range(1, REPEATS + 1):
        if step * i >= len(send):
            return
        send = dsp.convolve(send, kernel)
        send *= np.float32(feedback)
        yield step * i, send[: len(send) - step * i]


def loudness(signal: Audio, every: int = 1) -> float:
    """Return the integrated loudness in LUFS of a signal [2, n] (or [1, n]); -70 for silence.

    every: measure only one of so many stretches of 100 ms, which is quicker and nearly as exact.
    """
    return max(-70.0, quick_loudness(signal, RATE, every))


def _smooth(values: NDArray[np.float64], attack: float, release: float) -> NDArray[np.float64]:
    """Return a one-pole follower with different speeds up and down (factors a step)."""
    out = values.tolist()
    state = out[0]
    for i, value in enumerate(out):
        factor = attack if value > state else release
        state += (value - state) * factor
        out[i] = state
    return np.asarray(out)


def scale(signal: Audio, gains: NDArray[np.floating], hop: int) -> None:
    """Multiply [2, n] in place by gains given every `hop` samples, interpolated."""
    n = signal.shape[-1]
    ramp = np.arange(hop, dtype=np.float32) / np.float32(hop)
    step = np.diff(gains, append=gains[-1:]).astype(np.float32)
    base = gains.astype(np.float32)
    rows = max(1, (1 << 18) // hop)
    for start in range(0, len(base), rows):
        begin = start * hop
        if begin >= n:
            break
        curve = (base[start : start + rows, None] + step[start : start + rows, None] * ramp).ravel()
        end = min(n, begin + len(curve))
        signal[..., begin:end] *= curve[: end - begin]


def _peaks(signal: Audio, hop: int) -> Audio:
    """Return the largest magnitude over both channels in each block of `hop` samples."""
    n = signal.shape[-1]
    count = -(-n // hop)
    out = np.zeros(count, dtype=np.float32)
    full = n // hop
    for side in np.atleast_2d(signal):
        blocks = side[: full * hop].reshape(full, hop)
        np.maximum(out[:full], np.maximum(blocks.max(axis=1), -blocks.min(axis=1)), out=out[:full])
        if full < count:
            out[full] = max(out[full], float(np.max(np.abs(side[full * hop :]))))
    return out


@lru_cache(maxsize=2)
def _between(hop: int, reach: int) -> Audio:
    """From a block and its neighbours to the values a quarter, half and three quarters on."""
    out = np.zeros((hop + 2 * reach, 3, hop), dtype=np.float32)
    window = np.kaiser(2 * reach, 5.0)
    for phase in range(3):
        distance = np.arange(2 * reach) - (reach - 1) - (phase + 1) / 4
        taps = np.sinc(distance) * window
        for i in range(hop):
            out[i + 1 : i + 1 + 2 * reach, phase, i] = taps / taps.sum()
    return out.reshape(hop + 2 * reach, 3 * hop)


def _true_peaks(signal: Audio, hop: int) -> Audio:
    """As _peaks, with the points between the samples (four times oversampled)."""
    out = _peaks(signal, hop)
    reach = 8
    matrix = _between(hop, reach)
    for side in np.atleast_2d(signal):
        padded = np.pad(side, (reach, hop + reach))
        rows = np.lib.stride_tricks.sliding_window_view(padded, hop + 2 * reach)[::hop]
        for start in range(0, len(out), 1 << 13):
            block = rows[start : min(start + (1 << 13), len(out))]
            found = np.abs(block @ matrix).max(axis=1)
            part = out[start : start + len(found)]
            np.maximum(part, found, out=part)
    return out


def compress(
    signal: Audio, threshold: float, ratio: float, attack: float = 0.01, release: float = 0.12
) -> None:
    """Compress [2, n] in place; threshold in dBFS, times in seconds."""
    hop = 64
    level = 20 * np.log10(_peaks(signal, hop) + 1e-9).astype(np.float64)
    over = np.maximum(0, level - threshold) * (1 - 1 / ratio)
    step = hop / RATE
    smooth = _smooth(over, 1 - np.exp(-step / attack), 1 - np.exp(-step / release))
    scale(signal, 10 ** (-smooth / 20), hop)


def limit(signal: Audio, ceiling: float, exact: bool = True) -> None:
    """Look-ahead limit [2, n] in place to a ceiling in dB of true peak.

    Without `exact` it is quicker, and ignores peaks between the samples.
    """
    hop, ahead = 16, 96  # 35 ms of smoothing in steps of 0.36 ms
    top = 10 ** (ceiling / 20)
    peaks = _true_peaks(signal, hop) if exact else _peaks(signal, hop)
    need = np.minimum(1.0, top / np.maximum(peaks, 1e-9)).astype(np.float64)
    if need.min() >= 1.0:
        return
    padded = np.concatenate([np.ones(ahead), need, np.ones(ahead)])
    low = padded
    width = 1
    while width * 2 <= ahead:  # a running minimum by doubling
        low = np.minimum(low[:-width], low[width:])
        width *= 2
    rest = ahead - width
    if rest:
        low = np.minimum(low[:-rest], low[rest:])
    sums = np.cumsum(np.concatenate([[0.0], low]))
    span = ahead // 2
    mean = (sums[span:] - sums[:-span]) / span
    first = (len(mean) - len(need)) // 2
    gains = np.minimum(mean[first : first + len(need)], 1.0)
    gains = np.minimum(gains, need)
    scale(signal, gains, hop)
    np.clip(signal, -top, top, out=signal)

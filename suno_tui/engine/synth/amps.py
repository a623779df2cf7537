"""Bodies, amplifiers and movement, which are applied to whole stems.

Each function takes a stem [2, n] or (mono) [1, n], and returns either.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio

Bands = tuple[tuple[float, float, float], ...]


@lru_cache(maxsize=64)
def kernel(bells: Bands, low_cut: float = 0.0, high_cut: float = 0.0, slope: float = 4.0) -> Audio:
    """An equaliser of bells (centre, dB, octaves) between two cuts in Hz."""

    def response(f: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = np.ones_like(f)
        for centre, decibels, octaves in bells:
            gain = gain * dsp.bell(f, centre, decibels, octaves)
        if low_cut or high_cut:
            gain = gain * dsp.band(low_cut or 1.0, high_cut or 40_000.0, slope)(f)
        return np.asarray(gain)

    return dsp.minimum_kernel(response, 768)


def equalise(
    stem: Audio, bells: Bands, low_cut: float = 0.0, high_cut: float = 0.0, slope: float = 4.0
) -> Audio:
    response = kernel(bells, low_cut, high_cut, slope)
    for side in range(len(stem)):
        stem[side] = dsp.convolve(stem[side], response)
    return stem


def _drive(stem: Audio, amount: float) -> Audio:
    """Soft clipping at a level that follows the stem's own loudness, with a little asymmetry."""
    level = float(np.sqrt(np.mean(stem**2, dtype=np.float64) + 1e-12))
    active = float(np.mean(np.abs(stem) > level * 0.1)) or 1.0
    gain = np.float32(amount * 0.35 / (level / np.sqrt(active) + 1e-6))
    for start in range(0, stem.shape[1], 1 << 18):
        piece = stem[:, start : start + (1 << 18)]
        piece *= gain
        piece += np.float32(0.12) * piece * piece / (1 + np.abs(piece))
        np.tanh(piece, out=piece)
    return stem


def spread(stem: Audio) -> Audio:
    """A mono stem becomes wide: two short, slowly moving delays."""
    n = stem.shape[1]
    mono = stem.mean(axis=0)
    t = np.arange(n, dtype=np.float32) * np.float32(2 * np.pi / dsp.RATE)
    out = np.empty((2, n), dtype=np.float32)
    for side, (rate, base) in enumerate(((0.31, 0.0103), (0.37, 0.0131))):
        for start in range(0, n, 1 << 18):
            stop = min(n, start + (1 << 18))
            delay = (base + 0.0016 * np.sin(rate * t[start:stop])) * dsp.RATE
            place = np.clip(np.arange(start, stop) - delay, 0, n - 2)
            whole = place.astype(np.int64)
            part = (place - whole).astype(np.float32)
            late = mono[whole] * (1 - part) + mono[whole + 1] * part
            out[side, start:stop] = 0.72 * mono[start:stop] + 0.5 * late
    return out


def tremolo(stem: Audio) -> Audio:
    """The slow stereo tremolo of an electric piano, and its warmth."""
    stem = equalise(stem, ((300, 1.5, 1.2), (2600, 1.5, 1.0)), 60, 9000)
    stem = np.repeat(stem, 2, axis=0) if len(stem) == 1 else stem
    n = stem.shape[1]
    for start in range(0, n, 1 << 18):
        stop = min(n, start + (1 << 18))
        t = np.arange(start, stop, dtype=np.float64) / dsp.RATE
        move = (0.16 * np.sin(2 * np.pi * 3.4 * t)).astype(np.float32)
        stem[0, start:stop] *= 1 + move
        stem[1, start:stop] *= 1 - move
    return stem


def piano_body(stem: Audio) -> Audio:
    return equalise(stem, ((110, 1.5, 1.0), (420, -2.0, 1.0), (2800, 2.0, 1.2)), 30, 14000)


def felt_body(stem: Audio) -> Audio:
    return equalise(stem, ((220, 2.0, 1.2), (3500, -3.0, 1.0)), 85, 5200, 3.0)


def guitar_body(stem: Audio) -> Audio:
    return spread(
        equalise(
            stem,
            (
                (105, 4.0, 0.5),
                (210, 2.5, 0.5),
                (420, -1.5, 0.8),
                (2600, 1.0, 1.0),
                (5200, -1.5, 1.0),
            ),
            75,
            12000,
        )
    )


def clean_amp(stem: Audio) -> Audio:
    stem = _drive(stem, 0.7)
    return spread(equalise(stem, ((240, 1.5, 1.0), (2200, 3.0, 1.0)), 90, 6500))


def crunch(stem: Audio) -> Audio:
    stem = equalise(stem, ((700, 3.0, 1.0),), 110)
    return _cabinet(_drive(stem, 2.4))


def high_gain(stem: Audio) -> Audio:
    stem = equalise(stem, ((800, 4.0, 1.0),), 120)
    return _cabinet(_drive(stem, 5.0))


def metal(stem: Audio) -> Audio:
    stem = equalise(stem, ((1000, 6.0, 1.2),), 130)
    stem = _drive(stem, 9.0)
    return equalise(stem, ((110, 4.0, 0.7), (450, -5.0, 0.8), (2700, 4.0, 0.9)), 75, 5200, 8.0)


def lead(stem: Audio) -> Audio:
    return _cabinet(_drive(equalise(stem, ((900, 3.0, 1.0),), 180), 2.2))


def _cabinet(stem: Audio) -> Audio:
    return equalise(stem, ((120, 2.0, 0.8), (400, -2.0, 0.8), (2300, 4.0, 0.9)), 80, 4800, 8.0)


def bass_amp(stem: Audio) -> Audio:
    stem = _drive(stem, 0.8)
    return equalise(stem, ((80, 2.0, 0.9), (250, -1.5, 0.8), (900, 2.5, 1.0)), 35, 4200)


def warm(stem: Audio) -> Audio:
    return equalise(_drive(stem, 0.6), ((400, 1.5, 1.0),), 70, 6000)


def string_body(stem: Audio) -> Audio:
    return equalise(
        stem,
        ((280, 2.5, 0.5), (460, 2.0, 0.5), (1300, -2.0, 0.8), (2400, 3.0, 0.7), (6500, -3.0, 1.0)),
        90,
        9500,
    )


def reed_body(stem: Audio) -> Audio:
    return equalise(stem, ((600, 4.0, 0.7), (1500, 3.0, 0.6), (3200, 2.0, 0.6)), 120, 8000)


def brass_body(stem: Audio) -> Audio:
    return equalise(stem, ((550, 2.0, 0.8), (1200, 3.5, 0.7), (2600, 2.0, 0.8)), 90, 9000)


def ah(stem: Audio) -> Audio:
    """The vowel of a choir."""
    return equalise(
        stem,
        ((640, 9.0, 0.45), (1150, 8.0, 0.4), (2700, 7.0, 0.4), (3600, 5.0, 0.5), (1800, -5.0, 0.4)),
        120,
        7500,
    )

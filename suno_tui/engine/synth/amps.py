"""Instrument bodies, amplifiers and modulation, applied to whole stems.

Each function takes a stem [2, n] or (mono) [1, n], and returns either.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.rng import noise
from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.modes import ring

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
    """Widen a mono stem by two short, slowly moving delays."""
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


class _Wood(NamedTuple):
    """A body: its clear partials in Hz, the centre of many others, and the direct sound."""

    clear: tuple[float, ...]
    hill: float
    direct: float


_GUITAR = _Wood((101, 192, 218, 286, 372, 420, 505, 610, 735, 880), 1800.0, 0.85)
_VIOLIN = _Wood((275, 405, 462, 550, 640, 710, 830, 940, 1060, 1190), 2500.0, 0.45)


@lru_cache(maxsize=4)
def _body(wood: _Wood, side: int) -> Audio:
    """Return a wooden body's impulse response at one of two microphones in a room."""
    rng, place = noise("body", wood), noise("body", wood, side)
    count = len(wood.clear)
    high = wood.hill * 2.0 ** (0.9 * rng.standard_normal(70))
    levels = np.concatenate([np.linspace(0.003, 0.006, count), rng.rayleigh(0.0035, 70)])
    levels *= 0.6 + 0.8 * place.random(len(levels))
    fade = np.concatenate([np.linspace(0.04, 0.012, count), 0.003 + 0.006 * rng.random(70)])
    n = dsp.samples(0.12)
    response = ring(n, np.concatenate([wood.clear, high]), levels, fade, place, 0.5)
    response[dsp.samples(0.0004 * side)] += np.float32(wood.direct)
    for _ in range(5):  # the nearest walls
        at = dsp.samples(0.004 + 0.025 * float(place.random()))
        response[at] += np.float32(0.12 * float(place.standard_normal()))
    return response * np.linspace(1, 0, n, dtype=np.float32)


def guitar_body(stem: Audio) -> Audio:
    """A guitar's body in front of two microphones: mono becomes stereo."""
    mono = equalise(stem.mean(axis=0)[None], ((3200, 1.5, 1.5),), 70, 12000)[0]
    return np.stack([dsp.convolve(mono, _body(_GUITAR, side)) for side in (0, 1)])


def violin_body(stem: Audio) -> Audio:
    """A violin's body. Its sharp peaks make the partials of a vibrato shimmer."""
    mono = equalise(stem.mean(axis=0)[None], ((1300, -2.0, 0.8), (6500, -3.0, 1.0)), 90, 9500)[0]
    return np.stack([dsp.convolve(mono, _body(_VIOLIN, side)) for side in (0, 1)])


def clean_amp(stem: Audio) -> Audio:
    """A guitar amplifier with little distortion and two microphones: mono becomes stereo."""
    mono = _drive(stem.mean(axis=0)[None], 0.7)
    mono = equalise(mono, ((240, 1.5, 1.0), (2600, -2.0, 1.5), (6500, 5.0, 0.7)), 90, 9000)[0]
    return np.stack([dsp.convolve(mono, _cabinet(side, 0.0)) for side in (0, 1)])


def mellow_amp(stem: Audio) -> Audio:
    """An amplifier with the treble down."""
    return equalise(clean_amp(stem), ((3000, -8.0, 1.5),), 80, 4000)


def crunch(stem: Audio) -> Audio:
    return _stack(stem, 90, 3.0, 2.2)


def high_gain(stem: Audio) -> Audio:
    return _stack(stem, 110, 4.0, 4.5)


def metal(stem: Audio) -> Audio:
    return _stack(stem, 130, 6.0, 8.0, -4.0)


def lead(stem: Audio) -> Audio:
    return _stack(stem, 160, 4.0, 5.0)


_SPEAKER = (
    (40, -30), (60, -16), (80, -5), (110, 2.5), (150, 2.0), (250, 0), (400, -2.5), (650, -2.5),
    (1000, -0.5), (1600, 1.0), (2200, 3.5), (3000, 5.5), (3800, 4.5), (4500, 0.5), (5200, -7),
    (6000, -14), (7000, -19), (8500, -25), (11000, -38), (20000, -60),
)  # fmt: skip
"""Hz and dB of four guitar speakers in a closed box, near the cone."""


@lru_cache(maxsize=8)
def _cabinet(side: int, scoop: float) -> Audio:
    """Return the response of a speaker, with the irregularities of cone, edge and floor."""
    rng = noise("cabinet", side)
    hertz, level = np.array(_SPEAKER).T
    fine = np.geomspace(300, 9000, 36)
    ripple = rng.standard_normal(36) * 1.8

    def response(f: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.log(np.maximum(f, 20.0))
        shape = np.interp(x, np.log(hertz), level)
        shape = shape + np.interp(x, np.log(fine), ripple, left=0.0, right=0.0)
        return np.asarray(10 ** (shape / 20) * dsp.bell(f, 480, scoop, 1.0))

    return dsp.minimum_kernel(response, 1024)


def _stack(stem: Audio, low: float, middle: float, gain: float, scoop: float = 0.0) -> Audio:
    """An amplifier with two stages, its hiss, and a cabinet on each side of a stem, in place.

    low: Hz below which the strings are cut before they are driven; middle: dB at 850 Hz; scoop: dB
    at 480 Hz behind the stages.
    """
    stem = equalise(stem, ((850, middle, 1.3),), low, 7000, 3.0)
    level = float(np.sqrt(np.mean(stem**2, dtype=np.float64)))
    loop = noise("hiss").standard_normal(3 * dsp.RATE).astype(np.float32)
    loop *= np.float32(level * 0.0015)
    for side, signal in enumerate(stem):
        for start in range(0, len(signal), len(loop)):
            piece = signal[start : start + len(loop)]
            piece += np.roll(loop, 9001 * side)[: len(piece)]
    stem = _drive(stem, gain)
    stem = equalise(stem, ((700, 2.0, 1.5),), 70, 9000, 2.0)
    stem = _drive(stem, 1.0)
    for side in range(len(stem)):
        stem[side] = dsp.convolve(stem[side], _cabinet(side, scoop))
    return stem


def bass_amp(stem: Audio) -> Audio:
    stem = _drive(stem, 0.8)
    return equalise(stem, ((80, 1.5, 0.9), (900, 1.0, 1.0)), 32, 3600)


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

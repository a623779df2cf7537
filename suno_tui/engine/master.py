"""Mastering: tone, width, compression and level, without clipping."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.plan import Plan
from suno_tui.engine.synth import dsp, effects
from suno_tui.engine.synth.dsp import Audio

LOUDNESS = -13.74  # LUFS; LAME takes 0.26 dB off, which leaves -14
CEILING = -2.8  # dB of true peak; leaves room for what MP3 adds to a peak
_EDGES = (30, 60, 120, 250, 500, 1000, 2000, 4000, 8000, 16_000)
_FREE = (
    5,
    4,
    2,
    2,
    2,
    2,
    2,
    2.5,
    4,
)  # dB by which octaves may differ: those of records do, most at the ends
_SHARE = 0.75  # how much of a larger difference is corrected
_CUT, _BOOST = 6.0, 4.5  # dB
_TILT = 0.4  # dB an octave by which the whole spectrum may differ in slope
# dB of side to middle above _BASS. The limiter holds the drums in the middle: it adds one at most.
_NARROW, _WIDE = -11.0, -8.0
_BASS = 200.0  # Hz; below it the bass is mono and would hide the width of the rest
_SIZE = 4096


def master(plan: Plan, song: Audio, progress: Callable[[str, float], None]) -> Audio:
    """Bring a stereo song [2, n] to its tone and loudness in place, and return it."""
    progress("master", 0.0)
    low, middle, high = plan.style.tone

    middle_power, side_power = _spectra(song)
    centres, correction = balance(middle_power + side_power)

    def tone(f: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = (
            dsp.shelf(f, 120, low, False)
            * dsp.bell(f, 42, -2.5, 1.0)
            * dsp.bell(f, 1200, middle, 1.5)
        )
        gain = gain * dsp.shelf(f, 6000, high + plan.bright, True)
        place = np.log2(np.maximum(f, 1.0) / centres[0])
        gain = gain * 10 ** (np.interp(place, np.log2(centres / centres[0]), correction) / 20)
        gain = gain / np.sqrt(1 + (26.0 / np.maximum(f, 1.0)) ** 4)
        # The encoder cuts these frequencies: cut after limiting, they would leave higher peaks.
        return np.asarray(gain / np.sqrt(1 + (f / 16_800) ** 48))

    heard = tone(np.fft.rfftfreq(_SIZE, 1 / dsp.RATE).astype(np.float64)) ** 2
    _widen(song, middle_power * heard, side_power * heard)
    kernel = dsp.minimum_kernel(tone, 1024)
    for side in (0, 1):
        song[side] = dsp.convolve(song[side], kernel)
        progress("master", 0.15 * (side + 1))
    progress("master", 0.4)
    if plan.arrangement.ending == "fade":
        _fade(song, min(9.0, song.shape[1] / dsp.RATE * 0.12))
    song *= np.float32(10 ** ((LOUDNESS - effects.loudness(song, 2)) / 20))
    effects.compress(song, -15.0, 1.7, 0.025, 0.2)
    for i in range(3):
        progress("master", 0.45 + i * 0.18)
        level = effects.loudness(song, 1 if i else 2)
        if level > -69:
            song *= np.float32(10 ** ((LOUDNESS - level) / 20))
        progress("master", 0.54 + i * 0.18)
        effects.limit(song, CEILING, exact=i == 2)
    _fade(song, 1.2)
    return song


def usual(f: NDArray[np.floating]) -> NDArray[np.float64]:
    """dB of the power of popular records at frequencies in Hz, relative to that at 200 Hz.

    The parabola that Elowsson and Friberg fitted to the mean long-term average spectrum of 12,345
    tracks (2017): it falls by 2.35 dB an octave at 200 Hz, and by 1.32 more with every octave.
    """
    octaves = np.log2(np.maximum(f, 1.0) / 200)
    return np.asarray(-2.35 * octaves - 0.659 * octaves**2)


def _spectra(song: Audio) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the power of middle and side over the whole song at the bins of an FFT of _SIZE."""
    every = 3
    powers = np.zeros((2, _SIZE // 2 + 1))
    window = np.hanning(_SIZE).astype(np.float32) * np.float32(0.5)
    song = np.pad(song, ((0, 0), (0, max(0, _SIZE - song.shape[1]))))
    left, right = (
        np.lib.stride_tricks.sliding_window_view(side, _SIZE)[:: _SIZE * every] for side in song
    )
    for i in range(0, len(left), 64):
        one, other = (np.fft.rfft(frames[i : i + 64] * window) for frames in (left, right))
        for power, sums in zip(powers, (one + other, one - other), strict=True):
            power += (sums.real**2 + sums.imag**2).sum(axis=0)
    return powers[0], powers[1]


def balance(power: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return corrections that bring a spectrum nearer to the usual: octaves' centres in Hz, and dB.

    First the slope from bass to treble is corrected, then single bands; a band keeps some of its
    colour, the lowest and the highest ones most.
    """
    f = np.fft.rfftfreq(_SIZE, 1 / dsp.RATE)
    target = 10 ** (usual(f) / 10)
    bands = [(f >= a) & (f < b) for a, b in itertools.pairwise(_EDGES)]
    found = np.array([10 * np.log10(power[b].sum() / target[b].sum() + 1e-12) for b in bands])
    found -= np.mean(found[2:7])
    octaves = np.arange(len(bands)) - 4.0
    lean = float(np.polyfit(octaves[2:7], found[2:7], 1)[0])
    tilt = -np.sign(lean) * max(abs(lean) - _TILT, 0.0) * np.clip(octaves, -2, 2)
    found += tilt
    beyond = np.sign(found) * np.maximum(np.abs(found) - _FREE, 0)
    correction = np.clip(tilt - _SHARE * beyond, -_CUT, _BOOST)
    correction[0] = min(correction[0], 0.0)
    return np.sqrt(np.array(_EDGES[:-1], float) * np.array(_EDGES[1:])), correction


def _widen(song: Audio, middle: NDArray[np.float64], side: NDArray[np.float64]) -> None:
    """Bring the side channel to the usual level relative to the middle, in place."""
    high = np.fft.rfftfreq(_SIZE, 1 / dsp.RATE) >= _BASS
    level = 10 * np.log10((side[high].sum() + 1e-9) / (middle[high].sum() + 1e-9))
    change = float(np.clip(np.clip(level, _NARROW, _WIDE) - level, -10.0, 3.0))
    middles, sides = (song[0] + song[1]) * np.float32(0.5), (song[0] - song[1]) * np.float32(0.5)
    sides *= np.float32(10 ** (change / 20))
    np.add(middles, sides, out=song[0])
    np.subtract(middles, sides, out=song[1])


def _fade(song: Audio, seconds: float) -> None:
    fade = min(song.shape[1], dsp.samples(seconds))
    song[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** np.float32(1.7)

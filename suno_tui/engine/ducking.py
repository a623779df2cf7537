"""Ducking: while a voice sings, the band is lowered at the frequencies that carry the words."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from suno_tui.engine.synth import dsp, effects
from suno_tui.engine.synth.dsp import Audio

HOP = 128
"""Samples between the values of a curve."""
_LOW, _SPLIT, _HIGH = 280.0, 3600.0, 11_000.0  # Hz: formants are below the split, consonants above
_TAPS = 1023
_WINDOW, _EASE = 0.1, 0.2  # seconds over which the voice is measured, and of the fade
_QUICK = 0.02  # the same for consonants
_FULL = 0.4  # share of the usual level from which the band is ducked fully
_CRISP = 1.35  # factor of the share for consonants


class Room(NamedTuple):
    """How far the band is ducked for the voice, 0 to 1, every HOP samples."""

    vowels: Audio
    consonants: Audio


def presence(voice: Audio) -> Room:
    """Return how far the band is ducked for a vocal stem [2, n]."""
    n, delay = voice.shape[1], _TAPS // 2
    mono = np.zeros(n + delay, dtype=np.float32)
    np.mean(voice, axis=0, out=mono[:n])
    vowels = _mean(_loud(mono[:n], _WINDOW), _EASE)
    mono = dsp.convolve(mono, _band(_SPLIT, _HIGH))[delay:]
    return Room(vowels, _mean(_loud(mono, _QUICK), _QUICK))


def _loud(mono: Audio, seconds: float) -> Audio:
    """Return the loudness of a sound relative to its usual level, 0 to 1, every HOP samples.

    The usual level is a mean weighted by power, so that silences do not count.
    """
    count = -(-len(mono) // HOP)
    power = np.zeros(count * HOP, dtype=np.float32)
    power[: len(mono)] = mono
    power *= power
    loud = np.sqrt(np.maximum(_mean(power.reshape(count, HOP).mean(axis=1), seconds), 0))
    usual = float((loud**3).sum()) / (float((loud**2).sum()) or 1.0) or 1.0
    return np.clip(loud / (usual * _FULL), 0, 1).astype(np.float32)


def make_room(song: Audio, share: Audio, room: Room) -> None:
    """Subtract `share` [2, n] from a song [2, n] in place, in the voice's band and while it sings.

    A share of 0.5 of a sound lowers it by 6 dB during a loud vowel; during a consonant it is
    lowered further, but only above the formants.
    """
    delay = _TAPS // 2
    for side, part in zip(song, share, strict=True):
        padded = np.pad(part, (0, delay))
        for low, high, curve in (
            (_LOW, _SPLIT, room.vowels),
            (_SPLIT, _HIGH, room.consonants * np.float32(_CRISP)),
        ):
            taken = dsp.convolve(padded, _band(low, high))[None, delay:]
            effects.scale(taken, curve, HOP)
            side -= taken[0]


def amount(decibels: float) -> float:
    """Return the share to subtract from a sound to lower it by `decibels`."""
    return float(1 - 10 ** (-decibels / 20))


@lru_cache(maxsize=2)
def _band(low: float, high: float) -> Audio:
    """Return a linear-phase band-pass, which delays by half its taps."""
    size = 4096
    gain = dsp.band(low, high, 4.0)(np.fft.rfftfreq(size, 1 / dsp.RATE).astype(np.float64)) ** 2
    kernel = np.roll(np.fft.irfft(gain, size), _TAPS // 2)[:_TAPS]
    return np.asarray(kernel * np.hanning(_TAPS + 2)[1:-1], np.float32)


def _mean(values: Audio, seconds: float) -> Audio:
    """Return a moving mean around each value."""
    width = max(1, round(seconds * dsp.RATE / HOP)) | 1
    padded = np.pad(values, (width // 2, width // 2), mode="edge")
    return np.convolve(padded, np.ones(width) / width, "valid").astype(np.float32)

"""Room for the voice: while somebody sings, the rest makes way where words are told apart."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from suno_tui.engine.synth import dsp, effects
from suno_tui.engine.synth.dsp import Audio

HOP = 128
"""Samples between the values of a curve."""
_LOW, _HIGH = 280.0, 6500.0  # Hz: the formants, and most of what tells consonants apart
_TAPS = 1023
_WINDOW, _EASE = 0.1, 0.2  # seconds over which the voice is measured, and the way is made
_FULL = 0.35  # of the loud moments' level: from there on all the way is made


def presence(voice: Audio) -> Audio:
    """Return how much somebody sings, 0 to 1, every HOP samples of a vocal stem [2, n]."""
    n = voice.shape[-1]
    count = -(-n // HOP)
    mono = np.zeros(count * HOP, dtype=np.float32)
    mono[:n] = voice.mean(axis=0)
    mono *= mono
    power = _mean(mono.reshape(count, HOP).mean(axis=1), _WINDOW)
    loud = np.sqrt(np.maximum(power, 0))
    usual = float(np.percentile(loud, 95)) or 1.0
    return _mean(np.clip(loud / (usual * _FULL), 0, 1).astype(np.float32), _EASE)


def make_room(song: Audio, share: Audio, sung: Audio) -> None:
    """Take `share` [2, n] out of a song [2, n] in place, in the voice's band and while it sings.

    sung: the result of `presence`. A sound that is in the song and of which the share holds 0.5
    is 6 dB lower while the voice is full.
    """
    delay = _TAPS // 2
    for side, part in zip(song, share, strict=True):
        taken = dsp.convolve(np.pad(part, (0, delay)), _band())[None, delay:]
        effects.scale(taken, sung, HOP)
        side -= taken[0]


def amount(decibels: float) -> float:
    """Return what is to be taken out of a sound, so that it is lower by so many dB."""
    return float(1 - 10 ** (-decibels / 20))


@lru_cache(maxsize=1)
def _band() -> Audio:
    """A band-pass without phase shift but for a delay of half its taps."""
    size = 4096
    gain = dsp.band(_LOW, _HIGH, 4.0)(np.fft.rfftfreq(size, 1 / dsp.RATE).astype(np.float64)) ** 2
    kernel = np.roll(np.fft.irfft(gain, size), _TAPS // 2)[:_TAPS]
    return np.asarray(kernel * np.hanning(_TAPS + 2)[1:-1], np.float32)


def _mean(values: Audio, seconds: float) -> Audio:
    """Return a moving mean around each value."""
    width = max(1, round(seconds * dsp.RATE / HOP)) | 1
    padded = np.pad(values, (width // 2, width // 2), mode="edge")
    return np.convolve(padded, np.ones(width) / width, "valid").astype(np.float32)

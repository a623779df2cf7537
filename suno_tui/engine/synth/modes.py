"""Modal synthesis of wood, skin and metal: decaying partials, and noise decaying by bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio

_BLOCK = 256

Band = tuple[float, float, float, float]
"""Noise from, to (Hz), its level in dB, and the seconds in which it falls to 1/e."""


def ring(
    n: int,
    frequencies: ArrayLike,
    levels: ArrayLike,
    decays: ArrayLike,
    rng: np.random.Generator,
    scatter: float = 1.0,
) -> Audio:
    """Return n samples of partials: Hz, levels, and seconds in which each falls to 1/e.

    scatter: how far their phases differ; at 0 all begin as sines. Each block of samples is the
    previous one, rotated and scaled, so that hundreds of partials take one matrix product.
    """
    hertz = np.asarray(frequencies, np.float64)
    rate = (2j * np.pi * hertz - 1 / np.asarray(decays, np.float64)) / dsp.RATE
    start = np.asarray(levels) * np.exp(
        1j * (scatter * 2 * np.pi * rng.random(len(hertz)) - np.pi / 2)
    )
    blocks = np.arange(-(-n // _BLOCK))[:, None] * _BLOCK
    coarse = (start * np.exp(rate * blocks)).astype(np.complex64)
    fine = np.exp(rate[:, None] * np.arange(_BLOCK)).astype(np.complex64)
    sound = coarse.real @ fine.real - coarse.imag @ fine.imag
    return np.asarray(sound.ravel()[:n], np.float32)


def hiss(n: int, rng: np.random.Generator, bands: Sequence[Band], attack: float = 0.0) -> Audio:
    """Return n samples of noise in bands, each at its level (RMS, 0 dB is 1) and with its decay."""
    size = dsp.fast_size(n)
    spectrum = np.fft.rfft(rng.standard_normal(size).astype(np.float32))
    f = np.fft.rfftfreq(size, 1 / dsp.RATE).astype(np.float64)
    out = np.zeros(n, dtype=np.float32)
    for low, high, level, decay in bands:
        gain = dsp.band(low, high, 8.0)(f)
        scale = 10 ** (level / 20) / np.sqrt(np.mean(gain**2))
        piece = np.fft.irfft(spectrum * (gain * scale).astype(np.float32), size)[:n]
        out += piece.astype(np.float32) * dsp.decay(n, decay)
    if attack:
        out *= np.minimum(1, dsp.times(n) / np.float32(attack))
    return out

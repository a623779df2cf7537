"""Struck and plucked strings: a waveguide solved in the frequency domain, one FFT a note."""

from __future__ import annotations

import numpy as np

from suno_tui.engine.synth.dsp import RATE, Audio, fast_size


def string(
    frequency: float,
    n: int,
    *,
    excitation: Audio,
    ring: float,
    damping: float,
    stiffness: float = 0.0,
    detune: tuple[float, ...] = (0.0,),
    position: float = 0.13,
    mute_at: int | None = None,
    tilt: float = 0.0,
) -> Audio:
    """Return a string of a pitch in Hz, excited by a short noise or pulse, over n samples.

    ring: seconds in which the fundamental falls by 60 dB. damping: how much faster high partials
    fall (0: not at all; 1: nylon; 3: felt). stiffness: the inharmonicity B. detune: cents of each
    of the strings of a course. position: the point at which the string is struck (0..0.5).
    mute_at: the sample at which a hand or damper stops it. tilt: a partial is weaker by its number
    to this power: 1 for a plucked string.

    The loop is solved on a circle outside the unit circle, so that a long ring does not wrap.
    """
    size = fast_size(n + 2048)
    radius = 10.0 ** (30.0 / 20.0 / size)  # 30 dB over the buffer
    f = np.fft.rfftfreq(size, 1 / RATE)
    f[0] = f[1] * 0.5
    share = (1 + damping * (f / 1000.0) ** 1.3).astype(np.float32)
    out = np.zeros(len(f), dtype=np.complex64)
    for cents in detune:
        f0 = frequency * 2 ** (cents / 1200)
        k = f / f0
        if stiffness > 0:
            k = np.sqrt((np.sqrt(1 + 4 * stiffness * k * k) - 1) / (2 * stiffness))
        turn = ((k - np.floor(k)) * (2 * np.pi)).astype(np.float32)
        loss = np.minimum(np.float32(3.0 / (ring * f0)) * share, 30.0)  # decades a round trip
        level = np.exp(loss * np.float32(-np.log(10)) - np.float32(np.log(radius) * RATE / f0))
        loop = np.empty(len(f), dtype=np.complex64)
        loop.real, loop.imag = 1 - level * np.cos(turn), level * np.sin(turn)
        out += 1 / loop
    comb = 1 - np.exp(-2j * np.pi * (f / frequency) * position) * radius ** (
        -position * RATE / frequency
    )
    pulse = np.zeros(size, dtype=np.float32)
    width = min(len(excitation), n)
    pulse[:width] = excitation[:width] * radius ** -np.arange(width)
    spectrum = np.fft.rfft(pulse) * out * comb.astype(np.complex64)
    if tilt:
        spectrum *= (np.maximum(f, frequency) / frequency) ** -tilt
    spectrum[0] = 0
    sound = np.fft.irfft(spectrum, size)[:n] * radius ** np.arange(n)
    sound = sound.astype(np.float32) / np.float32(len(detune))
    if mute_at is not None and mute_at < n:
        fall = np.exp(-np.arange(n - mute_at, dtype=np.float32) / np.float32(0.06 * RATE))
        sound[mute_at:] *= fall
    fade = min(256, n)
    sound[n - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(sound, np.float32)

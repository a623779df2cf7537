"""Keyboards: pianos, electric pianos, organs, mallets and bells."""

from __future__ import annotations

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.strings import string


def _hammer(velocity: float, pitch: float, softness: float) -> Audio:
    """Return a felt hammer's pulse: shorter and harder with velocity and height."""
    width = (0.0031 - 0.0020 * velocity) * softness * 2 ** (-(pitch - 60) / 36)
    n = max(8, dsp.samples(width))
    return (np.sin(np.linspace(0, np.pi, n)) ** 2).astype(np.float32) * np.float32(velocity)


def piano(
    pitch: int,
    seconds: float,
    velocity: float,
    rng: np.random.Generator,
    softness: float = 1.0,
    damping: float = 0.35,
) -> Audio:
    """A grand piano."""
    ring = 16.0 * 2 ** (-(pitch - 40) / 18)
    n = dsp.samples(min(seconds + 0.35, 6.0))
    spread = 0.5 + float(rng.random()) * 0.6
    sound = string(
        dsp.hertz(pitch),
        n,
        excitation=_hammer(velocity, pitch, softness),
        ring=max(ring, 0.6),
        damping=damping,
        stiffness=2.5e-4 * 2 ** ((pitch - 60) / 10),
        detune=(-spread, spread * 0.7) if pitch > 40 else (0.0,),
        position=0.12,
        mute_at=dsp.samples(seconds) if pitch < 90 else None,
    )
    knock = rng.standard_normal(min(n, 1800)).astype(np.float32)
    knock = dsp.shape_spectrum(knock, dsp.band(90, 700)) * dsp.decay(len(knock), 0.006)
    sound /= np.max(np.abs(sound)) + 1e-9
    sound[: len(knock)] += knock * np.float32(0.05 * velocity * softness)
    return sound * np.float32(velocity)


def felt_piano(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """An upright with felt over the strings: soft, dark, close."""
    return piano(pitch, seconds, velocity * 0.7, rng, 2.3, 0.9)


def epiano(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A tine electric piano by frequency modulation: bell at the attack, bark with velocity."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.25)
    t = dsp.times(n)
    turn = np.float32(2 * np.pi)
    phase = t * np.float32(frequency) * turn
    index = np.float32(0.35 + 1.5 * velocity**1.5) * np.exp(-t / np.float32(0.45))
    body = np.sin(phase + index * np.sin(phase))
    bell = np.sin(phase + 0.8 * velocity * np.exp(-t / 0.12) * np.sin(phase * np.float32(14.0)))
    ring = np.exp(-t / np.float32(2.2 * 2 ** (-(pitch - 60) / 30)))
    shape = dsp.adsr(n, 0.002, 9.0, 1.0, 0.22, dsp.samples(seconds))
    return np.asarray(
        ((0.7 * body + 0.3 * bell) * ring * shape * velocity).astype(np.float32), np.float32
    )


def organ(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A drawbar organ through a slow rotating speaker."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.1)
    t = dsp.times(n)
    turning = 2 * np.pi * (5.9 * t + float(rng.random()))
    phase = dsp.gliding(frequency * (1 + 0.0022 * np.sin(turning)))
    sound = dsp.voice("organ", phase, frequency, 5200) * (1 + 0.12 * np.cos(turning))
    return np.asarray(
        (sound * dsp.adsr(n, 0.006, 1, 1, 0.05, dsp.samples(seconds)) * 0.6).astype(np.float32),
        np.float32,
    )


def _modal(
    pitch: int, seconds: float, velocity: float, partials: tuple[tuple[float, float, float], ...]
) -> Audio:
    """Free partials: (ratio, level, seconds to 1/e)."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(max(0.4, min(seconds + 1.2, 3 * max(p[2] for p in partials))))
    out = np.zeros(n, dtype=np.float32)
    sine = dsp.table((1.0,))
    for ratio, level, length in partials:
        if frequency * ratio < 18_000:
            tone = dsp.lookup(sine, dsp.phases(frequency * ratio, n))
            out += tone * dsp.decay(n, length) * np.float32(level)
    fade = min(2000, n)
    out[n - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out * np.float32(velocity)


def vibraphone(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    sound = _modal(
        pitch,
        seconds,
        velocity,
        ((1, 1, 1.1), (4, 0.28 * velocity, 0.35), (10, 0.1 * velocity, 0.08)),
    )
    t = dsp.times(len(sound))
    return np.asarray(
        (sound * (1 + 0.22 * np.sin(2 * np.pi * 5.2 * t))).astype(np.float32), np.float32
    )


def marimba(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    return _modal(
        pitch,
        min(seconds, 0.6),
        velocity,
        ((1, 1, 0.28), (3.98, 0.35 * velocity, 0.07), (9.2, 0.15 * velocity, 0.03)),
    )


def bells(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A celesta or music box."""
    return _modal(
        pitch,
        seconds,
        velocity,
        ((1, 1, 0.7), (2.01, 0.3, 0.5), (4.1, 0.25, 0.25), (6.8, 0.12, 0.12)),
    )


def harpsichord(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    n = dsp.samples(min(seconds + 0.3, 4.0))
    quill = rng.standard_normal(24).astype(np.float32)
    sound = string(
        dsp.hertz(pitch),
        n,
        excitation=quill,
        ring=5.0 * 2 ** (-(pitch - 48) / 20),
        damping=0.12,
        stiffness=4e-5,
        position=0.08,
        mute_at=dsp.samples(seconds),
    )
    return np.asarray(
        sound / (np.max(np.abs(sound)) + np.float32(1e-9)) * np.float32(velocity), np.float32
    )


def clavinet(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    n = dsp.samples(min(seconds, 1.5) + 0.12)
    pulse = np.ones(6 + int(18 * (1 - velocity)), dtype=np.float32)
    sound = string(
        dsp.hertz(pitch),
        n,
        excitation=pulse,
        ring=2.0,
        damping=0.3,
        stiffness=1e-4,
        position=0.2,
        mute_at=dsp.samples(seconds * 0.9),
    )
    sound = np.diff(sound, prepend=sound[:1]) * 6 + sound * np.float32(0.5)
    return np.asarray(np.tanh(sound / (np.max(np.abs(sound)) + 1e-9) * 1.5) * velocity, np.float32)


def accordion(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.12)
    out = np.zeros(n, dtype=np.float32)
    for cents, level in ((-9.0, 0.6), (0.0, 0.8), (9.0, 0.6)):
        phase = dsp.phases(dsp.detuned(frequency, cents), n, float(rng.random()))
        out += dsp.voice("reed", phase, frequency, 3800) * np.float32(level)
    shape = dsp.adsr(n, 0.05, 1.0, 0.9, 0.1, dsp.samples(seconds))
    return out * shape * np.float32(0.4 * velocity)

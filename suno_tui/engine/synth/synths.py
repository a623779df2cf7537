"""Synthesisers: basses, leads, pads and plucks from swept oscillators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio


def _phases(
    frequency: float, n: int, cents: tuple[float, ...], rng: np.random.Generator
) -> list[NDArray[np.uint32]]:
    """Return the phases of voices detuned by so many cents, each with a random start."""
    return [dsp.phases(dsp.detuned(frequency, c), n, float(rng.random())) for c in cents]


def sub_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A round sine with a little warmth: lo-fi, R&B, ambient."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.08)
    phase = dsp.phases(frequency, n)
    sound = dsp.voice("triangle", phase, frequency, 300)
    shape = dsp.adsr(n, 0.012, 0.9, 0.7, 0.07, dsp.samples(seconds))
    return np.asarray(np.tanh(1.6 * sound * velocity).astype(np.float32) * shape, np.float32)


def drone_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A low tone that swells and outlasts its note, so that notes overlap."""
    frequency = dsp.hertz(pitch)
    rise, fall = min(1.8, seconds * 0.4), min(3.0, seconds * 0.6)
    n = dsp.samples(seconds + fall)
    out = np.zeros((2, n), dtype=np.float32)
    for side, cents in enumerate((-4.0, 4.0)):
        for partial, level in ((1, 1.0), (2, 0.45), (3, 0.3), (4, 0.12), (5, 0.08)):
            hertz = dsp.detuned(frequency * partial, cents / partial)
            tone = dsp.phases(hertz, n, float(rng.random()) if partial > 1 else 0.0)
            out[side] += dsp.lookup(dsp.table((1.0,)), tone) * np.float32(level)
    t = dsp.times(n)
    shape = np.clip(t / rise, 0, 1) * np.clip((seconds + fall - t) / fall, 0, 1)
    shape = np.sin(shape * (np.pi / 2))  # the powers of a cross-fade add up to 1
    return np.asarray(out * (shape * np.float32(velocity * 0.5)), np.float32)


def saw_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A filtered saw over a sub: pop, synthwave, EDM."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.06)
    sweep = dsp.decay(n, 0.16) * np.float32(0.5 + 0.5 * velocity)
    phases = _phases(frequency, n, (-5.0, 5.0), rng)
    sound = sum(dsp.swept("saw", p, frequency, 180, 2600, sweep, 0.8) for p in phases)
    sub = dsp.voice("sine", dsp.phases(frequency, n), frequency, 400)
    shape = dsp.adsr(n, 0.004, 0.5, 0.75, 0.05, dsp.samples(seconds))
    return ((0.5 * sound + 0.7 * sub) * shape * velocity).astype(np.float32)


def supersaw(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Seven detuned saws spread over the stereo field."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.22)
    out = np.zeros((2, n), dtype=np.float32)
    cents = (-19.0, -12.0, -6.0, 0.0, 6.5, 12.5, 18.0)
    for i, phase in enumerate(_phases(frequency, n, cents, rng)):
        tone = dsp.voice("saw", phase, frequency, int(3500 + 6000 * velocity))
        if i != 3:
            out[i % 2] += tone
        else:
            out += tone * 0.8
    shape = dsp.adsr(n, 0.008, 0.7, 0.8, 0.2, dsp.samples(seconds))
    return out * (shape * np.float32(velocity * 0.3))


def warm_pad(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Slow, wide and soft."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 1.2)
    out = np.zeros((2, n), dtype=np.float32)
    t = dsp.times(n)
    breath = (0.35 + 0.3 * np.sin(2 * np.pi * (0.11 * t + float(rng.random())))).astype(np.float32)
    for i in range(4):
        [phase] = _phases(frequency, n, ((float(rng.random()) - 0.5) * 16,), rng)
        out[i // 2] += dsp.swept("saw", phase, frequency, 350, 2800, breath, steps=3)
    shape = dsp.adsr(n, min(0.7, seconds * 0.4), 4.0, 0.8, 1.1, dsp.samples(seconds))
    return out * (shape * np.float32(velocity * 0.35))


def pluck(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A short, bright synth pluck."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(min(seconds, 0.5) + 0.35)
    sweep = dsp.decay(n, 0.09 + 0.08 * velocity) * np.float32(0.4 + 0.6 * velocity)
    phases = _phases(frequency, n, (-7.0, 7.0), rng)
    out = np.stack([dsp.swept("saw", p, frequency, 300, 9000, sweep, 0.5) for p in phases])
    shape = dsp.adsr(n, 0.002, 0.3, 0.0, 0.25, dsp.samples(min(seconds, 0.5)))
    return out * (shape * np.float32(velocity * 0.6))


def soft_lead(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A mellow mono lead with late vibrato."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.15)
    t = dsp.times(n)
    depth = np.clip((t - 0.25) * 3, 0, 1) * 0.006
    phase = dsp.gliding(frequency * (1 + depth * np.sin(2 * np.pi * 5.3 * t)))
    sound = dsp.swept("pulse", phase, frequency, 900, 4200, 0.3 + 0.6 * dsp.decay(n, 0.3), 0.3)
    shape = dsp.adsr(n, 0.02, 1.2, 0.75, 0.13, dsp.samples(seconds))
    return (sound * shape * np.float32(velocity * 0.7)).astype(np.float32)


def bass808(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A long, driven sine that drops into its pitch."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(min(seconds, 2.5) + 0.15)
    phase = dsp.gliding(frequency * (1 + 1.2 * dsp.decay(n, 0.018)))
    sound = dsp.lookup(dsp.table((1.0,)), phase) * dsp.decay(n, 1.1)
    shape = dsp.adsr(n, 0.003, 9, 1, 0.12, dsp.samples(min(seconds, 2.5)))
    return np.asarray(np.tanh(2.6 * sound) * shape * velocity, np.float32)


def reese_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Detuned saws that beat against each other, over a clean sub."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.08)
    move = 0.45 + 0.35 * np.sin(2 * np.pi * (0.9 * dsp.times(n) + float(rng.random())))
    sweep = move.astype(np.float32)
    sound = np.zeros(n, dtype=np.float32)
    for phase in _phases(frequency, n, (-22.0, 0.0, 21.0), rng):
        sound += dsp.swept("saw", phase, frequency, 220, 1900, sweep, 0.4, 3)
    sub = dsp.voice("sine", dsp.phases(frequency, n), frequency, 300)
    shape = dsp.adsr(n, 0.006, 1.0, 0.9, 0.07, dsp.samples(seconds))
    return np.asarray(np.tanh(0.6 * sound + 0.8 * sub) * shape * velocity, np.float32)


def acid_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A resonant saw that squelches with its accent."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(min(seconds, 0.6) + 0.05)
    sweep = dsp.decay(n, 0.07 + 0.1 * velocity) * np.float32(0.3 + 0.7 * velocity)
    sound = dsp.swept("saw", dsp.phases(frequency, n), frequency, 250, 3600, sweep, 3.5, 6)
    shape = dsp.adsr(n, 0.003, 0.4, 0.4, 0.04, dsp.samples(min(seconds, 0.6)))
    return np.asarray(np.tanh(1.5 * sound * shape) * velocity, np.float32)


def saw_lead(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Two bright saws with glide and vibrato."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.14)
    wobble = dsp.vibrato(n, frequency, 5.5, 16, 0.2)
    sweep = 0.35 + 0.55 * dsp.decay(n, 0.25)
    phases = [p + wobble for p in _phases(frequency, n, (-8.0, 8.0), rng)]
    out = np.stack([dsp.swept("saw", p, frequency, 1500, 8000, sweep, 0.4, 3) for p in phases])
    shape = dsp.adsr(n, 0.01, 0.8, 0.75, 0.12, dsp.samples(seconds))
    return np.asarray(out * (shape * np.float32(velocity * 0.5)), np.float32)


def square_lead(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.1)
    phase = dsp.phases(frequency, n) + dsp.vibrato(n, frequency, 5.8, 14, 0.2)
    sound = dsp.swept("square", phase, frequency, 900, 6000, 0.3 + 0.6 * dsp.decay(n, 0.2), 0.3, 3)
    shape = dsp.adsr(n, 0.006, 0.7, 0.7, 0.08, dsp.samples(seconds))
    return np.asarray(sound * shape * np.float32(velocity * 0.6), np.float32)


def stab_synth(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """A short, hollow chord stab for dub and techno."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(0.45)
    sweep = dsp.decay(n, 0.1) * np.float32(velocity)
    sound = dsp.swept(
        "square", dsp.phases(frequency, n, float(rng.random())), frequency, 250, 3500, sweep, 1.2
    )
    shape = dsp.adsr(n, 0.003, 0.16, 0.0, 0.12, dsp.samples(0.33))
    return np.asarray(sound * shape * velocity, np.float32)


def poly_synth(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """An analogue-style brass pad: the sound of 1984."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.35)
    t = dsp.times(n)
    sweep = np.minimum(1, t / np.float32(0.06)) * (0.35 + 0.5 * dsp.decay(n, 0.6))
    bright = np.asarray(sweep, np.float32)
    phases = _phases(frequency, n, (-6.0, 6.0, 6.0, -6.0), rng)
    saws = [dsp.swept("saw", p, frequency, 500, 5200, bright, 0.4, 3) for p in phases[::2]]
    pulses = [dsp.voice("pulse", p, frequency, 2200) * np.float32(0.5) for p in phases[1::2]]
    out = np.stack(saws) + np.stack(pulses)
    shape = dsp.adsr(n, 0.015, 1.5, 0.75, 0.32, dsp.samples(seconds))
    return np.asarray(out * (shape * np.float32(velocity * 0.4)), np.float32)


def dark_pad(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Low-passed and slow, with a beat in it."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 1.0)
    t = dsp.times(n)
    move = np.asarray(0.3 + 0.25 * np.sin(2 * np.pi * (0.07 * t + float(rng.random()))), np.float32)
    phases = _phases(frequency, n, (-9.0, 9.0), rng)
    out = np.stack([dsp.swept("pulse", p, frequency, 220, 1400, move, 0.5, 3) for p in phases])
    shape = dsp.adsr(n, min(0.9, seconds * 0.45), 4, 0.85, 0.9, dsp.samples(seconds))
    return np.asarray(out * (shape * np.float32(velocity * 0.5)), np.float32)


def glass_pad(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    """Bright, thin and slow: partials that come and go."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 1.4)
    t = dsp.times(n)
    out = np.zeros((2, n), dtype=np.float32)
    sine = dsp.table((1.0,))
    for i, (ratio, level) in enumerate(((1, 1.0), (2, 0.5), (3, 0.28), (5, 0.14), (8, 0.06))):
        pulse = 0.6 + 0.4 * np.sin(2 * np.pi * ((0.13 + 0.07 * i) * t + float(rng.random())))
        for side in (0, 1):
            phase = dsp.phases(
                dsp.detuned(frequency * ratio, 4.0 * (side * 2 - 1)), n, float(rng.random())
            )
            out[side] += dsp.lookup(sine, phase) * np.asarray(pulse * level, np.float32)
    shape = dsp.adsr(n, min(0.6, seconds * 0.4), 4, 0.8, 1.3, dsp.samples(seconds))
    return np.asarray(out * (shape * np.float32(velocity * 0.5)), np.float32)


def _chip(shape: str, pitch: int, seconds: float, velocity: float, depth: float) -> Audio:
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.02)
    phase = dsp.phases(frequency, n)
    if depth:
        phase = phase + dsp.vibrato(n, frequency, 6.0, depth, 0.15)
    sound = dsp.voice(shape, phase, frequency, 14_000)
    steps = np.floor(dsp.adsr(n, 0.001, 0.3, 0.55, 0.01, dsp.samples(seconds)) * 15) / 15
    return np.asarray(sound * steps * velocity * 0.6, np.float32)


def chip_lead(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    return _chip("pulse", pitch, seconds, velocity, 18)


def chip_pulse(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    return _chip("square", pitch, seconds, velocity, 0)


def chip_bass(pitch: int, seconds: float, velocity: float, rng: np.random.Generator) -> Audio:
    return _chip("triangle", pitch, seconds, velocity, 0)

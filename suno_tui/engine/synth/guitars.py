"""Electric guitars before the amplifier: picked strings, palm mutes, and a lead that sings."""

from __future__ import annotations

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.modes import Band, hiss
from suno_tui.engine.synth.plucked import pull
from suno_tui.engine.synth.strings import string

Rng = np.random.Generator

_MUTED = 0.09
"""Seconds: shorter notes are palm-muted."""


def picked(pitch: int, seconds: float, velocity: float, rng: Rng) -> Audio:
    """One string of an electric guitar. A very short note is palm-muted."""
    muted = seconds < _MUTED
    hertz = dsp.detuned(dsp.hertz(pitch), 2.2 * float(rng.standard_normal()))
    held = 0.11 if muted else min(seconds, 7.0)
    sound = string(
        hertz,
        dsp.samples(held + (0.12 if muted else 0.08)),
        excitation=pull(rng, 0.2, velocity),
        ring=(0.55 if muted else 7.0) * 2 ** (-(pitch - 52) / 30),
        damping=4.5 if muted else 0.55,
        stiffness=4e-5,
        detune=(-0.5, 0.6),
        position=0.09 + 0.05 * float(rng.random()),
        mute_at=dsp.samples(held),
        tilt=0.5,
    )
    sound /= np.max(np.abs(sound)) + np.float32(1e-9)
    touch: tuple[Band, ...] = ((1500, 6000, -25, 0.007), (90, 260, -20 if muted else -34, 0.02))
    m = min(len(sound), dsp.samples(0.06))
    sound[:m] += hiss(m, rng, touch)
    return np.asarray(sound * np.float32(velocity), np.float32)


def lead_guitar(pitch: int, seconds: float, velocity: float, rng: Rng) -> Audio:
    """A string that is bent into its pitch, sustained by feedback, with late vibrato."""
    hertz = dsp.hertz(pitch)
    held = min(seconds, 7.0)
    n = dsp.samples(held + 0.12)
    sound = string(
        hertz,
        n + 2048,
        excitation=pull(rng, 0.2, velocity),
        ring=9.0,
        damping=0.7,
        stiffness=2e-5,
        position=0.12,
        mute_at=dsp.samples(held),
        tilt=0.5,
    )
    sound /= np.max(np.abs(sound)) + np.float32(1e-9)
    t = dsp.times(n)
    depth = np.clip((t - np.float32(0.22)) * 2.5, 0, 1) * np.float32(0.0125)  # in pitch, 0 to 1
    rate = np.float32(2 * np.pi * (5.0 + 0.6 * float(rng.random())))
    speed = 1 + depth * np.sin(rate * t) * np.float32(0.6)
    if seconds > 0.2:
        speed -= np.float32(0.028) * np.exp(-t / np.float32(0.035))
    place = np.cumsum(speed, dtype=np.float64)
    return np.asarray(
        np.interp(place, np.arange(len(sound)), sound, right=0.0) * velocity, np.float32
    )

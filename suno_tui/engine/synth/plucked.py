"""Plucked strings: guitars, harp and their kin, and the basses."""

from __future__ import annotations

from functools import partial

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.strings import string

Rng = np.random.Generator


def _pick(rng: Rng, softness: float, velocity: float) -> Audio:
    """Return a finger's or pick's noise: softer is longer and darker."""
    n = max(6, int(30 + 90 * softness))
    noise = rng.standard_normal(n).astype(np.float32)
    width = max(1, int(1 + 14 * softness * (1.3 - velocity)))
    kernel = np.ones(width, np.float32) / width
    return np.convolve(noise, kernel, "same").astype(np.float32) * np.hanning(n).astype(np.float32)


def _plucked(
    pitch: int,
    seconds: float,
    velocity: float,
    rng: Rng,
    *,
    ring: float,
    damping: float,
    softness: float,
    position: float,
    stiffness: float = 3e-5,
    tail: float = 0.25,
    longest: float = 4.0,
    after: float = 0.0,
) -> Audio:
    """One string. It is muted `after` seconds after the note ends, `longest` at the latest."""
    held = min(seconds + after, longest)
    sound = string(
        dsp.hertz(pitch),
        dsp.samples(held + tail),
        excitation=_pick(rng, softness, velocity),
        ring=ring * 2 ** (-(pitch - 52) / 30),
        damping=damping,
        stiffness=stiffness,
        position=position,
        mute_at=dsp.samples(held),
    )
    return np.asarray(
        sound / (np.max(np.abs(sound)) + np.float32(1e-9)) * np.float32(velocity), np.float32
    )


def pick_bass(pitch: int, seconds: float, velocity: float, rng: Rng) -> Audio:
    sound = _plucked(
        pitch,
        seconds,
        velocity,
        rng,
        ring=5.0,
        damping=1.0,
        softness=0.4,
        position=0.18,
        stiffness=4e-5,
        tail=0.08,
    )
    return np.asarray(np.tanh(sound * 1.8) * 0.7, np.float32)


def upright_bass(pitch: int, seconds: float, velocity: float, rng: Rng) -> Audio:
    sound = _plucked(
        pitch,
        seconds,
        velocity,
        rng,
        ring=2.4,
        damping=3.2,
        softness=1.8,
        position=0.3,
        stiffness=1e-5,
        tail=0.15,
    )
    n = min(len(sound), dsp.samples(0.09))
    thump = dsp.lookup(dsp.table((1.0,)), dsp.phases(82.0, n)) * dsp.decay(n, 0.025)
    sound[:n] += thump * np.float32(0.25 * velocity)
    return sound


nylon_guitar = partial(_plucked, ring=5.0, damping=0.9, softness=0.9, position=0.22, stiffness=1e-5)
steel_guitar = partial(_plucked, ring=8.0, damping=0.5, softness=0.35, position=0.16)
clean_guitar = partial(_plucked, ring=9.0, damping=0.8, softness=0.35, position=0.2)
ukulele = partial(_plucked, ring=2.0, damping=0.9, softness=0.7, position=0.25)
banjo = partial(_plucked, ring=1.1, damping=0.15, softness=0.1, position=0.1)
harp = partial(_plucked, after=0.8, ring=4.5, damping=0.8, softness=1.0, position=0.4, tail=0.6)
koto = partial(
    _plucked, after=0.2, ring=3.0, damping=0.25, softness=0.2, position=0.07, stiffness=6e-5
)
finger_bass = partial(
    _plucked, ring=5.0, damping=2.4, softness=1.2, position=0.24, stiffness=2e-5, tail=0.1
)

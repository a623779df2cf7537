"""Plucked strings: guitars, harp, similar instruments, and the basses."""

from __future__ import annotations

from functools import partial

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.modes import hiss
from suno_tui.engine.synth.strings import string

Rng = np.random.Generator


def pull(rng: Rng, softness: float, velocity: float) -> Audio:
    """Return the excitation by a finger or pick: softer is darker, with a little scraping."""
    corner = 900.0 / softness * (0.4 + 0.9 * velocity)  # Hz
    n = max(12, dsp.samples(1.0 / corner))
    fall = dsp.decay(n, 1 / (2 * np.pi * corner))
    scrape = rng.standard_normal(n).astype(np.float32)
    return np.asarray(fall * (1 + scrape * np.float32(0.25 / (1 + softness))), np.float32)


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
    tilt: float = 1.0,
    click: float = -34.0,
    loose: float = 1.5,
) -> Audio:
    """One string. It is muted `after` seconds after the note ends, `longest` at the latest.

    click: dB of the noise of the touch. loose: cents by which notes are out of tune.
    """
    held = min(seconds + after, longest)
    sound = string(
        dsp.detuned(dsp.hertz(pitch), loose * float(rng.standard_normal())),
        dsp.samples(held + tail),
        excitation=pull(rng, softness, velocity),
        ring=ring * 2 ** (-(pitch - 52) / 30),
        damping=damping,
        stiffness=stiffness,
        detune=(-0.4, 0.5),
        position=position * (0.85 + 0.3 * float(rng.random())),
        mute_at=dsp.samples(held),
        tilt=tilt,
    )
    sound /= np.max(np.abs(sound)) + np.float32(1e-9)
    n = min(len(sound), 3000)
    high = 7000 / (1 + softness)
    sound[:n] += hiss(n, rng, ((high * 0.25, high, click, 0.006), (90, 350, click + 4, 0.012)))
    return np.asarray(sound * np.float32(velocity), np.float32)


def upright_bass(pitch: int, seconds: float, velocity: float, rng: Rng) -> Audio:
    sound = _plucked(
        pitch,
        seconds,
        velocity,
        rng,
        ring=3.2,
        damping=3.0,
        softness=1.9,
        position=0.3,
        stiffness=1e-5,
        tail=0.15,
        tilt=1.3,
        click=-30,
    )
    n = min(len(sound), dsp.samples(0.09))
    thump = dsp.lookup(dsp.table((1.0,)), dsp.phases(82.0, n)) * dsp.decay(n, 0.025)
    sound[:n] += thump * np.float32(0.2 * velocity)
    return sound


nylon_guitar = partial(
    _plucked, ring=4.5, damping=0.9, softness=0.9, position=0.22, stiffness=1e-5, tilt=1.1
)
steel_guitar = partial(_plucked, ring=7.0, damping=0.5, softness=0.3, position=0.17, click=-30)
clean_guitar = partial(_plucked, ring=8.0, damping=0.8, softness=0.3, position=0.18, tilt=0.8)
ukulele = partial(_plucked, ring=2.0, damping=0.9, softness=0.6, position=0.25)
banjo = partial(_plucked, ring=1.1, damping=0.25, softness=0.1, position=0.12, tilt=0.6)
harp = partial(_plucked, after=0.8, ring=4.5, damping=0.8, softness=1.0, position=0.4, tail=0.6)
koto = partial(
    _plucked,
    after=0.2,
    ring=3.0,
    damping=0.25,
    softness=0.2,
    position=0.07,
    stiffness=6e-5,
    tilt=0.7,
)
pick_bass = partial(
    _plucked,
    ring=5.0,
    damping=1.2,
    softness=0.5,
    position=0.18,
    stiffness=4e-5,
    tail=0.08,
    click=-27,
)
finger_bass = partial(
    _plucked, ring=5.5, damping=1.6, softness=1.5, position=0.2, stiffness=2e-5, tail=0.1, click=-30
)

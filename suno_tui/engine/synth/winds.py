"""Strings, brass, reeds, flutes and choir."""

from __future__ import annotations

from functools import partial

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio

Rng = np.random.Generator


def _breath(n: int, rng: Rng, low: float, high: float) -> Audio:
    noise = rng.standard_normal(n).astype(np.float32)
    return dsp.shape_spectrum(noise, dsp.band(low, high))


def _blown(
    pitch: int,
    seconds: float,
    velocity: float,
    rng: Rng,
    *,
    shape: str = "saw",
    low: float,
    high: float,
    attack: float,
    air: float,
    depth: float,
    rate: float = 5.2,
    scoop: float = 0.0,
    resonance: float = 0.0,
) -> Audio:
    """One player: brightness follows loudness, vibrato comes late, with breath noise."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + 0.12)
    phase = dsp.phases(frequency, n, float(rng.random()))
    phase = phase + dsp.vibrato(
        n, frequency, rate, depth, min(0.3, seconds * 0.4), float(rng.random())
    )
    if scoop:
        start = np.float32(-frequency * scoop * 5.776e-4 * 0.05 * 4294967296.0)
        phase = phase + (start * dsp.decay(n, 0.05)).astype(np.int64).astype(np.uint32)
    envelope = dsp.adsr(n, attack, 0.35, 0.82, 0.1, dsp.samples(seconds))
    swell = envelope * np.float32(0.35 + 0.6 * velocity)
    sound = dsp.swept(shape, phase, frequency, low, high, np.clip(swell, 0, 1), resonance, 3)
    if air:
        sound += _breath(n, rng, max(900.0, frequency), 5000) * np.float32(air)
    return sound * envelope * np.float32(velocity)


def _ensemble(
    pitch: int,
    seconds: float,
    velocity: float,
    rng: Rng,
    *,
    players: int,
    shape: str = "saw",
    low: float,
    high: float,
    attack: float,
    release: float,
    spread: float,
    depth: float,
) -> Audio:
    """Several players over the stereo field, each a little out of tune and time."""
    frequency = dsp.hertz(pitch)
    n = dsp.samples(seconds + release + 0.05)
    attack = min(attack, max(0.02, seconds * 0.4))
    envelope = dsp.adsr(n, attack, 0.8, 0.85, release, dsp.samples(seconds))
    swell = np.clip(envelope * np.float32(0.3 + 0.65 * velocity), 0, 1)
    out = np.zeros((2, n), dtype=np.float32)
    for i in range(players):
        cents = (float(rng.random()) - 0.5) * 2 * spread
        phase = dsp.phases(dsp.detuned(frequency, cents), n, float(rng.random()))
        phase = phase + dsp.vibrato(
            n, frequency, 4.6 + 1.2 * float(rng.random()), depth, 0.1, float(rng.random())
        )
        tone = dsp.swept(shape, phase, frequency, low, high, swell, 0.0, 3)
        side = i / (players - 1) if players > 1 else 0.5
        out[0] += tone * np.float32(np.sqrt(1 - side * 0.85))
        out[1] += tone * np.float32(np.sqrt(0.15 + side * 0.85))
    return out * (envelope * np.float32(velocity / players))


flute = partial(_blown, shape="soft", low=900, high=3600, attack=0.06, air=0.02, depth=16, rate=4.9)
clarinet = partial(_blown, shape="hollow", low=900, high=4200, attack=0.04, air=0.012, depth=6)
sax = partial(
    _blown,
    shape="reed",
    low=900,
    high=5200,
    attack=0.035,
    air=0.012,
    depth=18,
    scoop=60,
    resonance=0.4,
)
harmonica = partial(
    _blown, shape="reed", low=1400, high=5200, attack=0.03, air=0.012, depth=20, rate=5.8, scoop=80
)
trumpet = partial(
    _blown, low=700, high=6500, attack=0.025, air=0.01, depth=10, scoop=40, resonance=0.3
)
horn = partial(
    _ensemble, players=2, low=380, high=2400, attack=0.07, release=0.25, spread=6, depth=5
)
brass = partial(
    _ensemble, players=3, low=500, high=6500, attack=0.03, release=0.12, spread=7, depth=6
)
strings = partial(
    _ensemble, players=4, low=900, high=6500, attack=0.14, release=0.4, spread=9, depth=11
)
violin = partial(_blown, low=1500, high=7500, attack=0.07, air=0.008, depth=24, rate=5.7, scoop=25)
cello = partial(
    _ensemble, players=2, low=500, high=4200, attack=0.06, release=0.2, spread=4, depth=12
)
choir = partial(
    _ensemble,
    players=4,
    shape="soft",
    low=1200,
    high=5000,
    attack=0.25,
    release=0.6,
    spread=12,
    depth=14,
)

"""An acoustic drum kit: skins on shells, snare wires, and cymbals of hundreds of partials."""

from __future__ import annotations

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.modes import Band, hiss, ring

Rng = np.random.Generator

_SKIN = np.array((1.0, 1.59, 2.14, 2.30, 2.65, 2.92, 3.16, 3.50, 4.06, 4.60))
"""The partials of an ideal round skin: zeros of Bessel functions, relative to the first."""


def _bent(sound: Audio, amount: float, seconds: float) -> Audio:
    """Return a sound whose pitch begins higher by `amount` and falls: a stroke stretches a skin."""
    t = dsp.times(len(sound))
    place = (t + amount * seconds * (1 - np.exp(-t / np.float32(seconds)))) * dsp.RATE
    steps = np.arange(len(sound))
    return np.asarray(np.interp(place, steps, sound, right=0.0), np.float32)


def _skin(n: int, rng: Rng, tone: float, decay: float, tilt: float, spread: float = 0.02) -> Audio:
    """Return a struck skin: partials above the first are weaker by `tilt` and fade sooner."""
    ratios = _SKIN * (1 + spread * rng.standard_normal(len(_SKIN)))
    ratios[0] = 1.0
    levels = ratios**-tilt * (0.7 + 0.6 * rng.random(len(_SKIN)))
    levels[0] = 1.0
    return ring(n, tone * ratios, levels, decay * ratios**-1.1, rng, 0.15)


def kick(
    rng: Rng, *, tone: float = 54, decay: float = 0.075, click: float = 0.0, wires: float = -46.0
) -> Audio:
    """A damped bass drum. click: dB of the beater; wires: dB of the resonating snare wires."""
    n = dsp.samples(0.55)
    tone *= 1 + 0.01 * float(rng.standard_normal())
    body = ring(
        n,
        (tone, tone * 1.83, tone * 2.95, tone * 3.7, tone * 4.4),
        (1.0, 0.75, 0.22, 0.14, 0.1),
        (decay, 0.034, 0.03, 0.022, 0.018),
        rng,
        0.04,
    )
    body = _bent(body, 0.75, 0.011)
    beater: tuple[Band, ...] = (
        (250, 900, -22 + click * 0.5, 0.009),
        (1300, 2600, -16 + click, 0.006),
        (2400, 5200, -15 + click, 0.0045),
        (5000, 9000, -23 + click, 0.003),
        (250, 4500, -36 + click * 0.5, 0.03),
    )
    return body + hiss(n, rng, beater) + hiss(n, rng, ((1500, 7500, wires, 0.09),), 0.012)


def snare(
    rng: Rng, *, tone: float = 195, decay: float = 0.05, wires: float = 0.0, rattle: float = 0.07
) -> Audio:
    """A snare drum. wires: dB, rattle: seconds of the wires below the skin."""
    n = dsp.samples(0.6)
    tone *= 1 + 0.012 * float(rng.standard_normal())
    skin = _bent(_skin(n, rng, tone, decay, 1.0, 0.03), 0.1, 0.012)
    skin += ring(n, (tone * 0.84, tone * 1.12), (0.3, 0.25), (0.06, 0.05), rng, 0.3)
    ringing: tuple[Band, ...] = (
        (380, 900, -20 + wires, rattle * 0.8),
        (900, 1900, -20 + wires, rattle * 0.85),
        (1900, 3800, -18 + wires, rattle),
        (3800, 7000, -16 + wires, rattle * 1.1),
        (7000, 12000, -22 + wires, rattle),
    )
    stick: tuple[Band, ...] = ((500, 2500, -14, 0.004), (2500, 9000, -14, 0.0035))
    return skin * np.float32(1.4) + hiss(n, rng, ringing, 0.0015) + hiss(n, rng, stick)


def tom(rng: Rng, *, tone: float = 110, decay: float = 0.16) -> Audio:
    """A tom: its pitch falls by less than a tone, and the snare wires resonate."""
    n = dsp.samples(min(0.9, decay * 5))
    skin = _bent(_skin(n, rng, tone, decay, 1.3), 0.12, 0.03)
    stick: tuple[Band, ...] = (
        (300, 1500, -19, 0.012), (1500, 4500, -23, 0.006), (2000, 7000, -44, 0.12)
    )  # fmt: skip
    return skin * np.float32(0.9) + hiss(n, rng, stick)


def _plate(n: int, rng: Rng, count: int, low: float, high: float, decay: float) -> Audio:
    """Return bronze: partials close together, the high ones fading sooner; RMS-like scale."""
    share = (np.arange(count) + rng.random(count)) / count
    hertz = low * (high / low) ** (share**0.8)
    levels = rng.rayleigh(1.0, count) * (hertz / 3000) ** 0.15
    fade = decay * (hertz / 3000) ** -0.35 * (0.6 + 0.8 * rng.random(count))
    return ring(n, hertz, levels * (1.4 / np.sqrt(count)), fade, rng)


def hat(rng: Rng, *, decay: float = 0.04, clank: float = 0.0) -> Audio:
    """A hi-hat. decay: seconds; open it is long. clank: dB of the edge's low partials."""
    n = dsp.samples(min(decay * 7 + 0.05, 0.9))
    plates = _plate(n, rng, 160, 2400, 15000, decay)
    edge = ring(
        n,
        330 * (1 + 8 * rng.random(24)),
        np.full(24, 0.05 * 10 ** (clank / 20)),
        np.full(24, decay * 0.7),
        rng,
    )
    air: tuple[Band, ...] = ((3000, 6500, -14, decay * 0.8), (6500, 13000, -9, decay * 0.9))
    stick: tuple[Band, ...] = ((900, 3000, -22, 0.004), (3000, 10000, -8, 0.003))
    return (plates + edge + hiss(n, rng, air) + hiss(n, rng, stick)) * np.float32(0.6)


def crash(rng: Rng, *, decay: float = 0.55) -> Audio:
    """A crash cymbal: struck low, its high partials rise within 50 ms and ring."""
    n = dsp.samples(2.0)
    t = dsp.times(n)
    wash = _plate(n, rng, 420, 1500, 15000, decay) * (1 - np.exp(-t / np.float32(0.018)))
    gong = ring(
        n,
        420 * 3.2 ** rng.random(30),
        rng.rayleigh(0.10, 30),
        0.06 + 0.5 * rng.random(30) ** 2,
        rng,
    )
    air: tuple[Band, ...] = ((2500, 6000, -13, decay * 0.6), (6000, 12500, -12, decay * 0.5))
    stick: tuple[Band, ...] = ((500, 2500, -10, 0.02), (2500, 9000, -8, 0.006))
    out = wash + gong + hiss(n, rng, air, 0.02) + hiss(n, rng, stick)
    out[-8000:] *= np.linspace(1, 0, 8000, dtype=np.float32)
    return np.asarray(out * 0.5, np.float32)


def ride(rng: Rng, *, decay: float = 0.4) -> Audio:
    """A ride cymbal: a ping of a few clear partials over a quiet wash."""
    n = dsp.samples(1.5)
    ping = ring(
        n,
        np.array((318, 386, 865, 1250, 1410, 2560, 2690, 2745, 3480, 4390, 5210))
        * (1 + 0.004 * rng.standard_normal(11)),
        np.array((0.05, 0.05, 0.09, 0.07, 0.07, 0.16, 0.3, 0.28, 0.2, 0.16, 0.12)),
        np.array((0.5, 0.5, 0.5, 0.5, 0.45, 0.3, 0.3, 0.3, 0.2, 0.18, 0.15)),
        rng,
    )
    wash = _plate(n, rng, 260, 2500, 14000, decay) * np.float32(0.22)
    stick: tuple[Band, ...] = ((1500, 4500, -17, 0.006), (4500, 13000, -9, 0.008))
    out = ping + wash + hiss(n, rng, stick)
    out[-8000:] *= np.linspace(1, 0, 8000, dtype=np.float32)
    return np.asarray(out * 0.8, np.float32)


def rim(rng: Rng) -> Audio:
    """A stick laid across the snare drum."""
    n = dsp.samples(0.2)
    knock = ring(
        n,
        np.array((430, 690, 1210, 1300, 1720, 2480, 3900)) * (1 + 0.01 * rng.standard_normal(7)),
        (0.2, 0.3, 0.8, 0.5, 0.4, 0.4, 0.3),
        (0.02, 0.018, 0.016, 0.014, 0.01, 0.008, 0.006),
        rng,
        0.2,
    )
    stick: tuple[Band, ...] = ((1000, 9000, -16, 0.004), (1500, 7000, -40, 0.05))
    return (knock + hiss(n, rng, stick)) * np.float32(0.6)


def tambourine(rng: Rng) -> Audio:
    """Eight pairs of jingles that strike twice."""
    n = dsp.samples(0.4)
    out = np.zeros(n, dtype=np.float32)
    for at, level in ((0.0, 0.6), (0.009, 1.0), (0.021, 0.5), (0.048, 0.35)):
        begin = dsp.samples(at + 0.003 * float(rng.random()))
        hertz = np.concatenate([3100 * 2.8 ** rng.random(24), 8500 * 1.6 ** rng.random(16)])
        jingles = ring(n - begin, hertz, rng.rayleigh(0.12, 40), 0.02 + 0.05 * rng.random(40), rng)
        out[begin:] += jingles * np.float32(level)
    return out

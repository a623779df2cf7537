"""The drums of machines, hand drums and small percussion; and transitions."""

from __future__ import annotations

import numpy as np

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import Audio

Rng = np.random.Generator


def _noise(n: int, rng: Rng, low: float, high: float, slope: float = 4.0) -> Audio:
    sound = dsp.shape_spectrum(
        rng.standard_normal(n).astype(np.float32), dsp.band(low, high, slope)
    )
    return np.asarray(sound / (np.sqrt(np.mean(sound**2)) + np.float32(1e-9)), np.float32)


def _drop(n: int, start: float, end: float, speed: float) -> Audio:
    """Return a sine that falls from `start` to `end` Hz."""
    frequency = end + (start - end) * dsp.decay(n, speed)
    return dsp.lookup(dsp.table((1.0,)), dsp.gliding(frequency))


def kick(
    rng: Rng,
    *,
    tone: float = 52,
    punch: float = 190,
    length: float = 0.16,
    click: float = 0.3,
    drive: float = 1.4,
) -> Audio:
    n = dsp.samples(length * 3.2)
    body = _drop(n, punch, tone, 0.022) * dsp.decay(n, length)
    m = min(n, dsp.samples(0.012))
    body[:m] += _noise(m, rng, 1500, 7000) * dsp.decay(m, 0.003) * np.float32(click)
    return np.asarray(np.tanh(body * drive).astype(np.float32), np.float32)


def snare(
    rng: Rng, *, tone: float = 190, length: float = 0.12, wires: float = 0.55, bright: float = 7500
) -> Audio:
    n = dsp.samples(length * 3.5)
    shell = (
        _drop(n, tone * 1.5, tone, 0.012) * 0.9 + _drop(n, tone * 2.4, tone * 1.72, 0.01) * 0.4
    ) * dsp.decay(n, 0.075)
    rattle = _noise(n, rng, 900, bright, 3) * dsp.decay(n, length)
    snap = _noise(n, rng, 2500, 11000) * dsp.decay(n, 0.008)
    return np.asarray(
        np.tanh(shell + rattle * np.float32(wires * 0.7) + snap * np.float32(0.25)), np.float32
    )


def clap(rng: Rng, *, length: float = 0.11) -> Audio:
    n = dsp.samples(0.4)
    out = np.zeros(n, dtype=np.float32)
    grain = _noise(n, rng, 900, 4200, 5)
    for delay, level in ((0.0, 0.7), (0.011, 0.8), (0.021, 0.75)):
        i = dsp.samples(delay + float(rng.random()) * 0.002)
        out[i:] += grain[: n - i] * dsp.decay(n - i, 0.006) * np.float32(level)
    i = dsp.samples(0.03)
    out[i:] += grain[: n - i] * dsp.decay(n - i, length * 0.55)
    return out * np.float32(0.5)


def hat(rng: Rng, *, length: float = 0.035, low: float = 6800, metal: float = 0.35) -> Audio:
    n = dsp.samples(min(length * 5, 0.9))
    square = dsp.table(tuple(1 / k if k % 2 else 0.0 for k in range(1, 20)))
    ring = np.zeros(n, dtype=np.float32)
    for f in (2051.0, 3077.0, 3691.0, 4153.0, 5389.0, 6243.0):
        ring += dsp.lookup(square, dsp.phases(f * (1 + 0.01 * float(rng.random())), n))
    ring = dsp.shape_spectrum(ring, dsp.band(low, 13000, 6))
    hiss = _noise(n, rng, low, 13500, 6)
    level = np.sqrt(np.mean(ring**2)) + 1e-9
    return np.asarray(
        ((hiss * (1 - metal) + ring / level * metal) * dsp.decay(n, length) * 0.4).astype(
            np.float32
        ),
        np.float32,
    )


def crash(rng: Rng, *, length: float = 0.75) -> Audio:
    n = dsp.samples(length * 3.2)
    wash = _noise(n, rng, 3200, 12500, 4) * dsp.decay(n, length)
    stroke = _noise(n, rng, 1200, 9000) * dsp.decay(n, 0.05)
    out = (wash * 0.5 + stroke * 0.35).astype(np.float32)
    out[-4000:] *= np.linspace(1, 0, 4000, dtype=np.float32)
    return out


def tom(rng: Rng, *, tone: float = 110, length: float = 0.2) -> Audio:
    n = dsp.samples(length * 3.2)
    body = _drop(n, tone * 1.6, tone, 0.05) * dsp.decay(n, length)
    body += _noise(n, rng, 400, 3500) * dsp.decay(n, 0.012) * np.float32(0.12)
    return np.asarray(np.tanh(body * 1.2).astype(np.float32), np.float32)


def shaker(rng: Rng, *, length: float = 0.045) -> Audio:
    n = dsp.samples(length * 4)
    swell = np.minimum(1, dsp.times(n) / np.float32(0.018))
    return np.asarray(
        (_noise(n, rng, 5200, 11000) * swell * dsp.decay(n, length) * 0.3).astype(np.float32),
        np.float32,
    )


def rim(rng: Rng, *, tone: float = 1700) -> Audio:
    n = dsp.samples(0.15)
    knock = _drop(n, tone * 1.1, tone, 0.004) + 0.6 * _drop(n, tone * 0.3, tone * 0.28, 0.01)
    return (
        knock * dsp.decay(n, 0.018) + _noise(n, rng, 2000, 8000) * dsp.decay(n, 0.004) * 0.3
    ).astype(np.float32) * np.float32(0.7)


def tambourine(rng: Rng, *, length: float = 0.07) -> Audio:
    out = hat(rng, length=length, low=6200, metal=0.7)
    late = dsp.samples(0.014)
    out[late:] += out[:-late].copy() * np.float32(0.6)
    return out * np.float32(0.8)


def skin(rng: Rng, *, tone: float, length: float = 0.13, slap: float = 0.2) -> Audio:
    """A hand drum."""
    n = dsp.samples(length * 3.5)
    body = _drop(n, tone * 1.18, tone, 0.015) + 0.35 * _drop(n, tone * 1.9, tone * 1.7, 0.01)
    tap = _noise(n, rng, 800, 4500) * dsp.decay(n, 0.006) * np.float32(slap)
    return np.asarray((body * dsp.decay(n, length) + tap) * 0.7, np.float32)


def block(rng: Rng, *, tones: tuple[float, ...], length: float) -> Audio:
    """Wood or metal: clave, cowbell, timbale shell."""
    n = dsp.samples(length * 5)
    out = np.zeros(n, dtype=np.float32)
    for i, tone in enumerate(tones):
        out += dsp.lookup(dsp.table((1.0, 0.2, 0.3)), dsp.phases(tone, n)) * np.float32(0.8**i)
    tap = _noise(n, rng, 2000, 8000) * dsp.decay(n, 0.003) * np.float32(0.2)
    return np.asarray((out * dsp.decay(n, length) + tap) * 0.5, np.float32)


def taiko(rng: Rng) -> Audio:
    n = dsp.samples(1.3)
    body = _drop(n, 130, 62, 0.05) * dsp.decay(n, 0.33) + _drop(n, 190, 104, 0.04) * dsp.decay(
        n, 0.16
    ) * np.float32(0.5)
    skin_noise = _noise(n, rng, 150, 2200) * dsp.decay(n, 0.03) * np.float32(0.3)
    return np.asarray(np.tanh((body + skin_noise) * 1.5), np.float32)


def brush(rng: Rng) -> Audio:
    n = dsp.samples(0.3)
    swell = np.minimum(1, dsp.times(n) / np.float32(0.04))
    return np.asarray(_noise(n, rng, 1500, 7500, 3) * swell * dsp.decay(n, 0.09) * 0.3, np.float32)


def chip(rng: Rng, *, period: int, length: float, drop: float = 0.0) -> Audio:
    """Noise in steps, as an old sound chip makes it; `drop` Hz adds a falling tone."""
    n = dsp.samples(length * 4)
    steps = np.sign(rng.standard_normal(n // period + 1)).astype(np.float32)
    out = np.repeat(steps, period)[:n] * dsp.decay(n, length) * np.float32(0.5)
    if drop:
        tone = np.sign(_drop(n, drop * 4, drop, 0.03))
        out = tone * dsp.decay(n, length) * np.float32(0.8) + out * np.float32(0.15)
    return np.asarray(out, np.float32)


def gated(rng: Rng) -> Audio:
    """A snare with gated reverb, as in the 1980s."""
    dry = snare(rng, tone=180, length=0.14, wires=0.7)
    n = dsp.samples(0.42)
    out = np.zeros(n, dtype=np.float32)
    out[: min(n, len(dry))] += dry[:n]
    wash = _noise(n, rng, 350, 6500, 3) * (0.45 - 0.25 * dsp.times(n) / np.float32(0.3))
    shut = dsp.samples(0.26)
    wash[shut:] *= np.exp(-np.arange(n - shut) / np.float32(0.008 * dsp.RATE))
    return np.asarray(out + wash * np.float32(0.45), np.float32)


def riser(n: int, rng: Rng) -> Audio:
    """Noise that rises over n samples, stereo."""
    out = np.zeros((2, n), dtype=np.float32)
    steps = 24
    window = np.hanning(2 * n // steps + 2).astype(np.float32)
    for side in (0, 1):
        for i in range(steps):
            begin = i * n // steps
            m = min(len(window), n - begin)
            centre = 400.0 * 20 ** (i / steps)
            grain = _noise(max(m, 64), rng, centre * 0.7, centre * 1.5)[:m]
            out[side, begin : begin + m] += grain * window[:m] * np.float32((i / steps) ** 2)
    return out * np.float32(0.3)


def effect(name: str, n: int, rng: Rng) -> Audio:
    """A transition of n samples, stereo: riser, reverse, impact, fall."""
    if name == "riser":
        return riser(n, rng)
    if name == "reverse":
        wash = np.stack([crash(rng, length=n / dsp.RATE / 2.2) for _ in (0, 1)])[:, :n]
        out = np.zeros((2, n), dtype=np.float32)
        out[:, n - wash.shape[1] :] = wash[:, ::-1] * np.float32(0.5)
        return out
    if name == "impact":
        boom = _drop(n, 95, 38, 0.12) * dsp.decay(n, 0.5)
        wash = np.stack([_noise(n, rng, 200, 5000) for _ in (0, 1)]) * dsp.decay(n, 0.25)
        return np.asarray(np.tanh(boom * 1.2) * 0.7 + wash * 0.12, np.float32)
    return riser(n, rng)[:, ::-1] * np.float32(0.6)

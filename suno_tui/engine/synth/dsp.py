"""Building blocks: band-limited oscillators, envelopes, filters and convolution, at 44.1 kHz."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Audio = NDArray[np.float32]  # [n], or [2, n] where stereo
Response = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""The gain of a filter at frequencies in Hz."""
_SIZE = 4096


def samples(seconds: float) -> int:
    return max(1, round(seconds * RATE))


def times(n: int) -> Audio:
    """Return seconds from 0 for n samples."""
    return np.arange(n, dtype=np.float32) / np.float32(RATE)


@lru_cache(maxsize=512)
def table(amplitudes: tuple[float, ...]) -> Audio:
    """One period of a sum of sine partials (the first is the fundamental), unit RMS-like scale."""
    spectrum = np.zeros(_SIZE // 2 + 1, dtype=np.complex128)
    spectrum[1 : len(amplitudes) + 1] = -1j * np.asarray(amplitudes) * (_SIZE / 2)
    return np.fft.irfft(spectrum).astype(np.float32)


def phases(frequency: float, n: int, start: float = 0.0) -> NDArray[np.uint32]:
    """Return exact, wrapping phase of a steady tone: 2**32 is one period."""
    step = np.uint32(round(frequency / RATE * 2**32) & 0xFFFFFFFF)
    return np.arange(n, dtype=np.uint32) * step + np.uint32(int(start * 2**32) & 0xFFFFFFFF)


def gliding(frequency: NDArray[np.floating], start: float = 0.0) -> NDArray[np.uint32]:
    """Return the phase of a tone whose frequency (Hz, one value a sample) changes."""
    cycles = np.cumsum(frequency, dtype=np.float64)
    cycles *= 1.0 / RATE
    cycles += start
    cycles -= np.floor(cycles)
    return (cycles * 4294967295.0).astype(np.uint32)


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def detuned(frequency: float, cents: float) -> float:
    return float(frequency * 2.0 ** (cents / 1200.0))


def vibrato(
    n: int, frequency: float, rate: float, cents: float, delay: float = 0.0, turn: float = 0.0
) -> NDArray[np.uint32]:
    """Return what to add to a steady phase for a vibrato that sets in after `delay` seconds."""
    t = times(n)
    swing = np.sin(np.float32(2 * np.pi) * (np.float32(rate) * t + np.float32(turn)))
    if delay > 0:
        swing *= np.clip((t - np.float32(delay)) * np.float32(3.0), 0.0, 1.0)
    depth = frequency * cents * 5.776e-4 / (2 * np.pi * rate)
    return np.asarray(
        (swing * np.float32(depth * 4294967296.0)).astype(np.int64).astype(np.uint32), np.uint32
    )


def lookup(wave: Audio, phase: NDArray[np.uint32]) -> Audio:
    return np.asarray(wave[phase >> np.uint32(20)], np.float32)


SHAPES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "saw": lambda k: 1 / k,
    "square": lambda k: np.where(k % 2 == 1, 1 / k, 0.0),
    "triangle": lambda k: np.where(k % 2 == 1, 1 / k**2, 0.0),
    "pulse": lambda k: np.abs(np.sin(np.pi * k * 0.22)) / k * 1.4,
    "soft": lambda k: 1 / k**1.6,
    "reed": lambda k: np.where(k % 2 == 1, 1.0, 0.45) / k,
    "hollow": lambda k: np.where(k % 2 == 1, 1.0, 0.08) / k**1.3,
    "sine": lambda k: np.where(k == 1, 1.0, 0.0),
    "organ": lambda k: np.where(np.isin(k, (1, 2, 3, 4, 6, 8)), 1 / k**0.55, 0.0),
}


@lru_cache(maxsize=2048)
def filtered_table(shape: str, frequency: int, cutoff: int, resonance: float) -> Audio:
    """One period of a shape at a pitch (Hz), through a 24 dB/octave low-pass with a peak."""
    count = max(1, min(_SIZE // 2 - 1, int(16_000 / max(frequency, 16))))
    k = np.arange(1, count + 1, dtype=np.float64)
    x = k * frequency / cutoff
    gain = 1 / np.sqrt(1 + x**6) * (1 + resonance * np.exp(-((np.log2(x) * 3.0) ** 2)))
    return table(tuple(SHAPES[shape](k) * gain))


def _grid(value: float) -> int:
    """Return a frequency on a grid of a third of a semitone, so that tables are shared."""
    return int(2 ** (round(np.log2(max(value, 20.0)) * 36) / 36) + 0.5)


def voice(
    shape: str, phase: NDArray[np.uint32], frequency: float, cutoff: float, resonance: float = 0.0
) -> Audio:
    """Return a shape at a pitch through a steady low-pass."""
    return lookup(filtered_table(shape, _grid(frequency), _grid(cutoff), resonance), phase)


def swept(
    shape: str,
    phase: NDArray[np.uint32],
    frequency: float,
    low: float,
    high: float,
    position: Audio,
    resonance: float = 0.0,
    steps: int = 4,
) -> Audio:
    """Return a shape through a low-pass at `low` (`position` 0) to `high` Hz (`position` 1).

    Cross-fades between tables of equal phase, which is a true filter sweep up to the grid's steps.
    """
    index = phase >> np.uint32(20)
    place = position * np.float32(steps - 1)
    out = np.zeros(len(phase), dtype=np.float32)
    for i in range(steps):
        cutoff = low * (high / low) ** (i / (steps - 1))
        weight = np.maximum(0.0, 1.0 - np.abs(place - np.float32(i)))
        wave = filtered_table(shape, _grid(frequency), _grid(cutoff), resonance)
        out += wave[index] * weight
    return out


def adsr(n: int, attack: float, decay: float, sustain: float, release: float, held: int) -> Audio:
    """Return an envelope over n samples: decay to `sustain`, release after `held` samples."""
    t = times(n)
    envelope = sustain + (1 - sustain) * np.exp(-np.maximum(t - attack, 0) / max(decay, 1e-4))
    envelope *= np.minimum(1, t / max(attack, 5e-4))
    if held < n:
        tail = np.exp(-t[: n - held] * np.float32(5 / max(release, 1e-3)))
        envelope[held:] = envelope[min(held, n - 1)] * tail
        fade = min(64, n - held)
        envelope[n - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(envelope.astype(np.float32), np.float32)


def decay(n: int, seconds: float) -> Audio:
    """Return an exponential that falls to 1/e in `seconds`."""
    return np.asarray(np.exp(times(n) * np.float32(-1 / seconds)), np.float32)


def shape_spectrum(
    signal: Audio,
    response: Response,
) -> Audio:
    """Filter a short sound without phase shift; `response` gives the gain at frequencies in Hz."""
    n = signal.shape[-1]
    size = fast_size(n + 2048)
    gain = response(np.fft.rfftfreq(size, 1 / RATE).astype(np.float64)).astype(np.float32)
    return np.fft.irfft(np.fft.rfft(signal, size) * gain, size)[..., :n].astype(np.float32)


def band(
    low: float,
    high: float,
    slope: float = 4.0,
) -> Response:
    """Return a smooth band-pass response from `low` to `high` Hz."""

    def response(f: NDArray[np.float64]) -> NDArray[np.float64]:
        f = np.maximum(f, 1.0)
        return 1 / np.sqrt((1 + (low / f) ** slope) * (1 + (f / high) ** slope))

    return response


def shelf(
    f: NDArray[np.float64], corner: float, decibels: float, high: bool
) -> NDArray[np.float64]:
    """Return the gain of a gentle shelf above (or below) a corner."""
    x = (np.maximum(f, 1.0) / corner) ** 2
    share = x / (1 + x) if high else 1 / (1 + x)
    return 10 ** (decibels * share / 20)


def bell(
    f: NDArray[np.float64],
    centre: float,
    decibels: float,
    octaves: float = 1.0,
) -> NDArray[np.float64]:
    """Return the gain of a bell of a width in octaves."""
    distance = np.log2(np.maximum(f, 1.0) / centre) / octaves
    return 10 ** (decibels * np.exp(-(distance**2) * 2) / 20)


@lru_cache(maxsize=4096)
def fast_size(n: int) -> int:
    """Return the smallest number not below n with no prime factor above 5: a quick FFT."""
    best = 1 << (n - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            size = three
            while size < n:
                size *= 2
            best = min(best, size)
            three *= 3
        five *= 5
    return int(best)


def convolve(signal: Audio, kernel: Audio, block: int = 1 << 16) -> Audio:
    """Overlap-add convolution along the last axis, cut to the signal's length."""
    n, m = signal.shape[-1], kernel.shape[-1]
    size = fast_size(min(block, n) + m)
    step = size - m + 1
    response = np.fft.rfft(kernel, size)
    out = np.zeros(signal.shape, dtype=np.float32)
    for start in range(0, n, step):
        piece = np.fft.irfft(np.fft.rfft(signal[..., start : start + step], size) * response, size)
        end = min(n, start + size)
        out[..., start:end] += piece[..., : end - start]
    return out


def minimum_kernel(
    response: Response,
    taps: int = 1024,
) -> Audio:
    """Return a minimum-phase FIR with a given magnitude response: an equaliser without pre-echo."""
    size = taps * 4
    gain = np.maximum(response(np.fft.rfftfreq(size, 1 / RATE).astype(np.float64)), 1e-4)
    cepstrum = np.fft.irfft(np.log(gain))
    fold = np.zeros(size)
    fold[0] = cepstrum[0]
    fold[1 : size // 2] = 2 * cepstrum[1 : size // 2]
    fold[size // 2] = cepstrum[size // 2]
    kernel = np.fft.irfft(np.exp(np.fft.rfft(fold)), size)[:taps]
    kernel[taps // 2 :] *= np.linspace(1, 0, taps - taps // 2)
    return kernel.astype(np.float32)

"""A vocal tract over time: a voiced source and noise through moving formants, by short FFTs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import RATE, Audio

HOP = 256
_WINDOW = 1024
_SIZE = 2048
_BINS = 560  # up to 12 kHz

Track = NDArray[np.float32]  # one value a hop


@dataclass(frozen=True)
class Tracks:
    """The state of the tract, a value each HOP samples: pitch and formants in Hz, linear gains."""

    pitch: Track
    voiced: Track
    breath: Track
    formants: Track  # [frames, 3]
    nasal: Track  # 0..1
    hiss: Track  # frication
    hiss_centre: Track
    hiss_width: Track  # octaves
    bright: Track  # dB an octave of the source, relative to neutral


@lru_cache(maxsize=16)
def _upper(scale: float) -> NDArray[np.complex64]:
    """Return the response of the formants from the fourth up, which are fixed."""
    response = np.ones(_BINS, dtype=np.complex128)
    for i in range(4, 15):
        centre = (3450 + (i - 4) * 1000) * scale
        response *= _resonance(np.array([[centre]]), np.array([[120 + 35.0 * (i - 3)]]))[0]
    return response.astype(np.complex64)


def _resonance(
    centre: NDArray[np.floating],
    width: NDArray[np.floating],
) -> NDArray[np.complex64]:
    """Return two-pole resonators with unit gain at 0 Hz: [frames, 1] -> [frames, bins]."""
    z = np.exp(-2j * np.pi * np.arange(_BINS) / _SIZE).astype(np.complex64)
    radius = np.exp(-np.pi * width / RATE)
    a1 = (-2 * radius * np.cos(2 * np.pi * centre / RATE)).astype(np.float32)
    a2 = (radius**2).astype(np.float32)
    out = a2 * (z * z)
    out += a1 * z
    out += 1
    np.divide((1 + a1 + a2), out, out=out)
    return np.asarray(out, np.complex64)


def speak(tracks: Tracks, scale: float, rng: np.random.Generator) -> Audio:
    """Return mono sound, HOP samples for each value of the tracks. scale: formants, 1 for a man."""
    frames = len(tracks.pitch)
    n = frames * HOP
    top = float(np.max(tracks.pitch))
    at = np.arange(n, dtype=np.float32) / HOP
    knots = np.arange(frames, dtype=np.float32)
    pitch = np.interp(at, knots, tracks.pitch)
    count = max(1, int(20_000 / top))
    k = np.arange(1, count + 1)
    glottis = tuple((1.0 / k**1.05) * (1 - 0.35 * (k == 2)))
    source = dsp.lookup(dsp.table(glottis), dsp.gliding(pitch, float(rng.random())))
    source *= np.interp(at, knots, tracks.voiced).astype(np.float32) * np.sqrt(
        np.float32(150.0 / np.median(tracks.pitch))
    )
    hiss = rng.standard_normal(n).astype(np.float32)
    voiced = windows(source)
    noise = windows(hiss)
    f = (np.arange(_BINS) * RATE / _SIZE).astype(np.float32)
    out = np.zeros(n + _WINDOW * 2, dtype=np.float32)
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    upper = _upper(scale)
    octave = np.log2(np.maximum(f, 100.0) / 500.0).astype(np.float32)
    # A voice is noisier at higher frequencies; above 5 kHz it is mostly noise.
    share = 0.85 / (1 + np.exp((4800 - f) / 900))
    pure = np.sqrt(1 - share**2).astype(np.float32)
    rough = (share * 950 / np.maximum(f, 60.0)).astype(np.float32)
    for start in range(0, len(voiced), 256):
        part = slice(start, min(start + 256, frames))
        loud = tracks.voiced[part] + tracks.breath[part] + tracks.hiss[part]
        if float(np.max(loud, initial=0.0)) < 1e-4:
            continue
        response = np.broadcast_to(upper, (part.stop - part.start, _BINS)).copy()
        for i, width in enumerate((75.0, 95.0, 130.0)):
            centre = np.maximum(
                tracks.formants[part, i] * np.float32(scale),
                tracks.pitch[part] * np.float32(1.02) if i == 0 else 1.0,
            )
            spread = width + 90.0 * tracks.nasal[part] + centre * 0.012
            response *= _resonance(centre[:, None], spread[:, None])
        nasal = tracks.nasal[part, None]
        response *= 1 - nasal * np.float32(0.75) * (1 / (1 + np.exp((420 - f) / 60)))
        tilt = 10 ** (tracks.bright[part, None] * octave / 20)
        a = np.fft.rfft(voiced[part] * window, _SIZE)[:, :_BINS]
        b = np.fft.rfft(noise[part] * window, _SIZE)[:, :_BINS]
        lift = np.sqrt(np.maximum(f, 60.0) / 4000.0)
        a *= tilt * pure
        spectrum = response * (
            a + b * (tracks.breath[part, None] * lift + tracks.voiced[part, None] * tilt * rough)
        )
        distance = np.log2(np.maximum(f, 60.0) / tracks.hiss_centre[part, None])
        shape = np.exp(-((distance / tracks.hiss_width[part, None]) ** 2))
        spectrum += b * (shape * tracks.hiss[part, None])
        full = np.zeros((len(spectrum), _SIZE // 2 + 1), dtype=np.complex64)
        full[:, :_BINS] = spectrum
        pieces = np.fft.irfft(full, _SIZE).astype(np.float32)
        pieces[:, _WINDOW:] *= np.linspace(1, 0, _SIZE - _WINDOW, dtype=np.float32)
        for i in range(len(pieces)):
            begin = (part.start + i) * HOP
            stop = min(begin + _SIZE, len(out))
            out[begin:stop] += pieces[i, : stop - begin]
    return out[_WINDOW // 2 : _WINDOW // 2 + n] * np.float32(0.5)


def windows(signal: Audio) -> Audio:
    """Return overlapping windows centred on each hop, as a view."""
    padded = np.concatenate(
        [np.zeros(_WINDOW // 2, np.float32), signal, np.zeros(_WINDOW, np.float32)]
    )
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][: len(signal) // HOP]

"""The master: tone, glue and level, without a clipped peak."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from suno_tui.local.music.plan import Plan
from suno_tui.local.music.synth import dsp, effects
from suno_tui.local.music.synth.dsp import Audio

LOUDNESS = -13.74  # LUFS; LAME takes 0.26 dB off, which leaves -14
CEILING = -2.8  # dB of true peak; leaves room for what MP3 adds to a peak


def master(plan: Plan, song: Audio, progress: Callable[[str, float], None]) -> Audio:
    """Bring a stereo song [2, n] to its tone and loudness in place, and return it."""
    progress("master", 0.0)
    low, middle, high = plan.style.tone

    def tone(f: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = (
            dsp.shelf(f, 120, low, False)
            * dsp.bell(f, 42, -2.5, 1.0)
            * dsp.bell(f, 1200, middle, 1.5)
        )
        gain = gain * dsp.shelf(f, 6000, high + plan.bright + 0.8, True)
        gain = gain / np.sqrt(1 + (26.0 / np.maximum(f, 1.0)) ** 4)
        # What the encoder would cut anyway: cut after limiting, it would leave higher peaks.
        return np.asarray(gain / np.sqrt(1 + (f / 16_800) ** 48))

    kernel = dsp.minimum_kernel(tone, 1024)
    for side in (0, 1):
        song[side] = dsp.convolve(song[side], kernel)
        progress("master", 0.15 * (side + 1))
    progress("master", 0.4)
    if plan.style.ending == "fade":
        _fade(song, min(9.0, song.shape[1] / dsp.RATE * 0.12))
    song *= np.float32(10 ** ((LOUDNESS - effects.loudness(song, 2)) / 20))
    effects.compress(song, -15.0, 1.7, 0.025, 0.2)
    for i in range(3):
        progress("master", 0.45 + i * 0.18)
        level = effects.loudness(song, 1 if i else 2)
        if level > -69:
            song *= np.float32(10 ** ((LOUDNESS - level) / 20))
        progress("master", 0.54 + i * 0.18)
        effects.limit(song, CEILING, exact=i == 2)
    _fade(song, 1.2)
    return song


def _fade(song: Audio, seconds: float) -> None:
    fade = min(song.shape[1], dsp.samples(seconds))
    song[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** np.float32(1.7)

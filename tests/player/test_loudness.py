"""Loudness as BS.1770 measures it."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from suno_tui.common.loudness import loudness

RATE = 44_100


@pytest.mark.parametrize("level", [1.0, 0.1, 0.01])
def test_loudness_is_that_of_the_standard(level: float) -> None:
    noise = np.random.default_rng(1).standard_normal((RATE * 4, 2)) * 0.2 * level
    noise[RATE : 2 * RATE] *= 0.001
    samples = np.clip(noise * 32767, -32768, 32767).astype(np.int16)
    meter = pyloudnorm.Meter(RATE)
    expected = meter.integrated_loudness(samples / 32768)
    assert loudness([samples], RATE)[0] == pytest.approx(expected, abs=0.1)


def test_the_relative_gate_is_taken_from_what_passes_the_absolute_one() -> None:
    """Long silence must not lower it: else the soft part, 15 LU under the loud one, would count."""
    rng = np.random.default_rng(7)
    levels = np.repeat([0.2, 0.2 * 10 ** (-15 / 20), 0.0], [RATE * 6, RATE * 6, RATE * 60])
    samples = np.rint(rng.standard_normal((len(levels), 2)) * levels[:, None] * 32767 / 2)
    samples = samples.astype(np.int16)
    found, peak = loudness([samples], RATE)
    assert found == pytest.approx(
        pyloudnorm.Meter(RATE).integrated_loudness(samples / 32768), abs=0.1
    )
    loud, _ = loudness([samples[: RATE * 6]], RATE)
    assert found == pytest.approx(loud, abs=0.3), "only the loud part counts"
    assert peak == np.abs(samples.astype(int)).max()


@pytest.mark.parametrize("size", [441, 4409, 65_536, 70_000])
def test_loudness_comes_piece_by_piece(size: int) -> None:
    noise = np.random.default_rng(2).standard_normal((RATE * 3, 2))
    samples = (noise * 3000).astype(np.int16)
    pieces = [samples[at : at + size] for at in range(0, len(samples), size)]
    assert loudness(pieces, RATE)[0] == pytest.approx(loudness([samples], RATE)[0], abs=1e-4)


def test_silence_has_no_loudness() -> None:
    assert loudness([np.zeros((RATE, 2), np.int16)], RATE)[0] == float("-inf")
    assert loudness([np.zeros((100, 2), np.int16)], RATE)[0] == float("-inf")


def test_silence_does_not_lower_the_gate_of_loudness() -> None:
    noise = np.random.default_rng(1).standard_normal((RATE * 8, 2)) * 0.2
    noise[RATE : 2 * RATE] *= 0.2  # under the gate of what is heard, over that of all
    noise[2 * RATE :] = 0
    samples = np.clip(noise * 32767, -32768, 32767).astype(np.int16)
    expected = pyloudnorm.Meter(RATE).integrated_loudness(samples / 32768)
    assert loudness([samples], RATE)[0] == pytest.approx(expected, abs=0.1)

"""Waveforms as bytes: the loudness in equal time steps, from 0 (silence) to 255."""

from __future__ import annotations

from math import isqrt


def fit(levels: bytes, columns: int) -> bytes:
    """Return a waveform with another number of columns, each the root mean square of its steps."""
    return bytes(
        isqrt(sum(level * level for level in levels[start:end]) // (end - start))
        for start, end in stretches(len(levels), columns)
    )


def stretches(size: int, columns: int) -> list[tuple[int, int]]:
    """Return where each column begins and ends; if there are more columns than steps, some share a
    step."""
    if size == 0:
        return []
    starts = [size * at // columns for at in range(columns)]
    return [(start, max(start + 1, size * (at + 1) // columns)) for at, start in enumerate(starts)]

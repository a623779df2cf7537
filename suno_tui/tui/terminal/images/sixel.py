"""Encode pixels as sixels: bands of six rows, one colour at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

COLOURS = 48
"""More colours are hardly visible on a cover and cost bytes."""


def encode(picture: Image) -> str:
    """Return a picture with a palette (mode P) as a sixel sequence."""
    import numpy as np

    pixels: NDArray[np.uint8] = np.asarray(picture)
    height, width = pixels.shape
    palette = np.asarray(picture.getpalette(), np.uint8).reshape(-1, 3)
    parts = [f'\x1bP0;1;0q"1;1;{width};{height}']
    for number in np.unique(pixels):
        red, green, blue = (round(int(value) * 100 / 255) for value in palette[number])
        parts.append(f"#{number};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        band = pixels[top : top + 6]
        weights = (1 << np.arange(len(band), dtype=np.uint8))[:, None]
        lines = []
        for number in np.unique(band):
            bits = ((band == number) * weights).sum(axis=0)
            lines.append(f"#{number}{_row(bits)}")
        parts.append("$".join(lines) + "-")
    # In the last row of the screen, a final new line would scroll it.
    parts[-1] = parts[-1].removesuffix("-")
    return "".join(parts) + "\x1b\\"


def _row(bits: NDArray[np.int64]) -> str:
    """Encode one colour of a band, run-length encoded."""
    edges = (bits[1:] != bits[:-1]).nonzero()[0] + 1
    starts = [0, *edges.tolist()]
    ends = [*edges.tolist(), len(bits)]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        value, count = int(bits[start]), end - start
        if end == len(bits) and not value:
            break
        sign = chr(63 + value)
        parts.append(f"!{count}{sign}" if count > 3 else sign * count)
    return "".join(parts)

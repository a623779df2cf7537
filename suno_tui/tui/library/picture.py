"""A picture file as cells: two pixels each, one over the other. Call it off the event loop."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 50_000_000
"""A larger picture is no cover; it would take the memory of everything else."""

COLOURS = 64
"""What a picture is painted with: fewer colours, fewer changes of colour on the line."""

Pixel = tuple[int, int, int]
Cells = tuple[tuple[tuple[Pixel, Pixel], ...], ...]
"""Rows of (upper, lower) pixels."""


def cells_of(path: Path, columns: int, rows: int) -> Cells | None:
    """The picture, its middle, filling so many cells; None where there is no whole picture."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return _read(path, facts.st_mtime_ns, facts.st_size, columns, rows)


@lru_cache(maxsize=32)
def _read(path: Path, _modified: int, _size: int, columns: int, rows: int) -> Cells | None:
    from PIL import Image

    small = read_picture(path, (columns, rows * 2))
    if small is None:
        return None
    painted = small.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    raw = iter(painted.tobytes())
    pixels = list(zip(raw, raw, raw, strict=True))
    lines = [pixels[start : start + columns] for start in range(0, len(pixels), columns)]
    return tuple(
        tuple(zip(*pair, strict=True)) for pair in zip(lines[::2], lines[1::2], strict=True)
    )


def read_picture(path: Path, size: tuple[int, int]) -> Image | None:
    """The picture, its middle, in so many pixels; None where there is no whole picture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            # A JPEG decodes at a fraction of its size: several times as fast.
            image.draft("RGB", (size[0] * 4, size[1] * 4))
            return ImageOps.fit(image.convert("RGB"), size, Image.Resampling.LANCZOS)
    # What Pillow raises for damaged files is not limited to its own errors.
    except Exception:
        return None

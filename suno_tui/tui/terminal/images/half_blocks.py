"""A picture file as half blocks: each cell shows two pixels, one above the other.

Call these functions off the event loop. The caller's `PixelReader` opens the file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = 64
"""Colours of a picture: with fewer of them, fewer changes of colour are sent."""

PixelReader = Callable[[Path, tuple[int, int]], bytes | None]
"""Reads the middle of a picture, scaled to (width, height), as RGB bytes; None if it can't."""

Pixel = tuple[int, int, int]
Cells = tuple[tuple[tuple[Pixel, Pixel], ...], ...]
"""Rows of (upper, lower) pixels."""


def cells_of(read: PixelReader, path: Path, columns: int, rows: int) -> Cells | None:
    """Return the middle of a picture, filling that many cells; None if it can't be read."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return _read(read, path, facts.st_mtime_ns, facts.st_size, columns, rows)


@lru_cache(maxsize=32)
def _read(
    read: PixelReader, path: Path, _modified: int, _size: int, columns: int, rows: int
) -> Cells | None:
    from PIL import Image

    small = read_picture(read, path, (columns, rows * 2))
    if small is None:
        return None
    painted = small.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    raw = iter(painted.tobytes())
    dots = list(zip(raw, raw, raw, strict=True))
    lines = [dots[start : start + columns] for start in range(0, len(dots), columns)]
    return tuple(
        tuple(zip(*pair, strict=True)) for pair in zip(lines[::2], lines[1::2], strict=True)
    )


def read_picture(read: PixelReader, path: Path, size: tuple[int, int]) -> Image | None:
    """Return the middle of a picture in that many pixels; None if it can't be read."""
    from PIL import Image

    data = read(path, size)
    return Image.frombytes("RGB", size, data) if data is not None else None

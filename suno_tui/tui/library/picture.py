"""A picture file as cells: two pixels each, one over the other. Call it off the event loop.

A child process opens the file; what is drawn here is made of its pixels.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.media.files import pixels

if TYPE_CHECKING:
    from PIL.Image import Image

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
    dots = list(zip(raw, raw, raw, strict=True))
    lines = [dots[start : start + columns] for start in range(0, len(dots), columns)]
    return tuple(
        tuple(zip(*pair, strict=True)) for pair in zip(lines[::2], lines[1::2], strict=True)
    )


def read_picture(path: Path, size: tuple[int, int]) -> Image | None:
    """The picture, its middle, in so many pixels; None where there is no whole picture."""
    from PIL import Image

    data = pixels(path, size)
    return Image.frombytes("RGB", size, data) if data is not None else None

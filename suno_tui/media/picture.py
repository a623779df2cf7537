"""Open pictures by the decoders of JPEG, PNG and WebP only. Runs in the child."""

from __future__ import annotations

from pathlib import Path

from suno_tui.media.errors import Bad
from suno_tui.media.limits import LARGEST_PICTURE, MOST_PIXELS, check

FORMATS = ("JPEG", "PNG", "WEBP")
"""Pillow has 40 more decoders, one of which runs Ghostscript."""


def pixels(path: Path, size: tuple[int, int]) -> bytes:
    """Return the middle of a picture scaled to so many pixels, as RGB bytes. Raises `Bad`."""
    from PIL import Image, ImageOps

    check(path, LARGEST_PICTURE)
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Bad(f"it has more than {MOST_PIXELS:,} pixels")
            # Decoding a JPEG at a fraction of its size is several times as fast.
            image.draft("RGB", (size[0] * 4, size[1] * 4))
            return ImageOps.fit(image.convert("RGB"), size, Image.Resampling.LANCZOS).tobytes()
    except (Bad, MemoryError):
        raise
    except Exception as error:  # on damage Pillow raises more than its own errors
        raise Bad(f"it can't be drawn ({error})") from error

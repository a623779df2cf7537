"""Pictures, opened by the decoders of JPEG, PNG and WebP alone. Runs in the child."""

from __future__ import annotations

from pathlib import Path

from suno_tui.media.errors import Bad
from suno_tui.media.limits import LARGEST_PICTURE, MOST_PIXELS, check

FORMATS = ("JPEG", "PNG", "WEBP")
"""Pillow has 40 more, and one of them runs Ghostscript."""


def pixels(path: Path, size: tuple[int, int]) -> bytes:
    """The middle of a picture in so many pixels, three bytes (RGB) each. Raises `Bad`."""
    from PIL import Image, ImageOps

    check(path, LARGEST_PICTURE)
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Bad(f"it has more than {MOST_PIXELS:,} pixels")
            # A JPEG decodes at a fraction of its size: several times as fast.
            image.draft("RGB", (size[0] * 4, size[1] * 4))
            return ImageOps.fit(image.convert("RGB"), size, Image.Resampling.LANCZOS).tobytes()
    except (Bad, MemoryError):
        raise
    except Exception as error:  # on damage Pillow raises more than its own errors
        raise Bad(f"it can't be drawn ({error})") from error

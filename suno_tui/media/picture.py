"""Open pictures, but only with the decoders of JPEG, PNG and WebP. Runs in the child."""

from __future__ import annotations

from pathlib import Path

from suno_tui.media.errors import Bad
from suno_tui.media.limits import LARGEST_PICTURE, MOST_PIXELS, check

FORMATS = ("JPEG", "PNG", "WEBP")
"""The allowed decoders; Pillow has 40 more, one of which runs Ghostscript."""


def pixels(path: Path, size: tuple[int, int]) -> bytes:
    """Return the middle of a picture, scaled to `size` in pixels, as RGB bytes. Raises `Bad`."""
    from PIL import Image, ImageOps

    check(path, LARGEST_PICTURE)
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Bad(f"it has more than {MOST_PIXELS:,} pixels")
            # Decoding a JPEG at a fraction of its size is several times faster.
            image.draft("RGB", (size[0] * 4, size[1] * 4))
            return ImageOps.fit(image.convert("RGB"), size, Image.Resampling.LANCZOS).tobytes()
    except (Bad, MemoryError):
        raise
    except Exception as error:  # on damaged files Pillow raises more than its own errors
        raise Bad(f"it can't be drawn ({error})") from error

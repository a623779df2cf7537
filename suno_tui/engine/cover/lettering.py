"""The title on a cover, in any script for which a font is installed; else it is left out."""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, ImageStat, features

from suno_tui.common.paths import expand_home
from suno_tui.engine.cover.palettes import Colour, Palette, blend, brightness

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
_NAMES = (
    "Jost-SemiBold.ttf",
    "Montserrat-Bold.ttf",
    "Inter-Bold.ttf",
    "LiberationSansNarrow-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "DejaVuSansCondensed-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "NotoSans-Bold.ttf",
    "Futura.ttc",
    "HelveticaNeue.ttc",
    "Helvetica.ttc",
    "arialbd.ttf",
    "segoeuib.ttf",
    "LiberationSerif-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "ipag.ttf",
    "DroidSansFallbackFull.ttf",
    "Hiragino Sans GB.ttc",
    "PingFang.ttc",
    "msyhbd.ttc",
    "YuGothB.ttc",
    "malgunbd.ttf",
    "AppleSDGothicNeo.ttc",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "unifont.ttf",
)

_MARKS = (
    "So",
    "Sk",
    "Cs",
    "Co",
    "Cn",
    "Cf",
    "Mn",
    "Me",
)  # emoji, their joiners and their modifiers


@lru_cache(maxsize=1)
def _found() -> tuple[str, ...]:
    """Return the paths of the installed fonts, in the order of preference."""
    seen: dict[str, str] = {}
    for folder in _FOLDERS:
        root = expand_home(folder)
        if folder.startswith("C:") and sys.platform != "win32":
            continue
        try:
            for path in sorted(root.rglob("*.[to]t[fc]")):
                seen.setdefault(path.name, str(path))
        except OSError:
            continue
    return tuple(seen[name] for name in _NAMES if name in seen)


@lru_cache(maxsize=64)
def _font(path: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    except OSError:
        return None


def _has(font: Font, text: str) -> bool:
    """Return whether a font has a glyph of its own for every letter of a text."""
    missing = bytes(font.getmask("\U0010fffd"))
    for char in set(text):
        if char.isspace():
            continue
        mask = font.getmask(char)
        if mask.getbbox() is None or bytes(mask) == missing:
            return False
    return True


def _choose(text: str) -> str | None:
    """Return a font's path ("" is Pillow's own); None if no font has the text's letters."""
    directions = {unicodedata.bidirectional(char) for char in text}
    if directions & {"R", "AL"} and not features.check("raqm"):
        return None
    for path in (*_found(), ""):
        font = _font(path, 32)
        if font is not None and _has(font, text):
            return path
    return None


def letter(picture: Picture, colours: Palette, rng: Random, title: str, caption: str) -> None:
    """Set a title and a small caption in the lower third of a square picture, in place."""
    title = _short(" ".join("".join(c for c in title if c.isprintable()).split()), 60)
    caption = " ".join("".join(c for c in caption if c.isprintable()).split())[:32].upper()
    size = picture.width
    draw = ImageDraw.Draw(picture)
    left, right, bottom = round(size * 0.075), round(size * 0.925), round(size * 0.925)
    path = _choose(title) if title else None
    if path is None:  # without its pictures, a title in a usual script can be set
        title = " ".join("".join(c for c in title if unicodedata.category(c) not in _MARKS).split())
        path = _choose(title) if title else None
    small_path = _choose(caption) if caption else None
    if path is None:
        return
    if rng.random() < 0.45 and title.isascii():
        title = title.upper()
    lines, font = _fit(title, path, right - left, round(size * 0.13), size)
    height = _height(font)
    small = _font(small_path, round(size * 0.026)) if small_path is not None else None
    below = round(size * 0.05) if small else 0
    top = bottom - below - height * len(lines)
    _quieten(picture, (left, top, right, bottom), colours)
    draw = ImageDraw.Draw(picture)
    ink = _ink(picture, (left, top, right, bottom), colours)
    shade = (0, 0, 0) if brightness(ink) > 128 else (255, 255, 255)
    centred = rng.random() < 0.35
    for i, line in enumerate(lines):
        x = left if not centred else (size - round(draw.textlength(line, font=font))) // 2
        y = top + i * height
        ground = _mean(picture, (left, y, right, y + height))
        if abs(brightness(ground) - brightness(ink)) < 110:
            draw.text((x + 2, y + 2), line, font=font, fill=blend(ground, shade, 0.6))
        draw.text((x, y), line, font=font, fill=ink)
    if small:
        spaced = "\u2009".join(caption) if caption.isascii() and _has(small, "\u2009") else caption
        x = left if not centred else (size - round(draw.textlength(spaced, font=small))) // 2
        draw.text(
            (x + 2, bottom - round(size * 0.03)),
            spaced,
            font=small,
            fill=blend(ink, _mean(picture, (left, bottom - 20, right, bottom)), 0.2),
        )


def _short(text: str, most: int) -> str:
    """Cut a text to `most` characters, between words if possible."""
    if len(text) <= most:
        return text
    head, space, _ = text[: most - 1].rpartition(" ")
    return (head if space and len(head) > most // 2 else text[: most - 1]) + "…"


def _quieten(picture: Picture, box: tuple[int, int, int, int], colours: Palette) -> None:
    """Fade the background of the title into one colour if it is busy."""
    if ImageStat.Stat(picture.crop(box).convert("L")).stddev[0] < 27:
        return
    light = brightness(_mean(picture, box)) > 150
    ground = (
        blend(colours.pale, (255, 255, 255), 0.3) if light else blend(colours.deep, (0, 0, 0), 0.4)
    )
    top = max(0, box[1] - (picture.height - box[1]) // 2)
    fade = Image.linear_gradient("L").resize((picture.width, picture.height - top))
    mask = fade.point([min(215, round(v * v / 150)) for v in range(256)])
    picture.paste(ground, (0, top, picture.width, picture.height), mask)


def _height(font: Font) -> int:
    box = font.getbbox("Hgjpqy")
    return round((box[3] - box[1]) * 1.12 + 2)


def _fit(title: str, path: str, width: int, largest: int, size: int) -> tuple[list[str], Font]:
    """Return the title in at most three lines, as large as fits."""
    for height in range(largest, round(size * 0.03), -3):
        font = _font(path, height)
        assert font is not None
        lines = _wrapped(title, font, width)
        if len(lines) <= (2 if height > size * 0.09 else 3) and all(
            font.getlength(line) <= width for line in lines
        ):
            return lines, font
    font = _font(path, round(size * 0.035))
    assert font is not None
    return _wrapped(title, font, width)[:4], font


def _wrapped(title: str, font: Font, width: int) -> list[str]:
    words = title.split(" ")
    if len(words) == 1 and not title.isascii() and font.getlength(title) > width:
        half = -(-len(title) // 2)
        return [title[:half], title[half:]]
    lines: list[str] = []
    for word in words:
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _mean(picture: Picture, box: tuple[int, int, int, int]) -> Colour:
    mean = ImageStat.Stat(picture.crop(box)).mean
    return round(mean[0]), round(mean[1]), round(mean[2])


def _ink(picture: Picture, box: tuple[int, int, int, int], colours: Palette) -> Colour:
    """Return the colour of the palette with the most contrast to the background."""
    ground = brightness(_mean(picture, box))
    options = (
        colours.pale,
        colours.deep,
        blend(colours.pale, (255, 255, 255), 0.6),
        blend(colours.deep, (0, 0, 0), 0.5),
    )
    return max(options, key=lambda c: abs(brightness(c) - ground))

"""Replaces colours by attributes for NO_COLOR. Greys are replaced, too: they are colours."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_PLAIN = Style(color="default", bgcolor="default")


@lru_cache(maxsize=1024)
def attributes(style: Style) -> Style:
    """Return the style without its colours; `tables.NONE` has the colours that mean something.

    A light background becomes reverse, a dark grey one underline; dark letters become dim, white
    ones bold.
    """
    ground, ink = _level(style.bgcolor, 0), _level(style.color, 0.7)
    if ground > 0.5:
        return style + _PLAIN + Style(reverse=True)
    if ground > 0.1:
        style += Style(underline=True)
    if ink > 0.9:
        style += Style(bold=True)
    elif ink < 0.5 and not style.bold:
        style += Style(dim=True)
    return style + _PLAIN


def _level(colour: RichColor | None, default: float) -> float:
    if colour is None or colour.is_default:
        return default
    return Color.from_rich_color(colour).brightness


class Attributes(LineFilter):
    """Replaces colours by attributes, on every line."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else attributes(style))
            for text, style, _ in segments
        ]

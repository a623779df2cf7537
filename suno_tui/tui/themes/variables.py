"""The colours that the screen uses: those of the theme, adapted so that a focus is always visible.

A theme may lack the colours that only we use, and others' themes were not made for our screen:
colours that are missing or look too alike are derived here. Fewer colours have their own palettes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from textual.color import Color, ColorParseError
from textual.theme import Theme

from suno_tui.tui.terminal.xterm_palette import NUMBERS, indexed
from suno_tui.tui.themes import tables
from suno_tui.tui.themes.builtin import THEMES
from suno_tui.tui.themes.depth import Depth

INK, TEXT, SHAPE, GROUND, FAINT = 4.5, 3.0, 1.6, 1.25, 1.1
"""The least contrast (WCAG 2, from 1 to 21) of the text, of texts in other colours, of frames and
waves, of the selected row, and of a field or the selected row of a list without the focus."""

EXTRA = (
    "row-cursor", "row-cursor-blurred", "wave", "wave-b", "wave-done-b", "field-focus",
)  # fmt: skip
"""Variables of ours, which a theme may set."""

TEXTS = ("primary", "secondary", "accent", "success", "warning", "error")

_BRIGHT = (9, 10, 11, 13, 14)
"""Those of the sixteen colours that are clear on black and next to grey: blue is not."""

Snap = Callable[[Color], Color]


def variables(generated: dict[str, str], theme: Theme, depth: Depth) -> dict[str, str]:
    """Return all variables of the style sheets for a theme: `generated` are Textual's."""
    if depth is Depth.NONE:
        return generated | spread(tables.NONE)
    if theme in THEMES:
        return (
            generated if depth is Depth.FULL else generated | spread(tables.of(theme.name, depth))
        )
    if theme.ansi:
        return generated | spread(tables.native(dark=theme.dark))
    if depth is Depth.FEW:
        return generated | spread(_sixteen(generated, theme))
    snap = nearest if depth is Depth.MANY else _same
    ours = {name: theme.variables[name] for name in (*EXTRA, "border") if name in theme.variables}
    derived = derive(generated | ours, snap)
    if depth is Depth.MANY:
        return generated | spread(derived)
    # A theme's own colours stay, except those that could not be seen.
    return generated | derived | {"border-blurred": derived["border"]}


def contrast(one: Color, other: Color) -> float:
    """Return the contrast by WCAG 2: 1 is none, 21 is black on white."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def derive(values: dict[str, str], snap: Snap) -> dict[str, str]:
    """Return colours that can be told apart, each of them passed through `snap`.

    A colour of `values` that will do stays as it is.
    """
    colours = {name: colour for name, value in values.items() if (colour := _parse(value))}
    ground = snap(colours["background"])
    surface = snap(colours.get("surface", ground))
    ink = snap(colours.get("foreground") or ground.get_contrast_text(1))
    for step in range(11):
        if min(contrast(ink, ground), contrast(ink, surface)) >= INK:
            break
        ink = snap(ink.blend(ground.get_contrast_text(1), step / 10, 1))
    done = {"background": ground, "foreground": ink, "surface": surface}

    def choose(
        name: str, least: float, over: Iterable[Color], *candidates: Color, under: float = 1
    ) -> None:
        """Choose the first candidate with enough contrast to all of `over`; if none has it, the
        best colour between the last candidate and the ink.

        `under` is the contrast that the ink needs on it.
        """
        grounds = [*over]
        given = [*([colours[name]] if name in colours else []), *candidates]
        nearer = [given[-1].blend(ink, step / 20, 1) for step in range(21)]
        best = 0.0
        for candidate in (*given, *nearer):
            colour = snap(candidate)
            clear = min(
                contrast(ink, colour) / under, *(contrast(colour, o) / least for o in grounds), 1
            )
            if clear > best:
                done[name], best = colour, clear
            if best == 1:
                return

    for name in TEXTS:
        choose(name, TEXT, (ground, surface), colours.get(name) or done.get("primary", ink))
    choose("footer-key-foreground", TEXT, (ground, surface), done["accent"])
    choose("text-muted", TEXT, (ground, surface), ground.blend(ink, 0.65, 1))
    faint = ground.blend(ink, 0.1, 1)
    choose("panel", FAINT, (surface,), faint)
    tinted = done["panel"].blend(done["primary"], 0.12, 1)
    choose("field-focus", 1.05, (done["panel"],), tinted)
    frame = colours.get("border-blurred", ground.blend(ink, 0.25, 1))
    choose("border", GROUND, (ground,), frame, ground.blend(ink, 0.15, 1))
    if contrast(done["border"], done["primary"]) < SHAPE:
        colours.pop("border", None)
        choose("border", GROUND, (ground,), ground.blend(ink, 0.15, 1))
    if contrast(done["border"], done["primary"]) < SHAPE:
        colours.pop("primary", None)
        choose("primary", SHAPE, (done["border"],), done["primary"])
    tints = [ground.blend(done["primary"], part, 1) for part in (0.3, 0.2, 0.4, 0.15, 0.5)]
    greys = [ground.blend(ink, part, 1) for part in (0.25, 0.2)]
    choose("row-cursor", GROUND, (ground, surface), *tints, *greys, under=TEXT)
    choose("row-cursor-blurred", FAINT, (ground, surface), faint, under=TEXT)
    choose("wave", SHAPE, (ground,), ground.blend(ink, 0.3, 1))
    if contrast(done["accent"], done["wave"]) < SHAPE:
        colours.pop("wave", None)
        choose("wave", SHAPE, (ground,), ground.blend(ink, 0.2, 1))
    choose("wave-b", 1, (), ground.blend(done["wave"], 0.75, 1))
    choose("wave-done-b", 1, (), ground.blend(done["accent"], 0.75, 1))
    done["selection"] = done["row-cursor"]
    return {name: colour.hex.lower() for name, colour in done.items()}


def spread(palette: dict[str, str]) -> dict[str, str]:
    """Add the variables of Textual's own widgets to a palette."""
    ground, ink = palette["background"], palette["foreground"]
    bar, primary = palette["border"], palette["primary"]
    return palette | {
        "text": ink,
        "text-disabled": palette["text-muted"],
        **{f"text-{name}": palette[name] for name in TEXTS},
        "boost": palette["panel"],
        "border-blurred": bar,
        "footer-key-foreground": palette["accent"],
        "block-cursor-background": palette["row-cursor"],
        "block-cursor-foreground": ink,
        "block-cursor-text-style": "none",
        "input-cursor-background": ink,
        "input-cursor-foreground": ground,
        "input-cursor-text-style": "none",
        "input-selection-background": palette["selection"],
        "input-selection-foreground": ink,
        "screen-selection-background": palette["selection"],
        "screen-selection-foreground": ink,
        # A field has a scrollbar, too, which must be visible on the field's background.
        "scrollbar": bar if bar != palette["panel"] else palette["text-muted"],
        "scrollbar-hover": primary,
        "scrollbar-active": primary,
        **dict.fromkeys(
            (
                "scrollbar-background",
                "scrollbar-background-hover",
                "scrollbar-background-active",
                "scrollbar-corner-color",
            ),
            palette["surface"],
        ),
    }


@lru_cache(maxsize=4096)
def nearest(colour: Color) -> Color:
    """Return the colour of xterm's palette that looks most alike; never one of the first sixteen,
    which users may set."""
    return min(_palette(), key=lambda other: _distance(colour, other))


def _sixteen(generated: dict[str, str], theme: Theme) -> dict[str, str]:
    """Return sixteen colours for a theme without a palette: on black, with its own hues."""
    numbers = tables.sixteen(dark=theme.dark)
    for name in TEXTS[:3] if theme.dark else ():  # on white, only blue is clear next to grey
        colour = _parse(generated.get(name, ""))
        if colour is not None and colour.hsl.s > 0.15:
            numbers[name] = min(_BRIGHT, key=lambda n: _hue(colour, Color.parse(indexed(n))))
    return {name: indexed(number) for name, number in numbers.items()}


def _parse(value: str) -> Color | None:
    """Return an opaque colour; None for what depends on its background, and for styles."""
    try:
        colour = Color.parse(value)
    except ColorParseError:
        return None
    return colour if colour.a == 1 and colour.ansi is None else None


def _same(colour: Color) -> Color:
    return colour


def _luminance(colour: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@lru_cache(maxsize=1)
def _palette() -> tuple[Color, ...]:
    return tuple(map(Color.parse, NUMBERS))


def _distance(one: Color, other: Color) -> float:
    """Return how different two colours look: the "redmean" approximation."""
    red = (one.r + other.r) / 2
    weights = (2 + red / 256, 4, 2 + (255 - red) / 256)
    steps = (one.r - other.r, one.g - other.g, one.b - other.b)
    return sum(weight * step * step for weight, step in zip(weights, steps, strict=True))


def _hue(one: Color, other: Color) -> float:
    apart = abs(one.hsl.h - other.hsl.h)
    return min(apart, 1 - apart)

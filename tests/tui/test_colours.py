"""Every theme can be read, and shows the focus, in 16 million, 256 and 16 colours and in none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES, Theme

from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.xterm_palette import NUMBERS, indexed
from suno_tui.tui.themes import builtin, tables
from suno_tui.tui.themes.attributes import attributes
from suno_tui.tui.themes.depth import NAMES, Depth
from suno_tui.tui.themes.variables import contrast, nearest, variables

OWN = {
    "blue": Theme("blue", primary="#0000ff"),
    "navy": Theme("navy", primary="#000080", dark=False),
    "white": Theme("white", primary="#ffffff"),
    "pale": Theme("pale", primary="#fffff0", dark=False),
    "black": Theme("black", primary="#000000"),
    "grey": Theme("grey", primary="#808080", background="#777777"),
    "faint": Theme("faint", primary="#333", accent="#333", background="#303030", foreground="#444"),
    "orange": Theme("orange", primary="#ff8800", dark=False, text_alpha=0.9),
}
"""Themes that a user may write: most name little more than `primary`."""
ALL = {theme.name: theme for theme in (*BUILTIN_THEMES.values(), *builtin.THEMES, *OWN.values())}
DEPTHS = (Depth.FULL, Depth.MANY, Depth.FEW)


def of(theme: Theme, depth: Depth) -> dict[str, str]:
    return variables(theme.to_color_system().generate() | theme.variables, theme, depth)


def colour(values: dict[str, str], name: str, theme: Theme) -> Color:
    """Return a variable as a colour; the terminal's own ones as most terminals draw them."""
    value = values[name]
    if value.startswith("auto"):
        ground = colour(values, "background", theme)
        return ground.blend(ground.get_contrast_text(1), int(value.split()[1][:-1]) / 100)
    found = Color.parse(value)
    if found.ansi is None:
        return found
    if found.ansi == -1:
        is_ground = name in ("background", "surface", "panel")
        return Color.parse("#000000" if is_ground is theme.dark else "#ffffff")
    return Color.parse(indexed(found.ansi))


def ratios(theme: Theme, depth: Depth) -> Iterator[tuple[str, float, float]]:
    """Yield what is to be told apart, its contrast, and the least that will do."""
    values = of(theme, depth)

    def ratio(one: str, other: str) -> tuple[str, float]:
        return f"{one} on {other}", contrast(*(colour(values, n, theme) for n in (one, other)))

    for text in ("foreground", "text-muted", "primary", "accent", "success", "warning", "error"):
        for ground in ("background", "surface"):
            yield *ratio(text, ground), 2.95
    yield *ratio("footer-key-foreground", "background"), 2.95
    yield *ratio("foreground", "row-cursor"), 3.0
    yield *ratio("foreground", "row-cursor-blurred"), 3.0
    for ground in ("background", "surface"):
        yield *ratio("row-cursor", ground), 1.2
        yield *ratio("row-cursor-blurred", ground), 1.1
    yield *ratio("border", "background"), 1.2
    yield *ratio("primary", "border"), 1.5
    yield *ratio("wave", "background"), 1.5
    yield *ratio("accent", "wave"), 1.5
    yield *ratio("field-focus", "panel"), 1.04
    yield *ratio("panel", "surface"), 1.05


@pytest.mark.parametrize("depth", DEPTHS, ids=lambda depth: depth.name)
@pytest.mark.parametrize("theme", ALL.values(), ids=ALL)
def test_every_theme_shows_the_focus_and_the_texts(theme: Theme, depth: Depth) -> None:
    poor = [
        f"{what}: {found:.2f} < {least}"
        for what, found, least in ratios(theme, depth)
        if found < least
    ]
    assert not poor
    values = of(theme, depth)
    assert values["row-cursor"] != values["row-cursor-blurred"]
    assert values["primary"] != values["border"]


@pytest.mark.parametrize("theme", builtin.THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("depth", [Depth.MANY, Depth.FEW])
def test_built_in_themes_have_picked_colours(theme: Theme, depth: Depth) -> None:
    palette = tables.of(theme.name, depth)
    assert {*palette} == {*(tables.NONE)}
    values = of(theme, depth)
    assert all(values[name] == shown for name, shown in palette.items())

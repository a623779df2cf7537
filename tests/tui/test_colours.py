"""Every theme can be read, and shows the focus, in 16 million, 256 and 16 colours and in none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES, Theme

from suno_tui.cli import doctor
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.veil import Veil
from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.cell_diff.pen import Pen
from suno_tui.tui.terminal.xterm_palette import NUMBERS, indexed
from suno_tui.tui.themes import builtin, tables
from suno_tui.tui.themes.attributes import attributes
from suno_tui.tui.themes.depth import Depth
from suno_tui.tui.themes.themed_app import ThemedApp
from suno_tui.tui.themes.variables import contrast, nearest, variables
from tests.tui.conftest import OpenApp, RunApp, idle, settled

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
SCREENS = {
    "compose": ["alt+1"],
    "queue": ["alt+2"],
    "library": ["alt+3", "j"],
    "playing": ["alt+3", "enter", "4"],
    "keys": ["alt+3", "?"],
    "settings": ["alt+3", ",", "j"],
    "details": ["alt+3", "i"],
    "delete": ["alt+3", "D"],
}
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
    """Yield pairs that must differ, their contrast, and the least contrast that is enough."""
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


def environment(monkeypatch: pytest.MonkeyPatch, depth: Depth) -> None:
    monkeypatch.setenv("TERM", "xterm" if depth is Depth.FEW else "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor" if depth is Depth.FULL else "")
    if depth is Depth.NONE:
        monkeypatch.setenv("NO_COLOR", "1")


def written(app: StudioApp, system: ColorSystem) -> list[Pen]:
    """Return the pens with which the screen is written to a terminal."""
    grid = Grid(*app.size, system, erases=True)
    update = app.screen._compositor.render_full_update()
    assert isinstance(update, LayoutUpdate)
    grid.draw(update)
    picture = grid.picture()
    assert picture is not None
    return [cell.pen for row in picture for cell in row if cell.width]


def numbers(pens: list[Pen], ground: int) -> set[int]:
    """Return the numbers of the letters' (3) or the grounds' (4) colours."""
    found = set()
    for pen in pens:
        code = pen.background if ground == 4 else pen.foreground
        if code.startswith(f"{ground}8;5;"):
            found.add(int(code[5:]))
        elif code:
            bright = int(code) >= 90
            found.add(int(code) % 10 + 8 * bright)
            assert int(code) // 10 == ground + bright * 6
    return found


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
@pytest.mark.parametrize("depth", [Depth.MANY, Depth.FEW], ids=lambda depth: depth.name)
async def test_only_picked_colours_are_written(
    keys: list[str], depth: Depth, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, depth)
    async with run_app((120, 40)) as (app, pilot):
        assert app.depth is depth
        await pilot.press(*keys)
        for theme in builtin.THEMES:
            app.theme = theme.name
            await idle(app)
            await pilot.pause()
            picked = tables.of(theme.name, depth).values()
            system = ColorSystem.EIGHT_BIT if depth is Depth.MANY else ColorSystem.STANDARD
            allowed = {number for number in range(256) if indexed(number) in picked}
            if depth is Depth.MANY:
                allowed = {NUMBERS[value] for value in picked}
            pens = written(app, system)
            for ground in (3, 4):
                assert numbers(pens, ground) <= allowed, theme.name


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_terminals_own_colours_are_written_as_such(theme: str, open_app: OpenApp) -> None:
    app = open_app(config=f'[screen]\ntheme = "{theme}"\n')
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("alt+3")
        await pilot.pause()
        for key in ("j", "D"):
            await pilot.press(key)
            await pilot.pause()
            pens = written(app, ColorSystem.TRUECOLOR)
            assert not any(";" in pen.foreground + pen.background for pen in pens)
            assert "" in {pen.background for pen in pens}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
async def test_without_colours_only_attributes_are_written(
    keys: list[str], run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, Depth.NONE)
    async with run_app((120, 40)) as (app, pilot):
        assert app.depth is Depth.NONE
        await pilot.press(*keys)
        await idle(app)
        await pilot.pause()
        for theme in ("studio-dark", "studio-light", "ansi-dark"):
            app.theme = theme
            await pilot.pause()
            pens = written(app, ColorSystem.TRUECOLOR)
            assert {(pen.foreground, pen.background) for pen in pens} == {("", "")}
            used = set().union(*(pen.attributes for pen in pens))
            assert {1, 2} <= used, "bold and dim"


async def test_without_colours_the_selected_row_is_reversed(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, Depth.NONE)
    async with run_app((120, 40)) as (app, pilot):
        await pilot.press("alt+3")
        await pilot.pause()
        rows = app.tracks.region

        def attributes_of(y: int) -> frozenset[int]:
            return written(app, ColorSystem.TRUECOLOR)[y * 120 + rows.x + 4].attributes

        assert 7 in attributes_of(rows.y)
        assert 7 not in attributes_of(rows.y + 1)
        await pilot.press("alt+2")
        await pilot.pause()
        assert {4, 7} & attributes_of(rows.y) == {4}, "underlined without the focus"


@pytest.mark.parametrize("depth", Depth, ids=lambda depth: depth.name)
async def test_behind_a_dialog_nothing_has_the_focus(
    depth: Depth, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, depth)
    system = {Depth.MANY: ColorSystem.EIGHT_BIT, Depth.FEW: ColorSystem.STANDARD}
    async with run_app((120, 40)) as (app, pilot):
        await pilot.press("alt+3")
        await pilot.pause()

        def pens() -> list[Pen]:
            found = written(app, system.get(depth, ColorSystem.TRUECOLOR))
            box = app.screen.query("#frame")
            inside = box.first().region if box else Region()
            return [pen for at, pen in enumerate(found) if not inside.contains(at % 120, at // 120)]

        before = pens()
        await pilot.press("D")
        await pilot.pause()
        behind = pens()
        assert len({pen.foreground for pen in behind}) <= 3 < len({*before})
        assert not any(pen.attributes & {1, 7} for pen in behind)
        await pilot.press("escape")
        await pilot.pause()
        assert pens() == before


async def test_the_list_of_themes_shows_them_on_what_is_behind(run_app: RunApp) -> None:
    async with run_app((120, 40)) as (app, pilot):
        await pilot.press("alt+3")
        app.palette.action_theme()
        await pilot.pause()
        assert len({pen.foreground for pen in written(app, ColorSystem.TRUECOLOR)}) > 5


def test_every_number_of_the_palette_is_sent_as_it_is() -> None:
    """Rich takes many greys for their neighbours."""
    for number in range(16, 256):
        grid = Grid(1, 1, ColorSystem.EIGHT_BIT, erases=True)
        strip = Strip([Segment("x", Style(color=indexed(number), bgcolor=indexed(number)))])
        grid.draw(LayoutUpdate([[strip]], Region(0, 0, 1, 1)))
        sent = grid.changes((0, 0))
        assert f"38;5;{number}" in sent
        assert f"48;5;{number}" in sent
    for number in range(16):
        grid = Grid(1, 1, ColorSystem.STANDARD, erases=True)
        strip = Strip([Segment("x", Style(color=indexed(number)))])
        grid.draw(LayoutUpdate([[strip]], Region(0, 0, 1, 1)))
        assert f"{30 + number if number < 8 else 82 + number}m" in grid.changes((0, 0))


def test_a_colour_that_is_not_in_the_palette_becomes_the_nearest() -> None:
    assert nearest(Color.parse("#1c1c1d")) == Color.parse(indexed(234))
    assert nearest(Color.parse("#02608a")) == Color.parse(indexed(24))


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        (Style(color="#ffffff", bgcolor="#000000"), Style(bold=True)),
        (Style(color="#606060", bgcolor="#000000"), Style(dim=True)),
        (Style(color="#b0b0b0", bgcolor="#000000"), Style()),
        (Style(color="#b0b0b0", bgcolor="#ffffff"), Style(reverse=True)),
        (Style(color="#b0b0b0", bgcolor="#303030"), Style(underline=True)),
        (Style(italic=True), Style(italic=True)),
    ],
)
def test_attributes_stand_for_colours(style: Style, wanted: Style) -> None:
    plain = Style(color="default", bgcolor="default")
    assert attributes(style) == wanted + plain


@pytest.mark.parametrize(
    ("env", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Depth.FULL),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, Depth.FULL),
        ({"TERM": "tmux-256color"}, Depth.MANY),
        ({"TERM": "xterm-kitty"}, Depth.MANY),
        ({"TERM": "linux"}, Depth.FEW),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"}, Depth.NONE),
    ],
)
def test_the_environment_decides_the_depth(
    env: dict[str, str], depth: Depth, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Depth.of(env) is depth
    for name in ("TERM", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ThemedApp().depth is depth, "as Rich sees it"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (
            {"TERM": "xterm-256color"},
            "256 colours; if your terminal can, export COLORTERM=truecolor for the full theme",
        ),
        ({"TERM": "linux"}, "16 colours; set TERM=xterm-256color if the terminal has more"),
        ({"COLORTERM": "truecolor"}, "16 million colours"),
        ({"NO_COLOR": "1"}, "none, because NO_COLOR is set"),
    ],
)
def test_the_doctor_says_how_to_get_more(env: dict[str, str], said: str) -> None:
    checks = {check.check: check.detail for check in doctor._terminal(env)}
    assert checks["colours"] == said


@pytest.mark.parametrize("depth", DEPTHS, ids=lambda depth: depth.name)
@pytest.mark.parametrize("theme", ALL.values(), ids=ALL)
def test_what_is_behind_a_dialog_can_be_seen_on_every_ground(theme: Theme, depth: Depth) -> None:
    """With 16 colours the fields behind a dialog were blocks of one grey."""
    values = of(theme, depth)
    veil = Veil(cast(Any, None), values)
    for ground in ("background", "surface", "panel", "row-cursor", "field-focus"):
        if not values[ground].startswith("auto"):
            drawn = veil._style(Style(bgcolor=Color.parse(values[ground]).rich_color), False)
            assert drawn.color != drawn.bgcolor, ground


def test_a_cover_behind_a_dialog_is_one_quiet_square() -> None:
    values = of(builtin.DARK, Depth.FULL)
    veil = Veil(cast(Any, None), values)
    cells = [Segment("▀", Style.parse("#123456 on #654321")), Segment(" ", Style.parse("on red"))]
    quiet = list(veil._quiet(cells))
    assert [cell.text for cell in quiet] == [" ", " "]
    assert len({cell.style and cell.style.bgcolor for cell in quiet}) == 1

"""With cells and with Textual's own output, the terminal shows the same."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import DataTable, Static, TextArea

from suno_tui.tui.terminal.cell_diff import CellDiffApp
from tests.examples import examples
from tests.tui.cell_diff.emulator import Terminal, TerminalDriver

# Wide, combining, emoji and right-to-left characters on whose width pyte and Textual agree.
WORDS = (
    "Summer nights",
    "夏の夜",
    "밤",
    "é́",
    "e\u0301a\u0308",
    "🎵🎹",
    "שלום",
    "مرحبا",
    "─│┌ ▁▂▃█",
)
THEMES = ("textual-dark", "textual-light", "ansi-dark", "nord", "gruvbox")
STYLES = (
    "bold red",
    "on blue",
    "underline",
    "reverse #336699",
    "italic dim",
    "bold dim",
    "bold",
    "strike on #102030",
    "",
)


class Rows(ScrollView, can_focus=True):
    """A long list of lines, each in its own colour, some with a link."""

    def __init__(self) -> None:
        super().__init__()
        self.virtual_size = Size(60, 300)

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        link = f"https://example.org/{row}" if row % 7 == 0 else None
        style = Style(color=f"color({row % 256})", bold=row % 3 == 0, underline=row % 5 == 0)
        text = f"{row:4} {WORDS[row % len(WORDS)]}"
        strip = Strip([Segment(text, style + Style(link=link) if link else style)])
        return strip.crop_extend(0, self.size.width, Style())


class Dialog(ModalScreen[None]):
    CSS = "Dialog { align: center middle; } Static { width: 31; height: 7; border: round red; }"

    def compose(self) -> ComposeResult:
        yield Static(Content("Really? 本当に? " * 4))


def mended(strip: Strip | None) -> Strip | None:
    """A piece without the marks at its start: Rich cut them off from a letter of another piece."""
    if strip is None or not strip.text or not unicodedata.combining(strip.text[0]):
        return strip
    (text, style, _), *rest = strip
    return Strip([Segment(text.lstrip("\u0301\u0308"), style), *rest])


def whole(update: CompositorUpdate) -> CompositorUpdate:
    """The update with its pieces uncut: Textual cuts through wide characters at their borders."""
    if isinstance(update, LayoutUpdate):
        rows: Any = [[mended(strip) for strip in strips] for strips in update.strips]
        return LayoutUpdate(rows, update.region)
    assert isinstance(update, ChopsUpdate)
    chops = [{x: mended(strip) for x, strip in row.items()} for row in update.chops]
    spans = [
        (y, left, next(end for end in update.chop_ends[y] if end >= right))
        for y, left, right in update.spans
    ]
    return ChopsUpdate(chops, spans, update.chop_ends)


class Watched(CellDiffApp[None]):
    """Draws every update a second time, with Textual's own output, on another terminal."""

    CSS = """
    Screen { layers: below above; }
    Horizontal { height: 1fr; layer: below; }
    TextArea, DataTable, VirtualList { width: 1fr; }
    #words { height: 3; layer: below; }
    #box { layer: above; position: absolute; width: 9; height: 3; background: $accent; }
    """

    def __init__(self, colours: ColorSystem, size: tuple[int, int]) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.animation_level = "none"
        self.console._color_system = colours
        self.plain = Terminal(*size)

    def compose(self) -> ComposeResult:
        yield Static(id="words")
        with Horizontal():
            yield TextArea("[Verse]\n夏の夜 under neon light\nhold me tight\n" * 9)
            yield Rows()
            yield DataTable()
        yield Static(Content("over 夜"), id="box")

    def on_mount(self) -> None:
        table = self.query_one(DataTable[Any])
        table.add_columns("Title", "Style")
        table.add_rows((Content(f"{i} {WORDS[i % 9]}"), "lofi") for i in range(40))

    def _display(self, screen: Any, renderable: Any) -> None:
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            self.plain.feed(whole(renderable).render_segments(self.console))
        super()._display(screen, renderable)

    @property
    def terminal(self) -> Terminal:
        assert isinstance(self._driver, TerminalDriver)
        return self._driver.terminal


words = st.tuples(
    st.just("words"),
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(STYLES)), max_size=8),
)
keys = st.tuples(
    st.just("keys"),
    st.lists(
        st.sampled_from(
            ["a", "space", "enter", "backspace", "up", "down", "pagedown", "end", "tab"]
        ),
        min_size=1,
        max_size=4,
    ),
)
sizes = st.tuples(st.just("resize"), st.tuples(st.integers(20, 90), st.integers(6, 30)))
boxes = st.tuples(st.just("box"), st.tuples(st.integers(-3, 80), st.integers(-1, 24)))
scrolls = st.tuples(st.just("scroll"), st.integers(0, 290))
themes = st.tuples(st.just("theme"), st.sampled_from(THEMES))
others = st.sampled_from([("dialog", None), ("repaint", None), ("hide", None), ("suspend", None)])
sessions = st.lists(
    st.one_of(words, words, keys, keys, boxes, boxes, scrolls, sizes, themes, others),
    min_size=6,
    max_size=14,
)


async def step(app: Watched, pilot: Pilot[None], action: str, value: Any) -> None:
    """Do one random step of a user or the program."""
    driver = app._driver
    assert isinstance(driver, TerminalDriver)
    match action:
        case "words":
            text = Content(" ").join(Content.styled(word, style) for word, style in value)
            app.screen_stack[0].query_one("#words", Static).update(text)
        case "keys":
            await pilot.press(*value)
        case "resize":
            app.plain.resize(value[1], value[0])
            driver.resize(*value)
        case "box":
            app.screen_stack[0].query_one("#box").styles.offset = value
        case "scroll":
            app.screen_stack[0].query_one(Rows).scroll_to(y=value, animate=False)
        case "theme":
            app.theme = value
        case "dialog":
            if isinstance(app.screen, Dialog):
                app.pop_screen()
            else:
                await app.push_screen(Dialog())
        case "repaint":
            app.repaint()
        case "hide":
            table = app.screen_stack[0].query_one(DataTable)
            table.display = not table.display
        case "suspend":
            with app.suspend():
                app.screen_stack[0].query_one("#words", Static).update("meanwhile 夜")
                await asyncio.sleep(0)
                driver.terminal.erase_in_display(2)
    await pilot.pause()


def difference(app: Watched) -> list[str]:
    """Return the cells that differ between the terminals, for the message of a failure."""
    sent, plain = app.terminal.cells(), app.plain.cells()
    return [
        f"{x},{y}: {a} is not {b}"
        for y, (left, right) in enumerate(zip(sent, plain, strict=True))
        for x, (a, b) in enumerate(zip(left, right, strict=True))
        if a != b
    ]


def exact(colour: Color | None) -> Color | None:
    """Return a colour that xterm's 256 have by its number: Rich misses many of the greys."""
    if colour is None or colour.triplet is None:
        return colour
    parts, levels = tuple(colour.triplet), (0, 95, 135, 175, 215, 255)
    if all(part in levels for part in parts):
        red, green, blue = map(levels.index, parts)
        return Color.from_ansi(16 + 36 * red + 6 * green + blue)
    grey, rest = divmod(parts[0] - 8, 10)
    is_grey = len(set(parts)) == 1 and not rest and grey in range(24)
    return Color.from_ansi(232 + grey) if is_grey else colour


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich keeps a style's codes with the style, in the colours of the app that was first."""
    render_style = Strip.render_style

    def afresh(style: Style, text: str, color_system: ColorSystem) -> str:
        if color_system is ColorSystem.EIGHT_BIT:
            style += Style.from_color(exact(style.color), exact(style.bgcolor))
        style._ansi = None
        return render_style(style, text, color_system)

    monkeypatch.setattr(Strip, "render_style", staticmethod(afresh))


@settings(
    max_examples=examples(10),
    phases=[Phase.generate],  # Shrinking takes minutes; the message names the cells.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    session=sessions,
    colours=st.sampled_from(
        [ColorSystem.TRUECOLOR, ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]
    ),
)
def test_any_session_shows_the_same(
    uncached: None, session: list[tuple[str, Any]], colours: ColorSystem
) -> None:
    async def run() -> None:
        app = Watched(colours, (80, 24))
        async with app.run_test(headless=False, size=(80, 24)) as pilot:
            await pilot.pause()
            assert app.sends_cells
            assert difference(app) == []
            for action, value in session:
                await step(app, pilot, action, value)
                assert difference(app) == [], (action, value)

    asyncio.run(run())

"""What is sent, and when: only changes, nothing while suspended, everything on request."""

from __future__ import annotations

import importlib
import sys
from queue import Queue
from types import SimpleNamespace

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import _compositor
from textual._compositor import LayoutUpdate
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static, TextArea

from suno_tui.tui.terminal import cell_diff as line
from suno_tui.tui.terminal.cell_diff import CellDiffApp
from suno_tui.tui.terminal.cell_diff import app as layer
from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.cell_diff.writer import erases_in_colour
from tests.tui.cell_diff.emulator import Terminal, TerminalDriver
from tests.tui.conftest import until

SIZE = (80, 24)


class Editor(CellDiffApp[None]):
    CSS = "Static { height: 2; }"

    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)

    def compose(self) -> ComposeResult:
        yield Static(Content("nothing yet"))
        yield TextArea("Walking down the empty street\n" * 30)

    @property
    def terminal(self) -> Terminal:
        assert isinstance(self._driver, TerminalDriver)
        return self._driver.terminal

    def say(self, text: str) -> None:
        self.query_one(Static).update(Content(text))

    def sent(self) -> str:
        """Return what was sent since the last call."""
        data = "".join(self.terminal.received)
        self.terminal.received.clear()
        return data


async def test_a_key_sends_few_bytes_and_no_change_sends_none() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        assert len(app.sent()) < 3000
        await pilot.press("a")
        assert 0 < len(app.sent()) < 150
        app.say("nothing yet")
        app.screen.refresh()
        await pilot.pause()
        assert app.sent() == ""


async def test_repaint_sends_all() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        before = app.terminal.cells()
        app.terminal.feed("\x1b[5;5Hmessage from another program")
        app.sent()
        await app.run_action("repaint")
        assert app.terminal.cells() == before
        assert "\x1b[2J" in app.sent()


async def test_nothing_is_sent_while_another_program_has_the_terminal() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        app.sent()
        with app.suspend():
            app.say("written meanwhile")
            await pilot.pause()
            assert app.sent() == ""
        await pilot.pause()
        assert "written meanwhile" in app.terminal.text()
        assert app.sent().count("\x1b[2J") == 1


async def test_a_program_that_fails_gives_the_terminal_back() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        with pytest.raises(OSError, match="no such editor"), app.suspend():
            app.say("written meanwhile")
            raise OSError("no such editor")
        await pilot.pause()
        assert "written meanwhile" in app.terminal.text()
        await pilot.press("a")
        assert app.sent()


async def test_a_stalled_connection_does_not_block_the_app() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        # Otherwise its blinking cursor would send the rest.
        app.query_one(TextArea).cursor_blink = False
        await pilot.pause()
        app.sent()
        queue: Queue[str] = Queue()
        for _ in range(9):
            queue.put("not taken yet")
        setattr(app._driver, "_writer_thread", SimpleNamespace(_queue=queue))  # noqa: B010
        for text in ("first", "second", "third"):
            app.say(text)
            await pilot.pause()
        assert app.sent() == ""
        queue.queue.clear()
        await until(lambda: "third" in app.terminal.text())
        assert "first" not in app.sent()


async def test_a_terminal_that_grew_back_is_repainted() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        before = app.terminal.cells()
        driver = app._driver
        assert isinstance(driver, TerminalDriver)
        driver.resize(40, 10)
        driver.resize(*SIZE)
        await pilot.pause()
        await pilot.pause()
        assert app.terminal.cells() == before


async def test_other_writes_pass_unchanged() -> None:
    app = Editor()
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        app.sent()
        app.copy_to_clipboard("lyrics")
        app.bell()
        assert app.sent() == "\x1b]52;c;bHlyaWNz\a\a"


@pytest.mark.parametrize("why", ["the user's wish", "another shape", "an error"])
async def test_the_fallback_shows_the_same(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Editor()
    if why == "the user's wish":
        monkeypatch.setenv("SUNO_TUI_LINE", "plain")
    elif why == "another shape":
        monkeypatch.setattr(layer, "SHAPES", ((LayoutUpdate, ("strips", "region", "colour")),))
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause()
        if why == "an error":
            assert app.sends_cells
            monkeypatch.setattr(Grid, "draw", lambda grid, update: 1 / 0)
        app.say("shown all the same")
        await pilot.pause()
        assert not app.sends_cells
        assert "shown all the same" in app.terminal.text()
        app.repaint()
        await pilot.pause()
        assert "shown all the same" in app.terminal.text()


def test_a_textual_with_other_private_parts_gets_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(_compositor, "ChopsUpdate")
    for name in ("app", "grid"):
        monkeypatch.delitem(sys.modules, f"suno_tui.tui.terminal.cell_diff.{name}")
    try:
        plain = importlib.reload(line).CellDiffApp
        assert plain().sends_cells is False
        assert hasattr(plain, "action_repaint")
    finally:
        monkeypatch.undo()
        importlib.reload(line)


def test_gnu_screen_is_sent_spaces() -> None:
    assert erases_in_colour({"TERM": "xterm-256color"})
    assert erases_in_colour({"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"})
    assert erases_in_colour({"TERM": "screen-256color-bce"})
    assert not erases_in_colour({"TERM": "screen.xterm-256color"})


@pytest.mark.parametrize("erases", [True, False])
def test_backgrounds_fill_the_row(erases: bool) -> None:
    grid = Grid(40, 2, ColorSystem.EIGHT_BIT, erases=erases)
    row = Strip([Segment("left" + " " * 36, Style(bgcolor="color(52)"))])
    grid.draw(LayoutUpdate([[row], [row]], Region(0, 0, 40, 2)))
    sent = grid.changes((0, 0))
    terminal = Terminal(40, 2)
    terminal.feed(sent)
    assert {cell.bg for line in terminal.cells() for cell in line} == {"5f0000"}
    assert (sent.count(" ") > 60) is not erases


@pytest.mark.parametrize(
    "emoji",
    ["\U0001f468‍\U0001f469‍\U0001f467", "❤️", "1️⃣"],
    ids=["family", "heart", "keycap"],
)
def test_text_that_terminals_measure_differently_keeps_to_its_columns(emoji: str) -> None:
    """Pyte draws the family in eight columns and the heart in one, Textual counts two each. What
    follows must not move."""
    grid = Grid(20, 1, ColorSystem.TRUECOLOR, erases=True)
    terminal = Terminal(20, 1)
    for text in (f"ab {emoji} cd|", f"ab {emoji} xy|", f"{emoji} xy|", f"{emoji}{emoji} xy|"):
        strip = Strip([Segment(text, Style())]).crop_extend(0, 20, Style())
        grid.draw(LayoutUpdate([[strip]], Region(0, 0, 20, 1)))
        terminal.feed(grid.changes((0, 0)))
        tail = text[-3:]
        x = cell_len(text) - len(tail)
        assert [char.data for char in terminal.cells()[0]][x:] == [*tail, *" " * (17 - x)]


def test_an_odd_character_at_the_edge_stays_there() -> None:
    grid, terminal = Grid(6, 1, ColorSystem.TRUECOLOR, erases=True), Terminal(6, 1)
    grid.draw(LayoutUpdate([[Strip([Segment("abcd❤️")])]], Region(0, 0, 6, 1)))
    terminal.feed(grid.changes((0, 0)))
    assert terminal.text().startswith("abcd❤")


def test_a_cell_has_at_most_four_marks_and_hides_nothing() -> None:
    grid = Grid(30, 1, ColorSystem.TRUECOLOR, erases=True)
    pile, hidden = "e" + "\u0301" * 300, "\u200b\u200e\u202e\U000e0041\u00ad\ufeff"
    strip = Strip([Segment(pile), Segment("\u0301" * 300), Segment(f"x{hidden}y")])
    grid.draw(LayoutUpdate([[strip]], Region(0, 0, 30, 1)))
    sent = grid.changes((0, 0))
    assert sent.count("\u0301") == 4
    assert not [char for char in hidden if char in sent]


@pytest.mark.parametrize("before", ["bold dim", "bold", "dim", "bold dim italic", ""])
@pytest.mark.parametrize("after", ["bold dim", "bold", "dim", "underline bold", ""])
def test_attributes_with_a_common_end_are_set_again(before: str, after: str) -> None:
    """One code ends both bold and dim, so that the one that stays has to be set again."""

    def shown(*styles: str) -> tuple[bool, bool, bool, bool]:
        grid, terminal = Grid(2, 1, ColorSystem.TRUECOLOR, erases=True), Terminal(2, 1)
        strip = Strip([Segment("x", Style.parse(style)) for style in styles])
        grid.draw(LayoutUpdate([[strip.crop_extend(0, 2, None)]], Region(0, 0, 2, 1)))
        terminal.feed(grid.changes((0, 0)))
        char = terminal.cells()[0][len(styles) - 1]
        return char.bold, char.dim, char.italics, char.underscore

    assert shown(before, after) == shown(after)
    assert shown(after)[:2] == ("bold" in after, "dim" in after)


def test_control_characters_never_reach_the_terminal() -> None:
    grid = Grid(30, 1, ColorSystem.TRUECOLOR, erases=True)
    text = "a\x1b]0;title\x07b\x9b31mc\ud800d\x00e"
    style = Style(link="https://example.org/\x1b\\\x1b]0;title\x07")
    grid.draw(LayoutUpdate([[Strip([Segment(text, style)])]], Region(0, 0, 30, 1)))
    sent = grid.changes((0, 0))
    assert "]0;title" in sent
    for bad in ("\x1b]", "\x07", "\x9b", "\ud800", "\x00"):
        assert bad not in sent
    sent.encode()

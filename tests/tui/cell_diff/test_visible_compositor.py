"""`VisibleCompositor` gives the same picture as Textual's, and renders fewer lines."""

from __future__ import annotations

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from suno_tui.tui.terminal.cell_diff.visible_compositor import VisibleCompositor


class Asked(Static):
    """Counts the lines that it renders."""

    lines = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.lines += crop.height
        return super().render_lines(crop)


class Panes(App[None]):
    """Two panes that cover their parent, one of them scrolled, and a layer above all."""

    CSS = """
    Screen { layers: base top; }
    #left { width: 1fr; border: round red; }
    #right { width: 1fr; }
    #under { width: 100%; height: 4; }
    #over { layer: top; dock: top; height: 3; width: 100%; background: blue; }
    """

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="left"):
                yield Asked("left and long " * 40)
            with VerticalScroll(id="right"):
                yield Asked("under", id="under")
                yield from (Asked(f"row {number}") for number in range(60))
        yield Static("over", id="over")


def _picture(compositor: Compositor) -> list[str]:
    return [
        "".join(str(list(strip)) for strip in line.values())
        for line in compositor._render_chops(compositor.size.region, lambda _: True)
    ]


@pytest.mark.parametrize("size", [(80, 24), (31, 9)])
async def test_the_picture_is_the_same(size: tuple[int, int]) -> None:
    async with Panes().run_test(size=size) as pilot:
        screen = pilot.app.screen
        pilot.app.query_one("#right").scroll_to(y=7, animate=False)
        await pilot.pause()
        front = VisibleCompositor()
        front.reflow(screen, screen.size)
        assert _picture(front) == _picture(screen._compositor)


async def test_covered_and_outside_lines_are_not_rendered() -> None:
    async with Panes().run_test(size=(80, 24)) as pilot:
        screen = pilot.app.screen
        front = VisibleCompositor()
        front.reflow(screen, screen.size)
        asked = list(pilot.app.query(Asked))
        under = pilot.app.query_one("#under", Asked)
        whole = sum(len(strips) for *_, strips in screen._compositor._get_renders())
        assert sum(len(strips) for *_, strips in front._get_renders()) < whole * 3 / 4
        for widget in asked:
            widget.lines = 0
        list(front._get_renders(Region(60, 10, 5, 2)))
        assert under.lines == 0, "it is above"
        assert sum(widget.lines for widget in asked) == 2 + 2  # of the long text, and two rows

"""The virtual list: it repaints only changed rows, and draws only visible ones."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pytest
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.tui.themes.themed_app import ThemedApp
from suno_tui.tui.widgets.content import fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, _legible
from tests.tui.conftest import until


class Numbered(VirtualList[tuple[int, str]]):
    """Rows of a number and a text; counts what it draws and repaints."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.repainted: list[int] = []

    def key_of(self, item: tuple[int, str]) -> Hashable:
        return item[0]

    def draw(self, item: tuple[int, str], width: int) -> list[Cell]:
        self.drawn.append(item[0])
        return [(fit(f"{item[0]} {item[1]}", width), "")]

    def render_line(self, y: int) -> Strip:
        self.repainted.append(y)
        return super().render_line(y)


class ListApp(ThemedApp):
    def __init__(self, items: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        self.rows = Numbered()
        self.first = items
        self.opened: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.rows

    def on_mount(self) -> None:
        self.rows.set_items(self.first)

    def on_virtual_list_opened(self) -> None:
        self.opened.append(self.rows.cursor)


def numbers(count: int) -> list[tuple[int, str]]:
    return [(number, "text") for number in range(count)]


class Watched(Sequence[tuple[int, str]]):
    """A list that records which of its items were read."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.seen: set[int] = set()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, at: Any) -> Any:
        index = range(self.length)[at]
        self.seen.add(index)
        return index, "text"


async def test_one_changed_row_repaints_one_line() -> None:
    async with ListApp(numbers(100)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        rows.repainted.clear()
        changed = numbers(100)
        changed[3] = (3, "news")
        rows.set_items(changed)
        await pilot.pause()
        assert rows.repainted == [3]
        rows.repainted.clear()
        changed = list(changed)
        changed[70] = (70, "out of sight")
        rows.set_items(changed)
        await pilot.pause()
        assert rows.repainted == []


async def test_a_step_of_the_cursor_repaints_two_lines() -> None:
    async with ListApp(numbers(100)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        rows.repainted.clear()
        rows.action_move_down()
        await pilot.pause()
        assert sorted(rows.repainted) == [0, 1]


async def test_a_long_list_reads_only_visible_items() -> None:
    items = Watched(100_000)
    async with ListApp(items).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        rows.action_move_bottom()
        await pilot.pause()
        assert rows.current == (99_999, "text")
        assert len(items.seen) < 100


async def test_the_cursor_stays_on_its_item_when_others_come_before_it() -> None:
    async with ListApp(numbers(30)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        rows.move_to(20)
        rows.set_items([(99, "new"), *numbers(30)])
        assert rows.current == (20, "text")
        rows.set_items([(99, "new"), *(item for item in numbers(30) if item[0] != 20)])
        assert rows.current == (21, "text"), "the row that took its place"
        rows.set_items([])
        assert rows.current is None


async def test_a_list_of_the_same_length_in_another_order_keeps_the_cursor() -> None:
    async with ListApp(numbers(30)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        rows.move_to(2)
        rows.set_items(list(reversed(numbers(30))))
        assert rows.current == (2, "text")
        assert rows.cursor == 27
        top = rows.scroll_offset.y
        assert top <= 27 < top + 10, "and brings it into view"


async def test_page_keys_and_first_and_last() -> None:
    async with ListApp(numbers(30)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        rows.action_move_page_down()
        assert rows.cursor == 9
        rows.action_move_bottom()
        rows.action_move_down()
        assert rows.cursor == 29
        rows.action_move_page_up()
        assert rows.cursor == 20
        rows.action_move_top()
        rows.action_move_up()
        assert rows.cursor == 0


@pytest.mark.parametrize(
    "text",
    ["雨の街と夜のネオン" * 9, "e\u0301" * 60, "👩‍👩‍👧" * 20, "שלום עולם " * 9, "a\tb\x1b[31mc"],
)
async def test_wide_and_odd_characters_fill_a_row_exactly(text: str) -> None:
    async with ListApp([(1, text), (2, "plain")]).run_test(size=(31, 6)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        for y in range(2):
            strip = rows.render_line(y)
            assert strip.cell_length == 31
            assert "\x1b" not in strip.text
            assert "\t" not in strip.text


async def test_a_click_chooses_and_a_second_one_opens() -> None:
    async with ListApp(numbers(30)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.click(Numbered, offset=(5, 4))
        assert rows.cursor == 4
        await pilot.click(Numbered, offset=(5, 6), times=2)
        assert rows.cursor == 6
        app = pilot.app
        assert isinstance(app, ListApp)
        await until(lambda: app.opened == [6])


async def test_repainting_an_area_draws_no_unchanged_row_anew() -> None:
    async with ListApp(numbers(3)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        rows.drawn.clear()
        rows.refresh(Region(0, 0, 40, 3))
        await pilot.pause()
        assert rows.drawn == [], "rows that did not change are not drawn anew"


async def test_a_step_never_leaves_the_cursor_out_of_sight() -> None:
    async with ListApp(numbers(30)).run_test(size=(40, 10)) as pilot:
        rows = pilot.app.query_one(Numbered)
        await pilot.pause()
        height = rows.size.height
        for step in [rows.action_move_down] * 29 + [rows.action_move_up] * 29:
            step()
            assert rows.scroll_offset.y <= rows.cursor < rows.scroll_offset.y + height
        assert rows.cursor == 0


async def test_only_the_list_with_the_focus_has_a_sign() -> None:
    app = ListApp([(n, f"row {n}") for n in range(5)])
    async with app.run_test(size=(30, 8)) as pilot:
        app.rows.focus()
        await pilot.pause()
        assert app.rows.render_line(0).text.startswith("▌")
        app.set_focus(None)
        await pilot.pause()
        lines = [app.rows.render_line(y) for y in range(2)]
        assert "▌" not in lines[0].text
        grounds = [[segment.style and segment.style.bgcolor for segment in line] for line in lines]
        assert grounds[0] != grounds[1], "the ground shows where its cursor is"


def test_a_text_that_could_not_be_read_on_the_selected_row_has_its_colour() -> None:
    ground = Style(color="#ffffff", bgcolor="#555555")
    assert _legible(Style(color="#ff5555"), ground).color == ground.color
    assert _legible(Style(color="#ffff55"), ground).color != ground.color

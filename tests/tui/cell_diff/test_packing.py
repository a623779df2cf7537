"""Packed cells of the first frame: round trip, refusal of wrong data, replacement in parts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.cell_diff.packing import pack, unpack
from suno_tui.tui.terminal.cell_diff.writer import whole
from tests.tui.cell_diff.emulator import Terminal


def packed(**other: object) -> dict[str, Any]:
    """Two rows of three cells: a wide character and a narrow one, and three spaces."""
    return {
        "pens": [[[1], "38;5;7", "", ""], [[], "", "", "https://a.b"]],
        "cells": [["音", 0, 2, None], ["", 0, 0, None], ["a", 1, 1, 1], [" ", 1, 1, None]],
        "rows": [[0, 1, 1, 1, 2, 1], [3, 3]],
    } | other


def test_unpacked_cells_are_drawn_and_pack_to_the_same() -> None:
    rows = unpack(packed(), 3, 2)
    shown = Terminal(3, 2)
    shown.feed(whole(rows, erases=True))
    assert shown.text() == "音a\n"
    assert unpack(pack(rows), 3, 2) == rows


@pytest.mark.parametrize(
    "other",
    [
        {"rows": [[0, 1, 1, 1, 2, 1]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 10**12]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 10**12, 3, 3 - 10**12]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [-1, 3]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 3, 3]]},
        {"rows": [[0, 1, 2, 1, 2, 1], [3, 3]]},
        {"rows": [[2, 2, 0, 1], [3, 3]]},
        {"rows": [[1, 3], [3, 3]]},
        {"rows": [[9, 3], [3, 3]]},
        {"rows": [["3", "3"], [3, 3]]},
        {"cells": [["x" * 65, 0, 1, None]] * 4},
        {"cells": [["xy", 0, 1, None]] * 4},
        {"cells": [["\x9b", 0, 1, None]] * 4},
        {"cells": [["x\u202e", 0, 1, None]] * 4},
        {"cells": [["x", 0, 3, None]] * 4},
        {"cells": [["x", 0, 1, 10**9]] * 4},
        {"cells": [["x", 9, 1, None]] * 4},
        {"cells": [[None, 0, 1, None]] * 4},
        {"pens": [[[99], "", "", ""]] * 2},
        {"pens": [[["1"], "", "", ""]] * 2},
        {"pens": [[[1], "1mx", "", ""]] * 2},
        {"pens": [[[1], "", "1;" * 99, ""]] * 2},
        {"pens": [[[1], "", "", "\x07"]] * 2},
        {"pens": [[[1], "", ""]] * 2},
    ],
)
def test_wrong_data_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        unpack(packed(**other), 3, 2)


def test_a_picture_is_replaced_in_parts() -> None:
    def update(letter: str) -> LayoutUpdate:
        strips = [[Strip([Segment(letter * 6)])] for _ in range(4)]
        return LayoutUpdate(strips, Region(0, 0, 6, 4))  # type: ignore[arg-type]

    def grid() -> Grid:
        return Grid(6, 4, ColorSystem.TRUECOLOR, erases=True)

    first, shown = grid(), Terminal(6, 4)
    first.draw(update("a"))
    shown.feed(first.changes((0, 0)))
    picture = first.picture()
    assert picture is not None
    second = grid()
    second.shows(picture)
    second.only = Region(1, 2, 3, 1)
    second.draw(update("b"))
    shown.feed(second.changes((0, 0)))
    assert shown.display == ["aaaaaa", "aaaaaa", "abbbaa", "aaaaaa"]
    second.only = None
    shown.feed(second.changes((0, 0)))
    assert shown.display == ["bbbbbb"] * 4

    # Cells that were not drawn yet keep those of the picture.
    third = grid()
    picture = second.picture()
    assert picture is not None
    third.shows(picture)
    third.only = Region(0, 1, 6, 3)
    chops = [{0: Strip([Segment("c" * 6)]) if y == 2 else None} for y in range(4)]
    third.draw(ChopsUpdate(chops, [(2, 0, 6)], [[6]] * 4))
    shown.feed(third.changes((0, 0)))
    assert shown.display == ["bbbbbb", "bbbbbb", "cccccc", "bbbbbb"]


def test_a_saved_picture_paints_the_same_and_needs_no_repaint() -> None:
    styles = (Style(color="red", bgcolor="#102030"), Style(bold=True, link="https://a.b"), None)
    rows = [
        Strip([Segment("音楽 a\N{COMBINING ACUTE ACCENT}", styles[0]), Segment("  ", styles[1])]),
        Strip([Segment("👨‍👩‍👧 !", styles[1]), Segment("[b]", styles[2])]),
        Strip.blank(12, Style(bgcolor="#102030")),
    ]
    strips = [[strip.adjust_cell_length(12)] for strip in rows]
    update = LayoutUpdate(strips, Region(0, 0, 12, 3))  # type: ignore[arg-type]

    def grid() -> Grid:
        return Grid(12, 3, ColorSystem.TRUECOLOR, erases=True)

    first, shown = grid(), Terminal(12, 3)
    first.draw(update)
    shown.feed(first.changes((0, 0)))
    cells = first.picture()
    assert cells is not None
    ansi = whole(cells, erases=True)
    again = Terminal(12, 3)
    again.feed("anything at all\r\nand more" + ansi)
    assert again.buffer == shown.buffer

    second = grid()
    second.shows(unpack(json.loads(json.dumps(pack(cells))), 12, 3))
    second.draw(update)
    data = second.changes((0, 0))
    again.feed(data)
    assert again.buffer == shown.buffer
    assert "音" in data, "the first row is sent in any case"
    assert "!" not in data, "the others are known"

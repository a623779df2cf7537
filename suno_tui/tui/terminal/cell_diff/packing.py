"""Packs cells into plain lists for the file of the first frame, and unpacks them."""

from __future__ import annotations

import re
from typing import Any

from suno_tui.common.text import JOINERS, clean_in_place, limit_marks
from suno_tui.tui.terminal.cell_diff.cell import HALF, Cell
from suno_tui.tui.terminal.cell_diff.pen import OFF, Pen

MOST_TEXT = 64
"""Characters of a cell: a family of four with the colours of their skin is eleven."""


def pack(rows: list[list[Cell]]) -> dict[str, list[Any]]:
    """Pack rows of cells: each pen and cell once, and rows as (index, count) pairs."""
    pens: dict[Pen, int] = {}
    cells: dict[Cell, int] = {}
    packed = []
    for row in rows:
        runs: list[int] = []
        for cell in row:
            pens.setdefault(cell.pen, len(pens))
            place = cells.setdefault(cell, len(cells))
            if runs and runs[-2] == place:
                runs[-1] += 1
            else:
                runs += [place, 1]
        packed.append(runs)
    return {
        "pens": [[sorted(pen.attributes), *pen[1:]] for pen in pens],
        "cells": [[cell.text, pens[cell.pen], cell.width, cell.spill] for cell in cells],
        "rows": packed,
    }


def unpack(packed: dict[str, list[Any]], width: int, height: int) -> list[list[Cell]]:
    """Return the rows that `pack` was given.

    The file may have been written by anyone, so everything is checked. Raises `ValueError`, or
    whatever a wrong type raises.
    """
    pens = [_pen(*pen) for pen in packed["pens"]]
    cells = [_cell(text, pens, *rest) for text, *rest in packed["cells"]]
    if len(packed["rows"]) != height:
        raise ValueError("not the size of the screen")
    return [_row(runs, cells, width) for runs in packed["rows"]]


def _pen(attributes: list[int], foreground: str, background: str, link: str) -> Pen:
    colours = all(re.fullmatch("[0-9;]{0,20}", colour) for colour in (foreground, background))
    if not (colours and OFF.keys() >= set(attributes) and link.isprintable()):
        raise ValueError("not a pen")
    return Pen(frozenset(attributes), foreground, background, link)


def _cell(text: str, pens: list[Pen], pen: int, columns: int, spill: int | None) -> Cell:
    if columns == 0:
        return HALF
    known = len(text) <= MOST_TEXT and columns in (1, 2) and spill in (None, *range(MOST_TEXT))
    if not known or not all(char in JOINERS or clean_in_place(char) == char for char in text):
        raise ValueError("not a cell")
    if any(map(str.isalnum, re.sub("\u200d.", "", text[1:]))):
        raise ValueError("more than a cell")
    return Cell(limit_marks(text), pens[pen], columns, spill)


def _row(runs: list[int], cells: list[Cell], width: int) -> list[Cell]:
    if sum(runs[1::2]) != width or min(runs, default=0) < 0:
        raise ValueError("not the size of the screen")
    row: list[Cell] = []
    for place, count in zip(runs[::2], runs[1::2], strict=True):
        row += [cells[place]] * count
    before = 1
    for cell in row:
        if (before == 2) is not (cell is HALF):
            raise ValueError("half of a wide character")
        before = cell.width
    if before == 2:
        raise ValueError("half of a wide character")
    return row

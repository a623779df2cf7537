"""Cells as plain lists, to be kept in a file and read again."""

from __future__ import annotations

from typing import Any

from suno_tui.tui.line.cell import HALF, Cell
from suno_tui.tui.line.pen import Pen


def pack(rows: list[list[Cell]]) -> dict[str, list[Any]]:
    """Rows of cells: each pen and each cell once, rows as places in that list and how often."""
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
    """What `pack` was given. Raises `ValueError` where it is not so many rows of so many cells."""
    pens = [Pen(frozenset(attributes), *rest) for attributes, *rest in packed["pens"]]
    cells = [
        Cell(text, pens[pen], columns, spill) if columns else HALF
        for text, pen, columns, spill in packed["cells"]
    ]
    rows = []
    for runs in packed["rows"]:
        row: list[Cell] = []
        for place, count in zip(runs[::2], runs[1::2], strict=True):
            row += [cells[place]] * count
        rows.append(row)
    if len(rows) != height or any(len(row) != width for row in rows):
        raise ValueError("not the size of the screen")
    return rows

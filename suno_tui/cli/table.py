"""Tables for people: aligned columns with a header, on a terminal only."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from suno_tui.cli.output import write_line
from suno_tui.common.text import clean

LEAST_FLEXIBLE = 8
"""Columns of the terminal that a flexible column keeps in a narrow window."""

COLOURS = {"good": 32, "bad": 31, "waiting": 33, "muted": 2, "header": 1}
"""SGR codes of the roles that a cell may have."""


class Column(NamedTuple):
    """A column of a table; a `flexible` column is cut if the terminal is too narrow."""

    title: str
    right: bool = False
    flexible: bool = False


class Row(NamedTuple):
    """A row: its cells, the roles of some cells by index, and a remark for the line below."""

    cells: tuple[str, ...]
    roles: dict[int, str] = {}  # never changed
    remark: str = ""


def on_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def note_empty(text: str) -> None:
    """Tell a person, on stderr, why a list is empty; scripts get an empty list."""
    if on_terminal():
        print(text, file=sys.stderr)


def colour_allowed() -> bool:
    """Return whether standard output can show colours and the user wants them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")
    return wanted and on_terminal()


def print_table(columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Print a header and the rows, at most as wide as the terminal; without rows nothing."""
    from rich.cells import cell_len

    rows = [row._replace(cells=tuple(map(clean, row.cells))) for row in rows]
    if not rows:
        return
    widths = [
        max(cell_len(text) for text in (column.title, *(row.cells[place] for row in rows)))
        for place, column in enumerate(columns)
    ]
    _narrow(columns, widths, shutil.get_terminal_size().columns)
    coloured = colour_allowed()
    titles = tuple(column.title.upper() for column in columns)
    header = Row(titles, dict.fromkeys(range(len(titles)), "header"))
    for row in (header, *rows):
        cells = []
        for place, column in enumerate(columns):
            text = _fitted(row.cells[place], widths[place], right=column.right)
            if place == len(columns) - 1 and not column.right:
                text = text.rstrip()
            role = row.roles.get(place)
            cells.append(f"\x1b[{COLOURS[role]}m{text}\x1b[m" if coloured and role else text)
        write_line("  ".join(cells).rstrip())
        if row.remark:
            write_line(f"    {clean(row.remark)}")


def _narrow(columns: Sequence[Column], widths: list[int], room: int) -> None:
    """Take columns from the widest flexible column until the table fits."""
    flexible = [place for place, column in enumerate(columns) if column.flexible]
    over = sum(widths) + 2 * (len(widths) - 1) - room
    while over > 0 and flexible:
        widest = max(flexible, key=lambda place: widths[place])
        if widths[widest] <= LEAST_FLEXIBLE:
            return
        widths[widest] -= 1
        over -= 1


def _fitted(text: str, width: int, *, right: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    size = cell_len(text)
    return " " * (width - size) + text if right else text + " " * (width - size)

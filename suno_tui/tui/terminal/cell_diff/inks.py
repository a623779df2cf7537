"""Turns Textual's strips into cells."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.style import Style
from textual.strip import Strip

from suno_tui.common.text import JOINERS, clean_in_place, limit_marks
from suno_tui.tui.terminal.cell_diff.cell import HALF, PICTURE, Cell
from suno_tui.tui.terminal.cell_diff.pen import DEFAULT, Pen, as_blank, parse
from suno_tui.tui.terminal.images.cells import PLACEHOLDER
from suno_tui.tui.terminal.widths import graphemes, is_plain, spill
from suno_tui.tui.terminal.xterm_palette import NUMBERS


class Ink(dict[str, Cell]):
    """The cells of one pen by character, shared so that equal rows compare by identity.

    `odd` holds the characters that don't take one column each: wide, combining and control ones.
    """

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.odd: set[str] = set()
        self[" "] = Cell(" ", as_blank(pen))

    def __missing__(self, char: str) -> Cell:
        cell = self[char] = Cell(char, self.pen)
        if not (is_plain(char) and _harmless(char)):
            self.odd.add(char)
        return cell


class Inks:
    """Turns strips into cells, in the colours of one terminal."""

    def __init__(self, colours: ColorSystem) -> None:
        self._colours = colours
        self._inks: dict[Pen, Ink] = {}
        # Styles differ by meta data too, so that there are many more styles than pens.
        self._of_style = lru_cache(maxsize=4096)(self._find)
        self._plain = self._ink(DEFAULT)

    def cells(self, strip: Strip) -> list[Cell]:
        """Return the cells of a strip, one for each column."""
        row: list[Cell] = []
        for text, style, _ in strip:
            ink = self._plain if style is None else self._of_style(style)
            cells = map(ink.__getitem__, text)
            start = len(row)
            row.extend(cells)
            if ink.odd and not ink.odd.isdisjoint(text):
                del row[start:]
                _extend(row, text, ink)
        return row

    def _find(self, style: Style) -> Ink:
        link = style.link or ""
        pen = parse(
            Strip.render_ansi(self._exact(style), self._colours),
            # A control character in a link would end the sequence that carries it.
            link if link.isprintable() else "",
        )
        if (number := style.meta.get(PICTURE)) is not None:
            # Not a colour but a number: it must skip all conversions of colours.
            pen = pen._replace(foreground=f"38;5;{number}")
        return self._ink(pen)

    def _exact(self, style: Style) -> Style:
        """Return the style with the numbers of xterm's colours: Rich misses many of the greys."""
        if self._colours is not ColorSystem.EIGHT_BIT:
            return style
        return style + Style.from_color(_numbered(style.color), _numbered(style.bgcolor))

    def _ink(self, pen: Pen) -> Ink:
        if len(self._inks) > 4096:
            # Cells also compare by value, so that clearing the cache costs only time.
            self._inks.clear()
            self._of_style.cache_clear()
        return self._inks.setdefault(pen, Ink(pen))


def _numbered(colour: Color | None) -> Color | None:
    if colour is None or colour.triplet is None:
        return colour
    number = NUMBERS.get(colour.triplet.hex)
    return colour if number is None else Color.from_ansi(number)


def _harmless(char: str) -> bool:
    return _safe(char) == char


def _extend(row: list[Cell], text: str, ink: Ink) -> None:
    """Add any text, measured by the rules of Textual's own layout."""
    for letters, width in graphemes(text):
        grapheme = limit_marks("".join(map(_safe, letters)))
        if width == 0:
            if grapheme and row:
                _join(row, grapheme)
        elif grapheme == " ":
            row.append(ink[" "])
        else:
            row.append(Cell(grapheme, ink.pen, width, spill(grapheme, width)))
            row.extend([HALF] * (width - 1))


def _join(row: list[Cell], marks: str) -> None:
    """Add marks of another style to the last cell."""
    at = -2 if row[-1] is HALF else -1
    text = limit_marks(row[at].text + marks)
    row[at] = row[at]._replace(text=text, spill=spill(text, row[at].width))


def _safe(char: str) -> str:
    """Return the character if it may reach the terminal: no control and no invisible one."""
    if char.isprintable() or char in JOINERS or char == PLACEHOLDER or clean_in_place(char) == char:
        return char
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) == "Cs" else ""

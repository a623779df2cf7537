"""Draw lines and blocks of a screenshot as shapes that meet, as terminals do.

A font's box characters are a little shorter than a line of Textual's SVG: frames would be dashed
and waveforms striped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from rich.cells import cell_len

WIDTH, HEIGHT = 12.2, 24.4
"""A cell of Textual's SVG, in its units."""
BASELINE = 18.5
"""From the top of a cell to the baseline of its text."""
THIN, HEAVY = 1.6, 3.2

_COLOUR = re.compile(r"\.(\S+-r\d+) \{ fill: (#\w+)")
_RUN = re.compile(
    r'<text class="(?P<style>[^"]+-r\d+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="[\d.]+" clip-path="(?P<clip>[^"]+)">(?P<text>[^<]*)</text>'
)
_LOWER = "▁▂▃▄▅▆▇█"
_LEFT = "▏▎▍▌▋▊▉"
_CORNERS = {"╭": (1, 1), "╮": (-1, 1), "╰": (1, -1), "╯": (-1, -1)}
"""The directions of the two arms: right or left, down or up."""


def joined(svg: str) -> str:
    """Return the picture with shapes for the characters that must meet their neighbours."""
    colours = dict(_COLOUR.findall(svg))

    def redraw(run: re.Match[str]) -> str:
        left, top = float(run["x"]), float(run["y"]) - BASELINE
        pieces = _pieces(html.unescape(run["text"]), colours[run["style"]], left, top)
        return "".join(
            piece if shape else _text(run, left + at * WIDTH, piece) for at, piece, shape in pieces
        )

    return _RUN.sub(redraw, svg)


def _pieces(text: str, colour: str, left: float, top: float) -> Iterator[tuple[int, str, bool]]:
    """Yield (column, text or SVG, whether it is SVG); characters that stay text are one run."""
    plain, start, column = "", 0, 0
    for character in text:
        shape = _shape(character, colour, left + column * WIDTH, top)
        if shape:
            if plain:
                yield start, plain, False
            yield column, shape, True
            plain = ""
        else:
            start = start if plain else column
            plain += character
        column += cell_len(character)
    if plain:
        yield start, plain, False


def _text(run: re.Match[str], x: float, text: str) -> str:
    return (
        f'<text class="{run["style"]}" x="{x:g}" y="{run["y"]}" '
        f'textLength="{cell_len(text) * WIDTH:g}" clip-path="{run["clip"]}">'
        f"{html.escape(text).replace(chr(160), '&#160;')}</text>"
    )


def _shape(character: str, colour: str, x: float, y: float) -> str:
    """Return the character as SVG in the cell whose corner is (x, y); empty if it stays text."""
    middle, centre = y + HEIGHT / 2, x + WIDTH / 2
    if character in "─━":
        thick = THIN if character == "─" else HEAVY
        return _box(colour, x, middle - thick / 2, WIDTH, thick)
    if character == "│":
        return _box(colour, centre - THIN / 2, y, THIN, HEIGHT)
    if character in _LOWER:
        height = HEIGHT * (_LOWER.index(character) + 1) / 8
        return _box(colour, x, y + HEIGHT - height, WIDTH, height)
    if character in _LEFT:
        return _box(colour, x, y, WIDTH * (_LEFT.index(character) + 1) / 8, HEIGHT)
    if character == "▀":
        return _box(colour, x, y, WIDTH, HEIGHT / 2)
    if character in _CORNERS:
        across, down = _CORNERS[character]
        return (
            f'<path fill="none" stroke="{colour}" stroke-width="{THIN}" '
            f'd="M{centre:.2f} {middle + down * HEIGHT / 2:.2f}'
            f"Q{centre:.2f} {middle:.2f} {centre + across * WIDTH / 2:.2f} {middle:.2f}"
            '"/>'
        )
    return ""


def _box(colour: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect fill="{colour}" shape-rendering="crispEdges" x="{x:.2f}" y="{y:.2f}" '
        f'width="{width:.2f}" height="{height:.2f}"/>'
    )

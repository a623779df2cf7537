"""Palettes for terminals with fewer colours, picked by hand: converted colours look too alike.

A column is a theme, a row what the colour is for; the numbers are those of xterm's 256 colours. Of
the sixteen colours only a few are needed, and each user may have others under their numbers.
"""

from __future__ import annotations

from suno_tui.tui.terminal.xterm_palette import indexed
from suno_tui.tui.themes.depth import Depth, named

_THEMES = (
    "studio-dark", "studio-light", "studio-dusk", "studio-contrast", "studio-contrast-light",
)  # fmt: skip

_MANY = """
background          234 255 233  16 231
surface             235 231 234  16 231
panel               236 254 236 234 255
field-focus         238 189 238 238 189
foreground          254 235 254 231  16
text-muted          248 241 248 252 237
primary             111  25 183 117  19
secondary           141  91 216 183  54
accent              215 130 221 227  88
success             114  28 150  84  22
warning             179  94 222 220  58
error               210 124 210 217 124
border              240 250 240 246 239
row-cursor           24 153  54  24 153
row-cursor-blurred  238 252 238 236 253
selection            24 153  54  24 153
wave                241 248 241 245 244
wave-b              239 250 239 242 246
wave-done-b         173 137 179 185  94
"""
_FEW = """
background            0  15   0   0  15
surface               0  15   0   0  15
panel                 8   7   8   8   7
field-focus           4  14   5   4  14
foreground           15   0  15  15   0
text-muted            7   8   7   7   8
primary              14   4  13  14   4
secondary            13   5  14  13   5
accent              11   4  11  11   4
success              10   2  10  10   2
warning             11   5  11  11   5
error                 9   1   9   9   1
border               8   8   8   7   8
row-cursor            4   6   5   4   6
row-cursor-blurred    8   7   8   8   7
selection             4  14   5   4  14
wave                 8   8   8   8   8
wave-b               8   7   8   8   7
wave-done-b          3  12   3   3  12
"""
NONE = {
    name: colour
    for colour, names in {
        "#000000": "background surface panel",
        "#303030": "field-focus row-cursor-blurred",
        "#606060": "text-muted border wave wave-b",
        "#b0b0b0": "foreground",
        "#ffffff": "primary secondary accent success warning error "
        "row-cursor selection wave-done-b",
    }.items()
    for name in names.split()
}
"""Stands for attributes: see `attributes.py`."""


def _read(table: str, column: int) -> dict[str, int]:
    lines = map(str.split, table.strip().splitlines())
    return {name: int(numbers[column]) for name, *numbers in lines}


def of(theme: str, depth: Depth) -> dict[str, str]:
    """Return the palette of a built-in theme for 256 or 16 colours."""
    numbers = _read(_MANY if depth is Depth.MANY else _FEW, _THEMES.index(theme))
    return {name: indexed(number) for name, number in numbers.items()}


def sixteen(*, dark: bool) -> dict[str, int]:
    """Return the numbers of the sixteen colours for a theme without a palette."""
    return _read(_FEW, 0 if dark else 1)


def native(*, dark: bool) -> dict[str, str]:
    """Return the palette of a theme in the terminal's own colours."""
    palette = {name: named(number) for name, number in sixteen(dark=dark).items()}
    return palette | dict.fromkeys(("background", "surface", "foreground"), "ansi_default")

"""The 256 colours of xterm, by their numbers. Must not import Textual or Rich."""

from __future__ import annotations

_LEVELS = (0, 95, 135, 175, 215, 255)
_FIRST = (
    "#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
    "#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
)  # fmt: skip
"""The first sixteen as Rich knows them: for exactly these values, Rich sends their numbers. Which
colours a terminal draws for them is the user's own choice."""


def indexed(number: int) -> str:
    """Return a colour of the palette, 0 to 255, as `#rrggbb`."""
    if number < 16:
        return _FIRST[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    red, rest = divmod(number - 16, 36)
    return "#" + "".join(f"{_LEVELS[level]:02x}" for level in (red, *divmod(rest, 6)))


NUMBERS = {indexed(number): number for number in range(16, 256)}
"""The numbers that mean the same in every terminal."""

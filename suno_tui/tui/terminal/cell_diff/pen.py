"""The shortest sequences that change the terminal's style and move its cursor."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

# SGR attributes and the code that ends each; some share a code.
OFF = {
    1: 22, 2: 22, 3: 23, 4: 24, 21: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 51: 54, 52: 54, 53: 55,
}  # fmt: skip
# Attributes that are visible on a space.
ON_BLANKS = frozenset({4, 21, 7, 9, 51, 52, 53})


class Pen(NamedTuple):
    """A style as the terminal knows it: attributes, and the SGR codes of both colours."""

    attributes: frozenset[int] = frozenset()
    foreground: str = ""
    background: str = ""
    link: str = ""


DEFAULT = Pen()


class UnknownCode(ValueError):
    """An SGR code that `parse` does not know."""


def parse(sgr: str, link: str = "") -> Pen:
    """Return the pen for SGR parameters as Textual writes them.

    Raises `UnknownCode`.
    """
    attributes: set[int] = set()
    colours = {3: "", 4: ""}
    codes = iter(sgr.split(";") if sgr else ())
    for code in codes:
        number = int(code)
        if number in OFF:
            attributes.add(number)
        elif number in (38, 48):
            kind = next(codes, "")
            if kind not in ("2", "5"):
                raise UnknownCode(sgr)
            values = [next(codes, "") for _ in range(3 if kind == "2" else 1)]
            colours[number // 10] = ";".join([code, kind, *values])
        elif 30 <= number <= 49:
            colours[number // 10] = "" if number in (39, 49) else code
        elif 90 <= number <= 107:
            colours[3 if number < 100 else 4] = code
        else:
            raise UnknownCode(sgr)
    return Pen(frozenset(attributes), colours[3], colours[4], link)


@lru_cache(maxsize=4096)
def as_blank(pen: Pen) -> Pen:
    """Return the part of a pen that is visible on a space."""
    if pen.attributes & ON_BLANKS:
        return pen
    return Pen(background=pen.background, link=pen.link)


@lru_cache(maxsize=4096)
def for_blank(current: Pen, wanted: Pen) -> Pen:
    """Return the pen nearest to the current one that draws the wanted space."""
    if wanted.attributes:
        return wanted
    return current._replace(
        attributes=current.attributes - ON_BLANKS, background=wanted.background, link=wanted.link
    )


@lru_cache(maxsize=4096)
def change(old: Pen, new: Pen) -> str:
    """Return the sequence that changes the terminal's style from `old` to `new`."""
    link = ""
    if old.link != new.link:
        # One id per address, so that parts that are sent separately are one link.
        key = f"id={zlib.crc32(new.link.encode()):x}" if new.link else ""
        link = f"\x1b]8;{key};{new.link}\x1b\\"
    if old[:3] == new[:3]:
        return link

    ended = {OFF[code] for code in old.attributes - new.attributes}
    begun = {code for code in new.attributes if code not in old.attributes or OFF[code] in ended}
    steps = [*map(str, sorted(ended)), *map(str, sorted(begun))]
    if old.foreground != new.foreground:
        steps.append(new.foreground or "39")
    if old.background != new.background:
        steps.append(new.background or "49")
    afresh = [*map(str, sorted(new.attributes)), new.foreground, new.background]
    anew = ";".join(["0", *filter(None, afresh)]) if new[:3] != DEFAULT[:3] else ""
    return link + min(f"\x1b[{';'.join(steps)}m", f"\x1b[{anew}m", key=len)


@lru_cache(maxsize=8192)
def move(x: int | None, y: int | None, to_x: int, to_y: int) -> str:
    """Return the sequence that moves the cursor; None stands for an unknown column or row.

    After a write to the last column, the column is unknown: terminals disagree.
    """
    moves = [f"\x1b[{to_y + 1};{to_x + 1}H" if to_x else f"\x1b[{to_y + 1}H" if to_y else "\x1b[H"]
    if y == to_y:
        moves.append(f"\x1b[{to_x + 1}G" if to_x else "\r")
        if x is not None:
            moves.append(_step("C", to_x - x) if to_x > x else _step("D", x - to_x))
            moves.append("\b" * (x - to_x) or moves[0])
    elif x == to_x:
        moves.append(f"\x1b[{to_y + 1}d")
        if y is not None:
            moves.append(_step("B", to_y - y) if to_y > y else _step("A", y - to_y))
    return min(moves, key=len)


def _step(direction: str, count: int) -> str:
    return f"\x1b[{count if count > 1 else ''}{direction}"

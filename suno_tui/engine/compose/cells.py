"""Rhythms of lines and themes: the eighths of two bars at which notes may begin."""

from __future__ import annotations

from random import Random

_SUNG = (
    "x..x..x.x.......", "x.x.x...x.x.....", "..xx.xx.x.......", "x..x.xx.x..x....",
    "x.xx.xx.x.x.....", "xx.x.xx.x.......", ".xxx.xx.x.x.....", "x..x..x.x..x..x.",
    ".x.xx.x.xx.x....", "xxx.xx.xx.x.....", "..xxxxx.x.xx....", "x.xx.x.xx.xx....",
    "xxxx.xx.x.xx....", ".xxxxxx.x.xx....", "x.xxx.xxx.xx.x..", "xx.xx.xxx.xx.x..",
    "xxxxxxx.xxxx....", "xxx.xxx.xxx.xx..", "xxxxxxxxx.xxx...", "xxxxxxx.xxxxxxx.",
)  # fmt: skip
_LONG = (
    "x.....x.x.......", "x..x....x..x....", "x...x.x.x.......", "..x...x.x...x...",
    "x..x..x.x...x...", "x...x...x.x.x...", "x..x..x.x..x..x.", "x.x.x..xx...x...",
    "x..xx.x.x..x....", "x.xx..x.x.x.x...",
)  # fmt: skip
_FAST = (
    "xxx.xxx.xxx.x...", "x.xxx.xxx.xxx.x.", "xxxxx.x.xxxxx.x.", "xx.xx.xxxx.xx.x.",
    ".xxxxxxx.xxxxx..", "x.xx.xx.x.xx.xx.", "xxxxxxx.xxx.xx..", "xxxxxxxxxxxxx...",
    "xxx.xx.xxx.xx.x.", "xxxxxxxxxxxxxxx.",
)  # fmt: skip
BANKS = {"pop": _SUNG, "belt": _LONG + _SUNG, "soft": _SUNG + _LONG, "shout": _SUNG, "rap": _FAST}


def cell(count: int, beats: float, bank: tuple[str, ...], rng: Random) -> frozenset[float]:
    """Return the beats of about `count` notes: a rhythm of two bars out of a bank, stretched.

    It is chosen at random among the rhythms with at least `count` places (or it is the fullest).
    """
    marks = {row: row.count("x") for row in bank}
    enough = [row for row in bank if 0 <= marks[row] - count <= 1]
    if not enough:
        near = min(abs(n - count) for n in marks.values())
        enough = [row for row in bank if abs(marks[row] - count) == near]
    row = rng.choice(enough)
    step = beats / 16
    return frozenset(i * step for i, mark in enumerate(row) if mark == "x")

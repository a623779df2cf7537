"""LRC: lyrics with a time stamp before each line, as many players and sites write them."""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_LINES = 5000

_STAMP = re.compile(r"[ \t]*\[(\d{1,4}):([0-5]?\d)(?:[.:](\d{1,3}))?\]")
_WORD_STAMP = re.compile(r"[ \t]?<\d{1,4}:\d{1,2}(?:[.:]\d{1,3})?>[ \t]?")
_OFFSET = re.compile(r"\[offset:[ \t]*([+-]?\d{1,7})[ \t]*\]", re.IGNORECASE)
_HEAD = re.compile(
    r"\[(?:ar|al|ti|au|by|re|ve|la|id|length|offset|tool):[^\]]*\][ \t]*", re.IGNORECASE
)


class Lrc(NamedTuple):
    """The lines of an LRC file with their seconds, and its plain text. Without stamps `lines` is
    empty, and `text` is what was given."""

    lines: tuple[tuple[float, str], ...]
    text: str


def read_lrc(text: str) -> Lrc:
    """Read a text that may be LRC; heads, stamps of words and lines without a stamp are allowed.

    A text counts as LRC if at least half of its lines have stamps.
    """
    lines, plain, sung, stamped, repeated = [], [], 0, 0, False
    offset = int(found[1]) / 1000 if (found := _OFFSET.search(text)) else 0.0
    for line in text.splitlines()[:MOST_LINES]:
        moments, at = [], 0
        while (stamp := _STAMP.match(line, at)) is not None:
            moments.append(_seconds(stamp) - offset)
            at = stamp.end()
        if not moments and _HEAD.fullmatch(line):
            continue
        words = _WORD_STAMP.sub(" ", line[at:]).strip()
        sung += bool(line.strip())
        stamped += bool(moments)
        # A line that is sung several times may be written once, with several stamps.
        repeated |= len(moments) > 1
        lines += [(max(0.0, moment), words) for moment in moments]
        plain.append(words)
    if not stamped or stamped * 2 < sung:
        return Lrc((), text)
    lines.sort(key=lambda line: line[0])
    if repeated:
        plain = [words for _, words in lines[:MOST_LINES]]
    return Lrc(tuple(lines[:MOST_LINES]), "\n".join(plain).strip("\n"))


def _seconds(stamp: re.Match[str]) -> float:
    fraction = float(f"0.{stamp[3]}") if stamp[3] else 0.0
    return int(stamp[1]) * 60 + int(stamp[2]) + fraction

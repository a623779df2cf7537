"""LRC: lyrics with a time stamp before each line, as many players and sites write them.

Enhanced LRC (A2) has a stamp in angle brackets before each word, too, and one after the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from suno_tui.library.timed_line import TimedLine

MOST_LINES = 5000

_STAMP = re.compile(r"[ \t]*\[(\d{1,4}):([0-5]?\d)(?:[.:](\d{1,3}))?\]")
_WORD_STAMP = re.compile(r"[ \t]*<(\d{1,4}):(\d{1,2})(?:[.:](\d{1,3}))?>[ \t]*")
_OFFSET = re.compile(r"\[offset:[ \t]*([+-]?\d{1,7})[ \t]*\]", re.IGNORECASE)
_HEAD = re.compile(
    r"\[(?:ar|al|ti|au|by|re|ve|la|id|length|offset|tool):[^\]]*\][ \t]*", re.IGNORECASE
)


Piece = tuple[float, str]
"""The second at which a word is sung, and the word with a space; an empty word ends the line."""


class Lrc(NamedTuple):
    """The lines of an LRC file with their seconds and words, and its plain text.

    If the text has no stamps, `lines` is empty and `text` is the text itself.
    """

    lines: tuple[tuple[float, str, tuple[Piece, ...]], ...]
    text: str


def read_lrc(text: str) -> Lrc:
    """Read a text that may be LRC, with headers, word stamps and lines without a stamp.

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
        pieces = _pieces(line[at:], moments[0], offset) if len(moments) == 1 else ()
        sung += bool(line.strip())
        stamped += bool(moments)
        # A line that is sung several times may be written once, with several stamps.
        repeated |= len(moments) > 1
        lines += [(max(0.0, moment), words, pieces) for moment in moments]
        plain.append(words)
    if not stamped or stamped * 2 < sung:
        return Lrc((), text)
    lines.sort(key=lambda line: line[0])
    if repeated:
        plain = [words for _, words, _ in lines[:MOST_LINES]]
    return Lrc(tuple(lines[:MOST_LINES]), "\n".join(plain).strip("\n"))


def _pieces(text: str, begin: float, offset: float) -> tuple[Piece, ...]:
    """Return the words of a line with their seconds; empty if it has no word stamps."""
    stamps = list(_WORD_STAMP.finditer(text))
    if not stamps:
        return ()
    moments = [begin, *(max(0.0, _seconds(stamp) - offset) for stamp in stamps)]
    starts = [0, *(stamp.end() for stamp in stamps)]
    ends = [*(stamp.start() for stamp in stamps), len(text)]
    words = [text[a:b].strip() for a, b in zip(starts, ends, strict=True)]
    found = [(at, f"{word} ") for at, word in zip(moments, words, strict=True) if word]
    return (*found, *([] if words[-1] else [(moments[-1], "")]))


def write_lrc(lines: Iterable[TimedLine], *, words: bool, title: str = "") -> str:
    """Return timed lyrics as LRC; with `words`, stamp the words of lines that have word times."""
    out = [f"[ti:{title}]"] if title else []
    for line in lines:
        text = " ".join(line.text.split())
        if words and line.words:
            text = " ".join(f"<{_stamp(word.at)}> {word.text}" for word in line.words)
            text += f" <{_stamp(line.end)}>" if line.end is not None else ""
        out.append(f"[{_stamp(line.at)}]{text}")
    return "\n".join(out) + "\n"


def _stamp(seconds: float) -> str:
    hundredths = max(0, round(seconds * 100))
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _seconds(stamp: re.Match[str]) -> float:
    fraction = float(f"0.{stamp[3]}") if stamp[3] else 0.0
    return int(stamp[1]) * 60 + int(stamp[2]) + fraction

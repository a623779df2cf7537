"""Ask the terminal what pictures it can show, without waiting for the answers.

The questions are sent with the first frame. Answers are cut out of the input whenever they come.
Every terminal answers the last question (DA1), so that its answer completes the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_KITTY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_NAME, _CELL, _ATTRIBUTES = "\x1b[>0q", "\x1b[16t", "\x1b[c"

# Strings, because few sessions need them: `re` compiles and caches them on first use.
_ANSWER = (
    r"\x1bP>\|(?P<name>[^\x1b]*)\x1b\\"
    r"|\x1b_G(?P<kitty>[^\x1b]*)\x1b\\"
    r"|\x1b\[6;(?P<height>\d+);(?P<width>\d+)t"
    r"|\x1b\[\?(?P<attributes>[\d;]*)c"
)
_BEGUN = (
    r"\x1b(?:P(?:>(?:\|[^\x1b]*\x1b?)?)?|_(?:G[^\x1b]*\x1b?)?|\[(?:6(?:;[\d;]*)?|\?[\d;]*)?)?\Z"
)
_SURE = ("\x1bP>|", "\x1b_G")
PATIENCE, LONG_PATIENCE = 0.1, 2.0
"""Seconds for which the start of an answer is held back: if it may be a key, and if it can't."""


def questions(env: Mapping[str, str]) -> str:
    """Return what to ask this terminal; empty for those that print unknown sequences."""
    term = env.get("TERM", "")
    if "TMUX" in env:
        return _CELL + _ATTRIBUTES  # tmux makes a title of kitty's question
    if term in ("", "dumb", "linux") or term.startswith(("screen", "vt")):
        return ""
    return _NAME + _KITTY + _CELL + _ATTRIBUTES


class TerminalAnswers(NamedTuple):
    """The terminal's answers. `cell` is the width and height of a cell in pixels."""

    name: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None


class AnswerParser:
    """Cuts answers out of the input, however it is split, and passes the rest on."""

    def __init__(self) -> None:
        self.asked = False
        self.complete: TerminalAnswers | None = None
        """All answers, once the last one has come."""
        self._held = ""
        self._since = 0.0
        self._name, self._kitty = "", False
        self._cell: tuple[int, int] | None = None

    def feed(self, data: str, now: float) -> str:
        """Return input that came at the time `now` (seconds), without the answers in it."""
        # Esc alone is far more often the key than an answer that was split after its first byte.
        whole = bool(self._held) or data != "\x1b"
        data, self._held = self._held + data, ""
        if "\x1b" not in data:
            return data
        rest = re.sub(_ANSWER, self._take, data)
        if self.asked and self.complete is None and whole and (begun := re.search(_BEGUN, rest)):
            rest, self._held, self._since = rest[: begun.start()], begun[0], now
        return rest

    def settle(self, now: float) -> str:
        """Return what was held back for too long to be an answer."""
        patience = LONG_PATIENCE if self._held.startswith(_SURE) else PATIENCE
        if not self._held or now - self._since < patience:
            return ""
        rest, self._held = self._held, ""
        return rest

    def _take(self, match: re.Match[str]) -> str:
        if (name := match["name"]) is not None:
            self._name = name
        elif (kitty := match["kitty"]) is not None:
            self._kitty = self._kitty or kitty.endswith(";OK")
        elif match["height"] is not None:
            self._cell = int(match["width"]), int(match["height"])
        elif self.asked and self.complete is None:
            sixel = "4" in match["attributes"].split(";")[1:]
            self.complete = TerminalAnswers(self._name, self._kitty, sixel, self._cell)
        return ""

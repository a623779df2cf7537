"""Bracketed pastes, cut out of what a terminal sends before any of it is read as keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.events import Paste

START, END = "\x1b[200~", "\x1b[201~"
PATIENCE = 1.0
"""Seconds without a byte after which a paste that was never closed is over."""

# Patterns that few sessions need; `re` makes them with the first and keeps them.
_SEQUENCE = (
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)"  # OSC
    "|\x1b[PX^_][^\x1b\n]*\x1b\\\\"  # DCS, SOS, PM, APC
)
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"


class PasteParser:
    """Takes what was read, in any pieces, and gives it on as keys and pastes, in its order."""

    def __init__(self) -> None:
        self._text = ""
        """The paste so far, or what may be the beginning of its start."""
        self._inside = False
        self._heard = 0.0

    def feed(self, data: str, now: float) -> Iterator[str | Paste]:
        """What came at the time `now` (seconds)."""
        self._heard = now
        # Esc alone is the key, far more often than a start that was cut after its first byte.
        whole = data != "\x1b"
        before = len(self._text)
        data, self._text = self._text + data, ""
        while data:
            mark = END if self._inside else START
            at = data.find(mark, max(0, before - len(mark)))
            before = 0
            if at < 0:
                break
            if self._inside:
                yield Paste(plain(data[:at]))
            elif at:
                yield data[:at]
            self._inside = not self._inside
            data = data[at + len(mark) :]
        if self._inside:
            self._text = data
            return
        kept = _begun(data) if whole else 0
        data, self._text = data[: len(data) - kept], data[len(data) - kept :]
        if data:
            yield data

    def settle(self, now: float) -> Iterator[str | Paste]:
        """Nothing came for a while: what was held back is what it looks like."""
        if self._inside and now - self._heard < PATIENCE:
            return
        text, self._text = self._text, ""
        if self._inside:
            self._inside = False
            yield Paste(plain(text))
        elif text:
            yield text


def plain(text: str) -> str:
    """Pasted text without escape sequences and control characters; lines end in a newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(_CONTROL, "", re.sub(_SEQUENCE, "", text))


def _begun(data: str) -> int:
    """How many characters at the end may begin a paste."""
    return next((n for n in range(len(START) - 1, 0, -1) if data.endswith(START[:n])), 0)

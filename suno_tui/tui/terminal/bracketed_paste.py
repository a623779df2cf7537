"""Cuts bracketed pastes out of the input before it is parsed as keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.events import Paste

START, END = "\x1b[200~", "\x1b[201~"
PATIENCE = 1.0
"""Seconds without input after which an unclosed paste ends."""

# Strings, because few sessions need them: `re` compiles and caches them on first use.
_SEQUENCE = (
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)"  # OSC
    "|\x1b[PX^_][^\x1b\n]*\x1b\\\\"  # DCS, SOS, PM, APC
)
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"


class PasteParser:
    """Splits the input, however it is chunked, into keys (text) and pastes, in order."""

    def __init__(self) -> None:
        self._text = ""
        """The paste so far, or what may be the first part of `START`."""
        self._inside = False
        self._last_input = 0.0

    def feed(self, data: str, now: float) -> Iterator[str | Paste]:
        """Process input that came at the time `now` (seconds)."""
        self._last_input = now
        # Esc alone is far more often the key than a `START` that was split after its first byte.
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
        kept = _possible_start(data) if whole else 0
        data, self._text = data[: len(data) - kept], data[len(data) - kept :]
        if data:
            yield data

    def settle(self, now: float) -> Iterator[str | Paste]:
        """Release what was held back, after some time without input."""
        if self._inside and now - self._last_input < PATIENCE:
            return
        text, self._text = self._text, ""
        if self._inside:
            self._inside = False
            yield Paste(plain(text))
        elif text:
            yield text


def plain(text: str) -> str:
    """Return pasted text without escape sequences and control characters; lines end in `\\n`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(_CONTROL, "", re.sub(_SEQUENCE, "", text))


def _possible_start(data: str) -> int:
    """Return how many characters at the end may be the first part of `START`."""
    return next((n for n in range(len(START) - 1, 0, -1) if data.endswith(START[:n])), 0)

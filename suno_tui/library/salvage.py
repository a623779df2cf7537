"""Read what can be read of a track file that was cut short or has a mistake in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from suno_tui.common.safe_files import NotText, NotToml, decode, is_utf16, parse_toml
from suno_tui.library.track import missing_part, read_table

_START = re.compile(r"^(?:[A-Za-z_][\w-]*[ \t]*=|\[)", re.MULTILINE)
_MOST_PIECES = 400


def salvage(data: bytes) -> dict[str, Any]:
    """Return the keys of a track file that are complete and valid, in their order.

    The file is parsed in pieces, one per key. If a text doesn't end, everything after it is ignored
    because it may be part of that text.
    """
    try:
        text = data.decode("utf-16") if is_utf16(data) else decode(data)
    except (NotText, UnicodeDecodeError):
        text = data.decode("utf-8", "replace")
    try:
        table = parse_toml(text.encode())
        if table and missing_part(table) and not text.endswith("\n"):
            table.popitem()  # its last value may be cut short
    except (NotToml, NotText):
        table = _parse_pieces(text.replace("\r\n", "\n"))
    return {name: value for name, value in table.items() if _is_valid(name, value)}


def _parse_pieces(text: str) -> dict[str, Any]:
    starts = [found.start() for found in _START.finditer(text)][:_MOST_PIECES]
    ends = [*starts[1:], len(text)]
    table: dict[str, Any] = {}
    at = 0
    while at < len(starts):
        last, read = at, None
        if text.startswith("[", starts[at]):
            last, read = len(starts) - 1, _longest(text[starts[at] :])
        else:
            for last in range(at, len(starts)):
                piece = text[starts[at] : ends[last]]
                # A last line without a line end may have been cut short.
                read = _parsed(piece) if piece.endswith("\n") else None
                if read is not None or (piece.count('"""') % 2 == 0 and "'''" not in piece):
                    break
            else:
                return table  # a text that doesn't end
        for name, value in (read or {}).items():
            table.setdefault(name, value)
        at = last + 1
    return table


def _longest(text: str) -> dict[str, Any] | None:
    """Parse as many lines as possible of the tables at the end of a file."""
    lines = text.splitlines(keepends=True)
    for count in range(len(lines), max(0, len(lines) - _MOST_PIECES), -1):
        read = _parsed("".join(lines[:count]))
        if read is not None:
            return read
    return None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return parse_toml(text.encode())
    except (NotToml, NotText):
        return None


def _is_valid(name: str, value: object) -> bool:
    try:
        read_table({name: value}, file=Path("x"), audio=Path("x"), cover=None)
    except (ValueError, OverflowError):
        return False
    return True

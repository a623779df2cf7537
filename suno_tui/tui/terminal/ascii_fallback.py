"""Replaces characters that a terminal without Unicode lacks by similar ones of the same width."""

from __future__ import annotations

import codecs
import unicodedata

from rich.cells import cell_len as cells

_ALIKE = {
    sign: plain
    for plain, signs in {
        "-": "─━┄┈╌–—−", "|": "│┃▏▎▍▐▕‖", "+": "╭╮╰╯┌┐└┘├┤┬┴┼", ">": "▸▶►→›▌", "<": "◂◀◄←‹",
        "^": "▴▲↑", "v": "▾▼↓✔✓", "x": "✖✗✘✕×", "*": "★●•♪♫", ".": "☆·…", "o": "○◌◍◔◑◕", "@": "◐",
        "#": "█▇▆▅■▀", "=": "▄▃", "_": "▂▁", "f": "♥", "!": "⚠", "\\": "⏎", '"': "“”„", "'": "‘’‚",
    }.items()
    for sign in signs
}  # fmt: skip


def plain_encoding(name: str | None) -> str | None:
    """Return the encoding if it lacks characters; None if it has all of Unicode."""
    try:
        known = codecs.lookup(name or "utf-8").name
    except LookupError:
        return None
    return None if known.startswith(("utf", "gb18030")) else known


def fitted(text: str, encoding: str) -> str:
    """Return the text with characters of that encoding only, of the same width."""
    return text.encode(encoding, _HANDLER).decode(encoding)


def _alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start : error.end]
    return "".join(map(_plain, part)), error.end


def _plain(sign: str) -> str:
    if sign in _ALIKE:
        return _ALIKE[sign]
    base = unicodedata.normalize("NFKD", sign)[0]
    return base if base.isascii() and cells(sign) == 1 else "?" * cells(sign)


_HANDLER = "suno_tui_alike"
codecs.register_error(_HANDLER, _alike)

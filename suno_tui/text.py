"""Text from outside, made safe for a terminal: shown, never obeyed.

Titles, lyrics, tags and errors come from providers and files. A control character that reached the
terminal could move the cursor, change the title or worse, so each becomes a visible sign.
"""

from __future__ import annotations

import re

# `re` makes it when the first text needs it, and keeps it.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"


def clean(text: str, *, lines: bool = False) -> str:
    """The text with every control character made visible (escape is `␛`).

    `lines` keeps line breaks, each of them one `\\n`, and turns tabs into two spaces; otherwise
    both become one space. Bidirectional overrides and lone surrogates become `�`; right-to-left
    text itself, emoji and joiners stay as they are.
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines:
        return "\n".join(
            re.sub(_CONTROL, _sign, line.replace("\t", "  ")) for line in text.split("\n")
        )
    return re.sub(_CONTROL, _sign, re.sub("[\t\n]+", " ", text))


def is_unicode(text: str) -> bool:
    """Whether all of it can be written in UTF-8: half a surrogate pair can't, nor a file's name in
    another encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def signs(text: str) -> str:
    """As `clean`, with one sign for each character, so that all of them keep their places."""
    return text if text.isprintable() else re.sub(_CONTROL, lambda found: clean(found[0]), text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"


def clock(seconds: float) -> str:
    """A length or a position: `3:18`, `1:02:09`; a second that has begun isn't counted."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"

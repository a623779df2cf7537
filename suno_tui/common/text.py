"""Make text from outside safe to show in a terminal.

Titles, lyrics, tags and errors come from providers and files. A control character in them could
move the cursor or change the terminal's title, so each one is replaced by a visible symbol.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MOST_MARKS = 4
"""The most combining marks that are shown on one character. Vietnamese needs two, Hebrew with
vowels and accents four; three hundred would cover the rows above."""

# A string, so that `re` compiles (and caches) it only when it is needed. It has Unicode's format
# characters (Cf) except the few visible ones, such as U+06DD; blank tags (from U+E0000); and the
# placeholder of kitty's images (U+10EEEE).
_CONTROL = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\U0010eeee]"
)
_PILE = r"[^\w\s]{5,}"  # combining marks are not \w
JOINERS = "\u200c\u200d"
"""The zero width non-joiner, and the joiner."""

_SKIN = range(0x1F3FB, 0x1F400)
_JOINING = (  # scripts whose letters change their form next to a joiner: Arabic to Meetei Mayek
    range(0x0600, 0x1100), range(0x1700, 0x1D00), range(0xA800, 0xAC00), range(0xFB50, 0xFE00),
    range(0xFE70, 0xFF00), range(0x10A00, 0x12000), range(0x1E900, 0x1EF00),
)  # fmt: skip


def clean(text: str, *, lines: bool = False) -> str:
    """Return the text with every control and format character made visible (escape is `␛`).

    With `lines`, line breaks are kept as `\\n` and tabs become two spaces; else both become one
    space. Characters that are invisible, change the direction of writing or are half a surrogate
    pair become `�`; of a pile of combining marks, `MOST_MARKS` are left. Right-to-left text itself,
    emoji, variation selectors and the joiners that emoji and scripts such as Arabic and Devanagari
    need stay as they are.
    """
    if text.isprintable():
        return limit_marks(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines:
        text = "\n".join(
            re.sub(_CONTROL, _sign, line.replace("\t", "  ")) for line in text.split("\n")
        )
    else:
        text = re.sub(_CONTROL, _sign, re.sub("[\t\n]+", " ", text))
    return limit_marks(text)


def for_clipboard(text: str, *, lines: bool = False) -> str:
    """Return the text without the characters that `clean` replaces: it may be pasted into a shell.

    With `lines`, tabs are kept and line breaks become `\\n`; otherwise both become one space.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = re.sub("[\t\n]+", " ", text)
    return re.sub(_CONTROL, lambda found: found[0] if _stays(found) else "", text)


def is_unicode(text: str) -> bool:
    """Return whether the text can be encoded in UTF-8: half a surrogate pair can't, nor can a file
    name in another encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean_in_place(text: str) -> str:
    """Do what `clean` does, but replace each character by one, so that positions stay the same."""
    if text.isprintable():
        return text
    return re.sub(_CONTROL, lambda found: " " if found[0] in "\t\n\r" else _sign(found), text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return found[0] if _stays(found) else "�"


def _stays(found: re.Match[str]) -> bool:
    """Return whether the match is kept: a line break, a tab, or a joiner that has an effect."""
    return found[0] in "\t\n" or (found[0] in JOINERS and joins(found.string, found.start()))


def joins(text: str, at: int) -> bool:
    """Return whether the joiner at this index joins two emoji, or letters that need it."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before in JOINERS or (after and after in JOINERS):
        return False  # two joiners in a row, or nothing before them
    if _joining(before) or _joining(after):
        return True
    if at > 1 and before == "\ufe0f":
        before = text[at - 2]
    return text[at] == "\u200d" and _emoji(before) and _emoji(after)


def _joining(char: str) -> bool:
    import unicodedata

    return (
        char != ""
        and any(ord(char) in script for script in _JOINING)
        and unicodedata.category(char)[0] in "LM"
    )


def _emoji(char: str) -> bool:
    import unicodedata

    return char != "" and (char in "↔↕" or ord(char) in _SKIN or unicodedata.category(char) == "So")


def limit_marks(text: str) -> str:
    """Return the text with at most `MOST_MARKS` combining marks on each character."""
    return text if text.isascii() else re.sub(_PILE, _thin, text)


def _thin(found: re.Match[str]) -> str:
    import unicodedata

    left, marks = [], 0
    for char in found[0]:
        if unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
        elif char not in JOINERS:
            marks = 0
        if marks <= MOST_MARKS and not (marks == MOST_MARKS and char in JOINERS):
            left.append(char)
    return "".join(left)


def clock(seconds: float) -> str:
    """Format a duration or a position: `3:18`, `1:02:09`. Seconds are rounded down."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def deadline(moment: datetime) -> str:
    """Format a moment in the future in the local time zone: `Tue 14:05`; in six days or more, with
    the date: `15 Dec 14:05`."""
    local = moment.astimezone()
    if moment - datetime.now(UTC) < timedelta(days=6):
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}"

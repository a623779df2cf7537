"""The names of keys: Textual's, the table's, and those on the screen."""

from __future__ import annotations

import difflib
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual import events

_MODIFIED = ("alt+", "ctrl+", "super+", "hyper+", "meta+")


def key_name(event: events.Key) -> str:
    """Return a key's name in the table: the character that it types, else Textual's name."""
    if event.key.startswith(_MODIFIED):
        return event.key
    if event.is_printable and event.character:
        return "space" if event.character == " " else event.character
    return event.key


def without_alt(event: events.Key) -> str:
    """Return a key's name without Alt: terminals send Alt and a key as Esc and that key."""
    name = key_name(event)
    if not name.startswith("alt+"):
        return name
    if event.is_printable and event.character:
        return "space" if event.character == " " else event.character
    name = name[4:]
    if name.startswith("shift+") and len(name) == 7:
        return name[6:].upper()
    return next((sign for sign in map(chr, range(0x21, 0x7F)) if sign_name(sign) == name), name)


def is_chord(name: str) -> bool:
    """Return whether a key acts inside text too, because it never types a character."""
    function_key = name[:1] == "f" and name[1:].isdigit()
    return name.startswith(_MODIFIED) or function_key


_SIGNS = {
    "space": "space", "enter": "⏎", "escape": "esc", "left": "←", "right": "→", "up": "↑",
    "down": "↓", "pageup": "PgUp", "pagedown": "PgDn", "tab": "tab", "home": "home", "end": "end",
}  # fmt: skip


def display_keys(sequence: str) -> str:
    """Return a key sequence as it is displayed: Enter is `⏎`, PageUp `PgUp`."""
    return " ".join(_SIGNS.get(key, key) for key in sequence.split(" "))


_ALIASES = {
    "ctrl+m": "enter", "ctrl+i": "tab", "ctrl+[": "escape", "ctrl+h": "backspace",
    "ctrl+?": "backspace", "ctrl+question_mark": "backspace", "return": "enter", "esc": "escape",
}  # fmt: skip
"""Names of keys that terminals send as another key, and the name of that key in the table."""


_NAMED = {f"f{number}" for number in range(1, 25)} | {
    *("backspace", "delete", "insert", "enter", "escape", "space", "tab", "up", "down", "left"),
    *("right", "home", "end", "pageup", "pagedown", "slash", "backslash", "at", "minus", "plus"),
    "underscore",
}
"""Keys that Textual names by a word; other characters have their Unicode name, such as
`left_parenthesis`. Written out here because `doctor` checks keys without loading Textual."""


@cache
def _names() -> frozenset[str]:
    return frozenset(_unicode_name(chr(code)) for code in range(0x21, 0x100)) | _NAMED


def _unicode_name(sign: str) -> str:
    return unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")


_SHORT = {"/": "slash", "\\": "backslash", "-": "minus", "+": "plus", "_": "underscore"}


def textual_name(key: str) -> str:
    """Return Textual's name of a key: `ctrl+]` is `ctrl+right_square_bracket`."""
    sign = key[-1]
    if not key.startswith(_MODIFIED) or sign.isalnum() or sign == "@":
        return key
    return key[:-1] + sign_name(sign)


def sign_name(sign: str) -> str:
    """Return Textual's name of a sign: `!` is `exclamation_mark`."""
    return _SHORT.get(sign) or _unicode_name(sign)


def why_impossible(sequence: str) -> str | None:
    """Return why no terminal can send this sequence; None if one can."""
    keys = sequence.split(" ")
    if len(keys) > 2:
        return f"{sequence!r} is too long, at most two keys follow each other"
    for key in keys:
        base = key.rpartition("+")[2] or "+"
        modifiers = [part for part in key.removesuffix(base).split("+") if part]
        if key in _ALIASES:
            return f"{key!r} is another name, write {_ALIASES[key]!r}"
        if modifiers == ["shift"] and len(base) == 1:
            sign = base.upper() if base.isalpha() else "the sign that it types"
            return f"no terminal sends {key!r}, write {sign}"
        if "ctrl" in modifiers and not base.isascii():
            return f"no terminal sends {key!r}"
        if not {*modifiers} <= {"alt", "ctrl", "shift", "super", "hyper", "meta"}:
            return f"there is no key {key!r}"
        if len(base) > 1 and base not in _names():
            near = difflib.get_close_matches(base, _names(), n=1)
            return f"there is no key {key!r}" + (f", did you mean {near[0]!r}?" if near else "")
    return None

"""Make safe file names from any title, and prepare text for searches."""

from __future__ import annotations

import os
import re
import unicodedata

from suno_tui.common.filenames import RESERVED, shorten, slug
from suno_tui.common.sqlite import OLD_MARKS

MOST_BYTES = 60
"""Longest name made from a title, in UTF-8: room for numbers, suffixes and temporary names."""

MOST_READABLE = 180
"""Longest part of a name that the user chose: room for a number and a suffix below 255."""


def file_name(title: str) -> str:
    """Return the name of a track's files and folder."""
    return slug(title, MOST_BYTES)


def readable_name(text: str) -> str:
    """Return a file name close to what the user wrote, changed only so that every disk takes it.

    Return an empty text if nothing is left of it; else a name of at most `MOST_READABLE` bytes
    that is not hidden, no path, and no device name of Windows.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        if character in '/\\:|*?"<>':
            kept.append("-")
        elif character.isspace() or unicodedata.category(character)[0] != "C":
            kept.append(character)
    line = " ".join("".join(kept).split())
    name = shorten(line.lstrip(" .-~").rstrip(" ."), MOST_READABLE, " ")
    return f"_{name}" if name.partition(".")[0].strip().casefold() in RESERVED else name


def fold(text: str) -> str:
    """Return text without case and accents, for sorting; numbers sort by their value."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\d{1,8}", lambda found: found[0].zfill(8), " ".join(plain.split()))


# Not compiled while the program starts; `re` caches the patterns at their first use.
# Scripts that are written without spaces: each character counts as a word.
_DENSE = (
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
_HYPHENED = r"\b\w++(?:[-'’]\w++)+"


def searchable(text: str) -> str:
    """Return text for the full-text table, so that `lofi` finds `lo-fi`, and `空` finds `夜空`."""
    normal = split_dense(text)
    if not any(mark in normal for mark in "-'’"):
        return normal
    joined = {re.sub(r"[-'’]", "", word) for word in re.findall(_HYPHENED, normal)}
    return f"{normal} {' '.join(sorted(joined))}" if joined else normal


def split_dense(text: str) -> str:
    """Return text with spaces around each character of scripts that are written without spaces."""
    if text.isascii():
        return text  # the usual case: saves time with a hundred thousand songs
    spaced = re.sub(_DENSE, r" \1 ", unicodedata.normalize("NFC", text))
    if OLD_MARKS:
        return re.sub("[\u0180-\u024f\u1e00-\u1fff]+", _take_apart, spaced)
    return spaced


def _take_apart(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", found[0])


def composed(name: str) -> str:
    """Return the name with composed accents (NFC): some disks and archives decompose them."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def spelt(path: str) -> str:
    """Return the path as readable text; bytes that aren't UTF-8 appear as in `Gr\\xf6\\xdfe`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")

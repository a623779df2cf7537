"""Safe file names from titles that may hold anything, and text prepared for searching."""

from __future__ import annotations

import os
import re
import unicodedata

from suno_tui.sqlite import OLD_MARKS

FALLBACK = "untitled"
MOST_BYTES = 60
"""Longest name made from a title, in UTF-8: room for numbers, suffixes and temporary names."""

MOST_READABLE = 180
"""Longest part of a name that a person chose: room for a number and a suffix below 255."""

_RESERVED = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(10)}


def file_name(title: str) -> str:
    """A name for files and folders: letters and digits of any script, joined by single hyphens.

    Never empty, never hidden, no path, no device name of Windows, and not too long.
    """
    normal = unicodedata.normalize("NFKC", title).casefold()
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", normal):
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "M" and kept and kept[-1] != "-"):
            kept.append(character)
        elif category != "Cf" and character not in "'’" and kept and kept[-1] != "-":
            kept.append("-")
    name = _shorten("".join(kept).strip("-"), MOST_BYTES, "-")
    return f"{name}-" if name in _RESERVED else name or FALLBACK


def readable_name(text: str) -> str:
    """A name for a file that goes out to people: as they wrote it, as far as any disk takes it.

    Empty where nothing is left of it; else never hidden, no path, no device name of Windows, at
    most `MOST_READABLE` bytes.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        if character in '/\\:|*?"<>':
            kept.append("-")
        elif character.isspace() or unicodedata.category(character)[0] != "C":
            kept.append(character)
    line = " ".join("".join(kept).split())
    name = _shorten(line.lstrip(" .-~").rstrip(" ."), MOST_READABLE, " ")
    return f"_{name}" if name.partition(".")[0].strip().casefold() in _RESERVED else name


def _shorten(name: str, most: int, border: str) -> str:
    """At most so many bytes, cut at a border of words where one is near."""
    data = name.encode("utf-8", "ignore")
    if len(data) <= most:
        return data.decode()
    cut = data[:most].decode("utf-8", "ignore")
    head, _, tail = cut.rpartition(border)
    return (head if head and len(tail) < 15 else cut).rstrip(f"{border}.")


def fold(text: str) -> str:
    """Text without case and accents, for sorting; numbers in it sort by their value."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\d{1,8}", lambda found: found[0].zfill(8), " ".join(plain.split()))


# Patterns that a start does not need; `re` makes them with the first use and keeps them.
# Scripts that are written without spaces: each character is a word of its own.
_DENSE = (
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
_HYPHENED = r"\b\w++(?:[-'’]\w++)+"


def searchable(text: str) -> str:
    """Text as the index of words takes it: `lo-fi` is found as `lofi` too, `夜空` by `空`."""
    normal = split_dense(text)
    if not any(mark in normal for mark in "-'’"):
        return normal
    joined = {re.sub(r"[-'’]", "", word) for word in re.findall(_HYPHENED, normal)}
    return f"{normal} {' '.join(sorted(joined))}" if joined else normal


def split_dense(text: str) -> str:
    """Text with spaces around each character of a script that is written without spaces."""
    if text.isascii():
        return text  # most are, and a hundred thousand songs are many
    spaced = re.sub(_DENSE, r" \1 ", unicodedata.normalize("NFC", text))
    if OLD_MARKS:
        return re.sub("[\u0180-\u024f\u1e00-\u1fff]+", _take_apart, spaced)
    return spaced


def _take_apart(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", found[0])


def composed(name: str) -> str:
    """The name with each accent as one character, where the disk or an archive has it as two."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def spelt(path: str) -> str:
    """The path in Unicode, for people: bytes that are none are spelt out, as `Gr\\xf6\\xdfe`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")

"""Make safe file names from any titles."""

from __future__ import annotations

import unicodedata

FALLBACK = "untitled"
RESERVED = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(10)}
"""Windows' device names, which can't be file names."""


def slug(title: str, most_bytes: int, *, strict: bool = False) -> str:
    """Return a file name: letters and digits of any script, joined by single hyphens.

    It is never empty, hidden, a path or a device name of Windows, and has at most `most_bytes` in
    UTF-8 (one more if it would be a device name).

    `strict` is the rule for drafts, whose names on disk must stay valid: underscores count as
    letters, apostrophes as gaps, and a long name is cut inside a word.
    """
    normal = "".join(char for char in title if unicodedata.category(char) != "Cf")
    for _ in range(2):  # casefolding can undo the normal form, and vice versa
        normal = unicodedata.normalize("NFKC", normal).casefold()
    kept: list[str] = []
    for character in unicodedata.normalize("NFKC", normal):
        in_word = bool(kept) and kept[-1] != "-"
        category = unicodedata.category(character)
        if character.isalnum() or (category[0] == "M" and in_word) or (strict and character == "_"):
            kept.append(character)
        elif in_word and (strict or character not in "'’"):
            kept.append("-")
    if strict:
        name = "".join(kept).strip("-_").encode()[:most_bytes].decode(errors="ignore")
        return name.strip("-_") or FALLBACK
    name = shorten("".join(kept).strip("-"), most_bytes, "-")
    return f"{name}-" if name in RESERVED else name or FALLBACK


def shorten(name: str, most_bytes: int, border: str) -> str:
    """Cut a name to at most `most_bytes` bytes, at a word border if one is near."""
    data = name.encode("utf-8", "ignore")
    if len(data) <= most_bytes:
        return data.decode()
    cut = data[:most_bytes].decode("utf-8", "ignore")
    head, _, tail = cut.rpartition(border)
    return (head if head and len(tail) < 15 else cut).rstrip(f"{border}.")

"""Clean lyrics from elsewhere: find what would be sung by mistake, and remove it.

This means time stamps (LRC), remains of lyrics pages, chords above or inside the words, ChordPro
directives, section tags in other brackets, and backslashes at line ends. What is left are the words
and their section tags; a text without any of this is returned unchanged.
"""

from __future__ import annotations

import re
from functools import lru_cache

from suno_tui.lyrics.sections import MOST_LINES, kind_of

_CLOCK = r"\d{1,3}:\d{2}(?:[.:]\d{1,3})?"
_STAMP = re.compile(rf"^\s*(?:\[{_CLOCK}\]\s*)+|<{_CLOCK}>")
_LRC_FACT = re.compile(
    r"\s*\[(?:ti|ar|al|au|by|la|re|ve|tool|offset|length|#)\s*:[^\[\]]*\]\s*", re.I
)

_CHORD_SIGN = (
    r"[A-GH][#b♯♭]?(?:maj|min|mi|m|M|dim|aug|sus|add|[°øΔ+])?\d{0,2}"
    r"(?:(?:sus|add|maj|no|omit|[b#-])\d{1,2})*(?:/[A-GH][#b♯♭]?)?"
)
_CHORD = re.compile(_CHORD_SIGN)
_CHORD_IN_BRACKETS = re.compile(rf"\[(?:{_CHORD_SIGN}|N\.?C\.?)\]")
_BESIDE_CHORDS = re.compile(r"\||/|-|–|\.|%|:|N\.?C\.?|\(?[x×]\d+\)?|\(?\d+[x×]\)?")

_DIRECTIVE = re.compile(r"\{\s*([A-Za-z_]+)\s*(?::\s*([^{}]*))?\}")
_COMMENTS = {"c", "comment", "ci", "cb", "comment_italic", "comment_box", "highlight"}
_STARTS = {"soc": "Chorus", "sov": "Verse", "sob": "Bridge", "chorus": "Chorus"}
_DIRECTIVES = {
    *("eoc", "eov", "eob", "sot", "eot", "sog", "eog", "t", "title", "st", "subtitle", "artist"),
    *("composer", "lyricist", "copyright", "album", "year", "key", "time", "tempo", "duration"),
    *("capo", "meta", "define", "chord", "transpose", "new_page", "np", "new_song", "ns", "column"),
    *("columns", "col", "colb", "column_break", "textfont", "textsize", "chordfont", "chordsize"),
}

_PAGE_HEAD = re.compile(
    r"^(?:\d+ Contributors?|Translations).*?(?: Lyrics|$)|^.{0,120} Lyrics(?=\[)"
)
_PAGE_NOTES = re.compile(
    r"You might also like|See .{1,80}? Live ?Get tickets as low as \$\d+"
    r"|(?<=\S)\d*K?Embed$|^\d*K?Embed$"
)
_OTHER_BRACKETS = re.compile(r"^\s*[【〔［〖]\s*([^【】〔〕［］〖〗\[\]]{1,60}?)\s*[】〕］〗]\s*$")
_BARE_HEAD = re.compile(r"^\s*(?:\(([^()]{3,24})\)|([^\W\d_][\w -]{2,23}))\s*(:?)\s*$")
_ESCAPED_END = re.compile(r"[ \t]*\\+[ \t]*$")


@lru_cache(maxsize=8)  # called for each key and each move of the cursor
def cleaned(lyrics: str) -> str:
    """Return only what is sung, and the section tags."""
    return _clean(lyrics)[0]


@lru_cache(maxsize=8)
def what_is_foreign(lyrics: str) -> tuple[str, ...]:
    """Return what `cleaned` removes, such as `6 lines with time stamps`; empty if nothing."""
    counts = _clean(lyrics)[1]
    return tuple(f"{count} {name if count == 1 else plural}" for (name, plural), count in counts)


_Count = tuple[tuple[str, str], int]
_STAMPS = "line with time stamps", "lines with time stamps"
_CHORDS = "line with chords", "lines with chords"
_PRO = "ChordPro directive", "ChordPro directives"
_PAGE = "remark of a lyrics page", "remarks of a lyrics page"
_TAGS = "section tag to rewrite", "section tags to rewrite"
_ENDS = "backslash", "backslashes"


def _clean(lyrics: str) -> tuple[str, list[_Count]]:
    counts: dict[tuple[str, str], int] = {}
    lines = lyrics.split("\n")
    chorded = _has_chords(lines)
    heads = _bare_heads(lines)
    left: list[str] = []
    for number, line in enumerate(lines):
        changed, found = _clean_line(line, chorded)
        if number in heads:
            changed, found = f"[{heads[number]}]", (*found, (_TAGS, 1))
        for kind, count in found:
            counts[kind] = counts.get(kind, 0) + count
        # A stamp alone is a pause, so its line stays; other lines that become empty are removed.
        if changed or not found or (_STAMP.match(line) and not _LRC_FACT.fullmatch(line)):
            left.append(changed)
    return ("\n".join(left).strip("\n") if counts else lyrics), list(counts.items())


@lru_cache(maxsize=MOST_LINES)  # a key changes only one of many lines
def _clean_line(line: str, chorded: bool) -> tuple[str, tuple[_Count, ...]]:
    """Return a cleaned line, and what was removed from it."""
    changed, found = line, []
    for kind, step in _STEPS:
        if chorded or kind is not _CHORDS:
            changed, count = step(changed)
            found += [(kind, count)] if count else []
    return (changed.rstrip() if found else line), tuple(found)


def _without_escape(line: str) -> tuple[str, int]:
    return _ESCAPED_END.subn("", line)


def _with_square_brackets(line: str) -> tuple[str, int]:
    return _OTHER_BRACKETS.subn(r"[\1]", line)


def _without_page(line: str) -> tuple[str, int]:
    line, heads = _PAGE_HEAD.subn("", line)
    line, notes = _PAGE_NOTES.subn("", line)
    return line, heads + notes


def _without_stamps(line: str) -> tuple[str, int]:
    if _LRC_FACT.fullmatch(line):
        return "", 1
    without, count = _STAMP.subn("", line)
    return (" ".join(without.split()), 1) if count else (line, 0)


def _without_directives(line: str) -> tuple[str, int]:
    found = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal found
        name, value = match[1].casefold(), (match[2] or "").strip()
        begun = _STARTS.get(name) or (
            name.startswith("start_of_") and name[9:].replace("_", " ").title()
        )
        if name in _COMMENTS:
            found += 1
            return f"[{value}]" if value else ""
        if begun:
            found += 1
            return f"[{value if kind_of(value) else begun}]"
        if name in _DIRECTIVES or name.startswith(("end_of_", "x_")):
            found += 1
            return ""
        return match[0]  # a recipe's placeholder

    return _DIRECTIVE.sub(replaced, line), found


def _has_chords(lines: list[str]) -> bool:
    """Return whether a line has only chords, or three are in brackets: one `[A]` may be a tag."""
    found = [_chords_in(line) for line in lines]
    return sum(inside for inside, _ in found) >= 3 or any(alone for _, alone in found)


@lru_cache(maxsize=MOST_LINES)
def _chords_in(line: str) -> tuple[int, bool]:
    """Return the number of chords in brackets, and whether the line certainly is a chord line."""
    words = line.split()
    long = any(len(word) > 1 and _CHORD.fullmatch(word) for word in words)
    return len(_CHORD_IN_BRACKETS.findall(line)), len(words) >= 2 and long and _is_chords(line)


def _is_chords(line: str) -> bool:
    """Return whether the line has only chords and the signs that go with them."""
    words = line.split()
    return any(map(_CHORD.fullmatch, words)) and all(
        _CHORD.fullmatch(word) or _BESIDE_CHORDS.fullmatch(word) for word in words
    )


def _without_chords(line: str) -> tuple[str, int]:
    if _is_chords(line):
        return "", 1
    without, count = _CHORD_IN_BRACKETS.subn("", line)
    return (" ".join(without.split()), 1) if count else (line, 0)


def _bare_heads(lines: list[str]) -> dict[int, str]:
    """Return the numbers of lines that name a section without square brackets, and its name.

    Such a line must have a colon or round brackets; or it must follow a blank line, and another
    such line must name another section.
    """
    sure: dict[int, str] = {}
    likely: dict[int, str] = {}
    for number, line in enumerate(lines):
        name, marked = _bare_head(line)
        if name and marked:
            sure[number] = name
        elif not name:
            continue
        elif not number or not lines[number - 1].strip():
            likely[number] = name
    return sure | (likely if len({name.casefold() for name in likely.values()}) > 1 else {})


@lru_cache(maxsize=MOST_LINES)
def _bare_head(line: str) -> tuple[str, bool]:
    """Return the section that a line names, if any, and whether it has a colon or brackets."""
    match = _BARE_HEAD.match(line)
    name = (match[1] or match[2]).strip() if match else ""
    if match is None or not _NAMES_A_PART.fullmatch(name):
        return "", False
    return name, bool(match[1] or match[3])


_NAMES_A_PART = re.compile(
    r"(?:verse|pre[ -]?chorus|(?:final |last |post[ -]?)?chorus|refrain|bridge|hook|intro|outro"
    r"|interlude|instrumental|solo)(?: ?(?:\d{1,2}|[ivx]{1,4}|one|two|three|four))?",
    re.IGNORECASE,
)


_STEPS = (
    (_ENDS, _without_escape),
    (_PAGE, _without_page),
    (_STAMPS, _without_stamps),
    (_PRO, _without_directives),
    (_CHORDS, _without_chords),
    (_TAGS, _with_square_brackets),
)

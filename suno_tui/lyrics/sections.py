"""Lyrics in sections: `[Verse]`, `[Chorus]` and what else stands in square brackets.

A tag alone on its line that names a part of a song starts a section; any other tag is a cue for
the section that it stands in. What a bracket holds is never sung.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

BRACKET = re.compile(r"\[([^\[\]\n]*)\]")
_PARTS = re.compile(r"[,|:;/]|\s[-–—]\s")
_NUMBER = re.compile(r"\d+")


class Kind(NamedTuple):
    """A part that songs are made of.

    `short` is its letter in the outline; `sung` is False where it is played without words;
    `doubt` says why its tag is known to be unreliable (what users of the provider report).
    """

    tag: str
    short: str
    names: tuple[str, ...]
    sung: bool = True
    doubt: str | None = None


KINDS = (
    Kind(
        "Verse", "V", ("verse", "strophe", "vers", "couplet", "verso", "strofa", "куплет", "主歌")
    ),
    Kind(
        "Pre-Chorus",
        "Pc",
        ("pre chorus", "prechorus", "lift", "pre refrain", "pré refrain", "pre coro", "pré refrão"),
    ),
    Kind(
        "Chorus",
        "C",
        (
            "chorus",
            "refrain",
            "estribillo",
            "coro",
            "refrão",
            "ritornello",
            "припев",
            "副歌",
            "サビ",
        ),
    ),
    Kind("Post-Chorus", "Po", ("post chorus", "postchorus")),
    Kind("Hook", "H", ("hook",)),
    Kind(
        "Bridge", "B", ("bridge", "middle eight", "middle 8", "brücke", "pont", "puente", "ponte")
    ),
    Kind(
        "Intro",
        "I",
        ("intro", "opening", "introduction"),
        sung=False,
        doubt="often sung or passed over; [Short Instrumental Intro] holds better",
    ),
    Kind("Instrumental", "In", ("instrumental",), sung=False),
    Kind("Interlude", "Il", ("interlude",), sung=False),
    Kind("Solo", "S", ("solo",), sung=False),
    Kind("Break", "Bk", ("break", "breakdown"), sung=False),
    Kind("Build-Up", "Bu", ("build up", "buildup", "build"), sung=False),
    Kind("Drop", "D", ("drop",), sung=False, doubt="works in electronic styles only"),
    Kind("Spoken Word", "Sp", ("spoken word", "spoken", "narration", "monologue")),
    Kind("Outro", "O", ("outro", "coda", "closing", "ending")),
    Kind(
        "Fade Out",
        "F",
        ("fade out", "fade"),
        sung=False,
        doubt="often passed over; [Outro] before it and [End] after it help",
    ),
    Kind("End", "E", ("end",), sung=False, doubt="does not always end the song"),
)
"""The parts, in the order in which a song has them; a completion offers their tags."""

_BY_NAME = sorted(
    ((name, kind) for kind in KINDS for name in kind.names), key=lambda pair: -len(pair[0])
)


class Section(NamedTuple):
    """A part of the lyrics: what stands between one section tag and the next.

    `line` is the number (from 0) of its tag's line, or of its first line where there is no tag
    (`kind` None: words before the first tag). `lines` are the lines under it that are sung.
    """

    kind: Kind | None
    label: str
    short: str
    line: int
    cues: tuple[str, ...]
    lines: tuple[str, ...]


@lru_cache(maxsize=512)
def kind_of(tag: str) -> Kind | None:
    """The part that a tag's text (without brackets) names, None where it is only a cue."""
    head = _PARTS.split(tag, maxsplit=1)[0]
    plain = re.sub(r"[^\w]+", " ", head).strip().casefold()
    words = f" {plain if plain == 'middle 8' else _NUMBER.sub(' ', plain).strip()} "
    if "instrumental intro" in words:
        return _BY_TAG["Instrumental"]
    for name, kind in _BY_NAME:
        if f" {name} " in words or (not name.isascii() and name in words):
            return kind
    return None


_BY_TAG = {kind.tag: kind for kind in KINDS}


def cues(tag: str) -> tuple[str, ...]:
    """What a tag asks for beside its part: `Verse 2: soft, whispered` gives soft and whispered."""
    parts = [part.strip() for part in _PARTS.split(tag)]
    return tuple(part for part in (parts[1:] if kind_of(tag) else parts) if part)


def is_tag_line(line: str) -> bool:
    """Whether the line holds tags and nothing that is sung."""
    return "[" in line and not BRACKET.sub("", line).strip() and bool(BRACKET.search(line))


def sung(line: str) -> str:
    """The line without what stands in square brackets."""
    return BRACKET.sub(" ", line).strip() if "[" in line else line.strip()


def doubt(tag: str) -> str | None:
    """Why the tag is known to be unreliable; None where nothing is known against it."""
    kind = kind_of(tag)
    return kind.doubt if kind else None


@lru_cache(maxsize=512)
def near(tag: str) -> str | None:
    """The tag that was meant where one word is a slip: `Brigde` is Bridge."""
    from difflib import get_close_matches

    match = re.fullmatch(r"([^\d\n]{3,20}?)(\s*\d*)", tag)
    if match is None or kind_of(tag):
        return None
    tags = {kind.tag.casefold(): kind.tag for kind in KINDS}
    found = get_close_matches(match[1].casefold(), tags, 1, 0.8)
    return f"{tags[found[0]]}{match[2]}" if found else None


def sections(lyrics: str) -> tuple[Section, ...]:
    """The lyrics' sections from the top; empty lines are left out of `lines`."""
    found: list[_Open] = []
    for number, line in enumerate(lyrics.splitlines()):
        tags = [match[1].strip() for match in BRACKET.finditer(line)] if "[" in line else []
        words = sung(line)
        at = next((tag for tag in tags if kind_of(tag)), None) if not words else None
        if at is not None:
            found.append(_Open(kind_of(at), at, number))
        elif words and not found:
            found.append(_Open(None, "", number))
        if found:
            found[-1].cues.extend(cue for tag in tags for cue in cues(tag))
            if words:
                found[-1].lines.append(words)
    return tuple(_numbered(found))


class _Open:
    """A section that is still being read."""

    def __init__(self, kind: Kind | None, label: str, line: int) -> None:
        self.kind, self.label, self.line = kind, label, line
        self.cues: list[str] = []
        self.lines: list[str] = []


def _numbered(found: list[_Open]) -> list[Section]:
    """Verses are numbered where there are several; others only where the user did."""
    verses = sum(1 for part in found if part.kind is KINDS[0])
    count = 0
    done = []
    for part in found:
        if part.kind is None:
            short = "·"
        else:
            short = part.kind.short
            written = _NUMBER.search(_PARTS.split(part.label, maxsplit=1)[0])
            if part.kind is KINDS[0]:
                count = int(written[0][:3]) if written else count + 1
                short += str(count) if verses > 1 or written else ""
            elif written and not re.search(r"(?i)middle 8|x ?\d", part.label):
                short += written[0][:3]
        done.append(
            Section(part.kind, part.label, short, part.line, tuple(part.cues), tuple(part.lines))
        )
    return done


def outline(lyrics: str) -> str:
    """The song's shape in letters: `V1·C·V2·C·B·C`. Empty where no section has a tag."""
    return "·".join(part.short for part in sections(lyrics) if part.kind)

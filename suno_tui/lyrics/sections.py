"""The grammar of section tags: `[Verse]`, `[Chorus]` and other text in square brackets.

A tag alone on its line that names a part of a song starts a section. Any other tag is a cue for its
section. Text in brackets is never sung. The composer and the built-in engine share this grammar;
the engine decides what its kinds mean for the music (`engine/lyrics.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from suno_tui.lyrics.section_names import SECTION_NAMES

MOST_LINES = 8192
"""Number of lines whose analysis is cached: a key changes one line, but all lines are needed. The
cache is useless if a text has more lines than this."""

BRACKET = re.compile(r"\[([^\[\]\n]*)\]")
_PARTS = re.compile(r"[,|:;/]|\s[-–—]\s")
_NUMBER = re.compile(r"\d+")
# Python's \w lacks the vowel signs and tone marks of these scripts.
_SIGNS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e00-\u0e7f"
_GAPS = re.compile(rf"[^\w{_SIGNS}]+")


def _words_of(names: str) -> list[str]:
    return [normalize("NFC", " ".join(name.split())) for name in names.split(",") if name.strip()]


class Kind(NamedTuple):
    """A kind of section.

    `names` and `engine_names` name it in a tag (casefolded, separated by commas); the latter are
    names only for the built-in engine, and cues elsewhere; `section_names.py` has more languages.
    `short` is its abbreviation in the outline. `sung` is False if it is played without words.
    `doubt` says why providers often ignore its tag (as reported by users).
    """

    tag: str
    short: str
    names: str
    sung: bool = True
    doubt: str | None = None
    engine_names: str = ""


KINDS = (
    Kind(
        "Verse",
        "V",
        "verse, strophe, vers, couplet, verso, strofa, куплет, 主歌",
        engine_names="rap, part",
    ),
    Kind(
        "Pre-Chorus",
        "Pc",
        "pre chorus, prechorus, lift, pre refrain, pré refrain, pre coro, pré refrão",
        engine_names="pre hook",
    ),
    Kind(
        "Chorus", "C", "chorus, refrain, estribillo, coro, refrão, ritornello, припев, 副歌, サビ"
    ),
    Kind("Post-Chorus", "Po", "post chorus, postchorus"),
    Kind("Hook", "H", "hook"),
    Kind(
        "Bridge",
        "B",
        "bridge, middle eight, middle 8, brücke, pont, puente, ponte",
        engine_names="middle",
    ),
    Kind(
        "Intro",
        "I",
        "intro, opening, introduction",
        sung=False,
        doubt="often sung or ignored; [Short Instrumental Intro] holds better",
    ),
    Kind("Instrumental", "In", "instrumental", sung=False),
    Kind("Interlude", "Il", "interlude", sung=False),
    Kind("Solo", "S", "solo", sung=False),
    Kind("Break", "Bk", "break, breakdown", sung=False, engine_names="pause"),
    Kind("Build-Up", "Bu", "build up, buildup, build", sung=False, engine_names="riser"),
    Kind("Drop", "D", "drop", sung=False, doubt="works in electronic styles only"),
    Kind("Spoken Word", "Sp", "spoken word, spoken, narration, monologue"),
    Kind("Outro", "O", "outro, coda, closing, ending"),
    Kind(
        "Fade Out",
        "F",
        "fade out, fade",
        sung=False,
        doubt="often ignored; [Outro] before it and [End] after it help",
    ),
    Kind("End", "E", "end", sung=False, doubt="does not always end the song"),
)
"""The kinds, in the order of a song; completions offer their tags in this order."""

_BY_TAG = {kind.tag: kind for kind in KINDS}
_NAMES = {
    kind.tag: (*kind.names.split(", "), *_words_of(SECTION_NAMES.get(kind.tag, "")))
    for kind in KINDS
}
_BY_NAME = sorted(
    ((name, kind) for kind in KINDS for name in _NAMES[kind.tag]),
    key=lambda pair: -len(pair[0]),
)


class Section(NamedTuple):
    """A part of the lyrics, from its tag to the next section tag.

    `line` is the line of its tag, from 0. Words before the first tag are a section without a kind
    (`kind` is None), and `line` is their first line. `lines` are the sung lines.
    """

    kind: Kind | None
    label: str
    short: str
    line: int
    cues: tuple[str, ...]
    lines: tuple[str, ...]


@lru_cache(maxsize=512)
def kind_of(tag: str) -> Kind | None:
    """Return the kind that a tag (without its brackets) names, or None if the tag is a cue."""
    words = _words(_PARTS.split(tag, maxsplit=1)[0])
    if "instrumental intro" in words:
        return _BY_TAG["Instrumental"]
    return next((kind for name, kind in _BY_NAME if _contains(words, name)), None)


def engine_kinds(tag: str) -> frozenset[str]:
    """Return the tags of all kinds that a tag's text names for the built-in engine.

    The engine reads the whole text, including cues, and chooses by its own precedence.
    """
    words = _words(tag)
    return frozenset(
        kind.tag
        for kind in KINDS
        for name in (*_NAMES[kind.tag], *kind.engine_names.split(", "))
        if name and _contains(words, name)
    )


def _words(text: str) -> str:
    """Return the text casefolded, without numbers, with single spaces around each word."""
    plain = _GAPS.sub(" ", normalize("NFC", text)).strip().casefold()
    return f" {plain if plain == 'middle 8' else _NUMBER.sub(' ', plain).strip()} "


def _contains(words: str, name: str) -> bool:
    """Return whether a tag's words contain a name, in scripts without spaces also inside a word."""
    return f" {name} " in words or (len(name) > 1 and not name.isascii() and name in words)


def cues(tag: str) -> tuple[str, ...]:
    """Return a tag's cues: `Verse 2: soft, whispered` gives soft and whispered."""
    parts = [part.strip() for part in _PARTS.split(tag)]
    return tuple(part for part in (parts[1:] if kind_of(tag) else parts) if part)


def is_tag_line(line: str) -> bool:
    """Return whether the line has tags and nothing that is sung."""
    return "[" in line and not BRACKET.sub("", line).strip() and bool(BRACKET.search(line))


def sung(line: str) -> str:
    """Return the line without square brackets and their contents."""
    return BRACKET.sub(" ", line).strip() if "[" in line else line.strip()


def doubt(tag: str) -> str | None:
    """Return why providers often ignore the tag, or None if it is reliable."""
    kind = kind_of(tag)
    return kind.doubt if kind else None


@lru_cache(maxsize=512)
def near(tag: str) -> str | None:
    """Return the tag that a misspelt one probably means (`Brigde`: Bridge), or None."""
    from difflib import get_close_matches

    match = re.fullmatch(r"([^\d\n]{3,20}?)(\s*\d*)", tag)
    if match is None or kind_of(tag):
        return None
    tags = {kind.tag.casefold(): kind.tag for kind in KINDS}
    found = get_close_matches(match[1].casefold(), tags, 1, 0.8)
    return f"{tags[found[0]]}{match[2]}" if found else None


def sections(lyrics: str) -> tuple[Section, ...]:
    """Split lyrics into sections, in order; their `lines` have no empty lines."""
    found: list[_Open] = []
    for number, line in enumerate(lyrics.splitlines()):
        tags, words = _parts(line)
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


@lru_cache(maxsize=MOST_LINES)
def _parts(line: str) -> tuple[tuple[str, ...], str]:
    """Return the tags of a line, and the text that is sung."""
    tags = (match[1].strip() for match in BRACKET.finditer(line)) if "[" in line else ()
    return tuple(tags), sung(line)


class _Open:
    """A section whose end has not been found yet."""

    def __init__(self, kind: Kind | None, label: str, line: int) -> None:
        self.kind, self.label, self.line = kind, label, line
        self.cues: list[str] = []
        self.lines: list[str] = []


def _numbered(found: list[_Open]) -> list[Section]:
    """Number the verses if there are several, and other sections if the user numbered them."""
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
    """Return the song's shape, such as `V1·C·V2·C·B·C`; empty if no section has a tag."""
    return "·".join(part.short for part in sections(lyrics) if part.kind)

"""Hints on a song: what is allowed but seldom intended. They never keep a song from being sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from suno_tui.lyrics.placeholders import PLACEHOLDER
from suno_tui.lyrics.sections import BRACKET, MOST_LINES, cues, doubt, kind_of, near, sections, sung
from suno_tui.lyrics.style import BEST, contradictions, descriptors
from suno_tui.lyrics.style import kind_of as style_kind
from suno_tui.providers.song import Song

MOST_CUES = 3
WORDED = ("Verse", "Pre-Chorus", "Chorus", "Post-Chorus", "Hook", "Bridge")
"""Sections that are hardly meant to be without words."""

_DIGITS = re.compile(r"\d+")
_TAG_IN_ROUND = re.compile(r"\(\s*([A-Za-z]+(?:[ -][A-Za-z]+)?(?: \d+)?)\s*\)")
_STAGE = re.compile(
    r"\((?:[^()]*\b)?(whisper(?:ed|ing)?|softly|spoken|guitar solo|instrumental|fade ?out"
    r"|scream(?:ed|ing)?|beat drops?|music)\b[^()]*\)",
    re.IGNORECASE,
)


class Hint(NamedTuple):
    """A sentence on a field, or on a line of the lyrics (from 0)."""

    field: str
    message: str
    line: int | None = None


def hints(song: Song) -> tuple[Hint, ...]:
    """Return hints on all fields that would be sent, in reading order."""
    names = ("title", "style", "negative_tags", "lyrics") if song.custom_mode else ("prompt",)
    return tuple(hint for name in names for hint in field_hints(song, name))


def field_hints(song: Song, field: str) -> tuple[Hint, ...]:
    """Return hints on one field; none if it would not be sent."""
    if song.custom_mode != (field != "prompt"):
        return ()
    if field == "prompt":
        return _prompt_hints(song.prompt)
    if field == "title":
        return tuple(_placeholders("title", song.title))
    if field == "style":
        return style_hints(song.style)
    if field == "negative_tags":
        return _exclude_hints(song)
    return lyrics_hints(song.lyrics) if field == "lyrics" and not song.instrumental else ()


def _prompt_hints(prompt: str) -> tuple[Hint, ...]:
    found = _placeholders("prompt", prompt)
    if any(kind_of(match[1]) for match in BRACKET.finditer(prompt)):
        found.append(Hint("prompt", "section tags belong in the lyrics: switch to Custom"))
    return tuple(found)


def _exclude_hints(song: Song) -> tuple[Hint, ...]:
    excluded = song.negative_tags or ""
    wanted = {part.casefold() for part in descriptors(song.style)}
    both = [part for part in descriptors(excluded) if part.casefold() in wanted]
    return (
        *_placeholders("negative_tags", excluded),
        *(Hint("negative_tags", f"{part} is in the style too") for part in both),
    )


def style_hints(style: str) -> tuple[Hint, ...]:
    """Return hints on a style: brackets, placeholders, contradictions, too many descriptors."""
    found = _placeholders("style", style)
    if "[" in style or "]" in style:
        found.append(Hint("style", "brackets belong in lyrics; a style is words and commas"))
    found += [
        Hint("style", f"{pair.one} and {pair.other} pull against each other")
        for pair in contradictions(style)
    ]
    if len(descriptors(style)) > BEST[1]:
        found.append(
            Hint("style", f"{len(descriptors(style))} descriptors; {BEST[0]} to {BEST[1]} do best")
        )
    return tuple(found)


def lyrics_hints(lyrics: str) -> tuple[Hint, ...]:
    """Return hints on lyrics, line by line."""
    found: list[Hint] = []
    for number, line in enumerate(lyrics.splitlines()):
        message = line_hint(line)
        if message:
            found.append(Hint("lyrics", message, number))
    found += _empty_sections(lyrics)
    return tuple(sorted(found, key=lambda hint: hint.line or 0))


def _empty_sections(lyrics: str) -> Iterator[Hint]:
    """Yield hints on sections without words, except the last, which may be still unwritten.

    A chorus without words is fine: it repeats the previous one.
    """
    written = set()
    for part, _ in pairwise(sections(lyrics)):
        if part.lines:
            written.add(part.kind)
        elif not part.kind or part.kind.tag not in WORDED or part.cues:
            continue
        elif part.kind.tag == "Verse" or part.kind not in written:
            message = f"[{part.label}] has no words: write some, or remove the tag"
            yield Hint("lyrics", message, part.line)


@lru_cache(maxsize=MOST_LINES)  # a key changes one line, but the hints on all lines are needed
def line_hint(line: str) -> str | None:
    """Return the most important hint on a line of lyrics, or None."""
    if match := PLACEHOLDER.search(line):
        return f"{match[0]} is still a placeholder"
    for match in BRACKET.finditer(line):
        tag = match[1].strip()
        asked = cues(tag)
        if len(asked) > MOST_CUES:
            return f"{len(asked)} cues in one tag; more than {MOST_CUES} are seldom heard"
        if why := doubt(tag):
            return f"[{tag}]: {why}"
        if meant := near(tag):
            return f"[{tag}]: did you mean [{meant}]?"
    if line.count("[") != line.count("]"):
        return "a bracket is open: close it, or it is sung"
    words = sung(line)
    if not words:
        return None
    tag = BRACKET.match(line.lstrip())
    if tag and kind_of(tag[1]):
        return f"the words belong on the line under {tag[0]}"
    if (match := _TAG_IN_ROUND.fullmatch(words)) and kind_of(match[1]):
        return f"write [{match[1]}], or it is sung"
    if match := _STAGE.search(words):
        return f"({match[1]}) is sung; put a direction in [brackets]"
    if _looks_like_style(words):
        return "reads like a style; move it to Style or into [brackets]"
    if re.fullmatch(r"[\w -]{3,24}:", words) and kind_of(words[:-1]):
        return f"write [{words[:-1]}], or it is sung"
    if match := _DIGITS.search(words):
        return f'write "{match[0]}" as a word so it is sung right'
    return None


def _looks_like_style(words: str) -> bool:
    parts = descriptors(words)
    if re.search(r"(?i)\b\d{2,3} ?bpm\b", words):
        return True
    exact = sum(1 for part in parts if style_kind(part) in ("genre", "instrument", "voice"))
    known = sum(1 for part in parts if style_kind(part) and len(part.split()) <= 3)
    return len(parts) >= 2 and known == len(parts) and exact >= 1


def _placeholders(field: str, text: str) -> list[Hint]:
    match = PLACEHOLDER.search(text)
    return [Hint(field, f"{match[0]} is still a placeholder")] if match else []

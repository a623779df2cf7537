"""A style as what it is: a list of descriptors, separated by commas, of a few kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from suno_tui.lyrics.style_words import CONTRADICTIONS, WORDS
from suno_tui.providers.catalog import TEXT_LIMITS, measure

KINDS = ("genre", "mood", "instrument", "voice", "production", "tempo")
BEST = (4, 7)
"""How many descriptors do best: fewer leave too much open, more dilute each other."""

_BPM = re.compile(r"\d{2,3} ?bpm")
_SEPARATOR = re.compile(r"[,;\n]")


class Word(NamedTuple):
    """A word of the vocabulary; `kind` is one of `KINDS`, or `yours` from the user's library."""

    text: str
    kind: str


class Contradiction(NamedTuple):
    """Two descriptors of a style that pull against each other."""

    one: str
    other: str


@cache
def _table() -> tuple[tuple[Word, ...], tuple[tuple[frozenset[str], frozenset[str]], ...]]:
    words = tuple(Word(text, kind) for kind in KINDS for text in descriptors(WORDS[kind]))
    pairs = tuple(
        (frozenset(descriptors(one)), frozenset(descriptors(other)))
        for one, other in CONTRADICTIONS
    )
    return words, pairs


def vocabulary() -> tuple[Word, ...]:
    """Every word, by kind, common ones first."""
    return _table()[0]


@cache
def _kinds() -> dict[str, str]:
    return {word.text: word.kind for word in reversed(vocabulary())}


def kind_of(descriptor: str) -> str | None:
    """The kind of a descriptor: its own, or that of the longest word at its end or start."""
    text = _plain(descriptor)
    known = _kinds()
    if text in known:
        return known[text]
    if _BPM.fullmatch(text):
        return "tempo"
    words = text.split(" ")
    for size in range(len(words) - 1, 0, -1):
        for part in (words[-size:], words[:size]):
            if kind := known.get(" ".join(part)):
                return kind
    return None


def descriptors(style: str) -> tuple[str, ...]:
    """The descriptors of a style, as they were written."""
    return tuple(part.strip() for part in _SEPARATOR.split(style) if part.strip())


def join(parts: Iterable[str]) -> str:
    """The style of these descriptors."""
    return ", ".join(parts)


def at_cursor(style: str, column: int) -> tuple[int, str]:
    """The descriptor that is being typed at `column`: where it starts, and its text so far."""
    start = max(style.rfind(mark, 0, column) for mark in ",;\n") + 1
    text = style[start:column]
    return start + len(text) - len(text.lstrip()), text.lstrip()


def complete(
    style: str, column: int | None = None, *, own: Iterable[str] = (), limit: int = 8
) -> tuple[Word, ...]:
    """Words that continue what is typed at `column`: the user's own first, then by kind.

    Words that the style has already are left out. Empty where nothing is typed yet.
    """
    column = len(style) if column is None else column
    typed = _plain(at_cursor(style, column)[1])
    if not typed:
        return ()
    start = at_cursor(style, column)[0]
    elsewhere = {_plain(part) for part in descriptors(style[:start] + "," + style[column:])}
    mine = [Word(text, "yours") for text in own if _kinds().get(_plain(text)) is None]
    found: dict[str, Word] = {}
    for fits in (
        lambda plain: plain.startswith(typed),
        lambda plain: f" {typed}" in plain.replace("-", " "),
    ):
        for word in (*mine, *vocabulary()):
            plain = _plain(word.text)
            if fits(plain) and plain != typed and plain not in elsewhere:
                found.setdefault(plain, word)
                if len(found) == limit:
                    return tuple(found.values())
    return tuple(found.values())


def contradictions(style: str) -> tuple[Contradiction, ...]:
    """The descriptors that pull against each other, at most one pair of each kind."""
    texts = {_plain(part): part for part in descriptors(style)}
    found = []
    for one, other in _table()[1]:
        first = next((text for plain, text in texts.items() if plain in one), None)
        second = next((text for plain, text in texts.items() if plain in other), None)
        if first and second:
            found.append(Contradiction(first, second))
    paces = {plain.replace(" ", ""): part for plain, part in texts.items() if _BPM.fullmatch(plain)}
    if len(paces) > 1:
        found.append(Contradiction(*list(paces.values())[:2]))
    return tuple(found)


def fit(style: str, limit: int = TEXT_LIMITS["style"]) -> tuple[str, tuple[str, ...]]:
    """The style within the limit, and what it had to drop.

    Said twice goes first; then, from the end, words that the kinds have several of; the first
    genre stays to the last. One descriptor that is too long by itself is cut at a word.
    """
    kept: list[str] = []
    dropped: list[str] = []
    for part in descriptors(style):
        known = {_plain(other) for other in kept}
        (dropped if _plain(part) in known else kept).append(part)
    while measure(join(kept)) > limit and len(kept) > 1:
        seen = [kind_of(part) or "other" for part in kept]
        crowded = max(seen, key=lambda kind: (seen.count(kind), kind == "other"))
        last = len(kept) - 1 - seen[::-1].index(crowded)
        dropped.append(kept.pop(last if last else len(kept) - 1))
    text = join(kept)
    if measure(text) > limit:
        cut = text
        while measure(cut) > limit:
            head, space, _ = cut.rpartition(" ")
            cut = head if space else cut[:-1]
        dropped.append(text[len(cut) :].strip())
        text = cut.rstrip(" ,")
    return text, tuple(dropped)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def move(style: str, column: int, step: int) -> tuple[str, int]:
    """The style with the descriptor at `column` one place on (or back, -1), and its new column."""
    parts, at = _split(style, column)
    to = at + step
    if not 0 <= to < len(parts):
        return style, column
    parts[at], parts[to] = parts[to], parts[at]
    return join(parts), len(join(parts[: to + 1]))


def remove(style: str, column: int) -> tuple[str, int]:
    """The style without the descriptor at `column`, and the column where writing goes on."""
    parts, at = _split(style, column)
    del parts[at : at + 1]
    return join(parts), len(join(parts[: at + 1]))


def _split(style: str, column: int) -> tuple[list[str], int]:
    """The descriptors, and which of them the column is in (the last where it is behind all)."""
    before = len(descriptors(style[:column]))
    parts = list(descriptors(style))
    inside = bool(style[:column].rstrip()) and not _SEPARATOR.match(style[:column].rstrip()[-1])
    return parts, max(0, min(before - inside, len(parts) - 1))

"""Styles: lists of descriptors of a few kinds, separated by commas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from suno_tui.lyrics.style_words import CONTRADICTIONS, WORDS
from suno_tui.providers.capabilities import measure

KINDS = ("genre", "mood", "instrument", "voice", "production", "tempo")
BEST = (4, 7)
"""The best number of descriptors: fewer leave too much open, more weaken each other."""

_BPM = re.compile(r"\d{2,3} ?bpm")
_SEPARATOR = re.compile(r"[,;\n]")


class Word(NamedTuple):
    """A known descriptor; `kind` is one of `KINDS`, or `yours` if the user's library has it."""

    text: str
    kind: str


class Contradiction(NamedTuple):
    """Two descriptors of a style that contradict each other."""

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
    """Return every known descriptor, by kind, common ones first."""
    return _table()[0]


@cache
def _kinds() -> dict[str, str]:
    return {word.text: word.kind for word in reversed(vocabulary())}


def kind_of(descriptor: str) -> str | None:
    """Return the kind of a descriptor, or of the longest known one at its end or start.

    None if it contains no known descriptor.
    """
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
    """Return the descriptors of a style, as they are written."""
    return tuple(part.strip() for part in _SEPARATOR.split(style) if part.strip())


def join(parts: Iterable[str]) -> str:
    """Return the style with these descriptors."""
    return ", ".join(parts)


def at_cursor(style: str, column: int) -> tuple[int, str]:
    """Return where the descriptor at `column` starts, and its text up to `column`."""
    start = max(style.rfind(mark, 0, column) for mark in ",;\n") + 1
    text = style[start:column]
    return start + len(text) - len(text.lstrip()), text.lstrip()


def complete(
    style: str, column: int | None = None, *, own: Iterable[str] = (), limit: int = 8
) -> tuple[Word, ...]:
    """Return descriptors that begin with the text at `column`: the user's own first, then by kind.

    Descriptors that the style has already are left out. Empty if nothing is typed yet.
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
    """Return the descriptors that contradict each other, at most one pair of each sort."""
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


def fit(style: str, limit: int) -> tuple[str, tuple[str, ...]]:
    """Shorten a style to the limit; return it, and the dropped descriptors.

    Duplicates are dropped first; then, from the end, descriptors of the most frequent kind. The
    very first descriptor is never dropped, and the first voice and the first tempo only as the last
    resort. Sentences stay sentences. A single descriptor that is too long is cut at a word.
    """
    kept: list[_Part] = []
    dropped: list[str] = []
    for part in _sentence_parts(style):
        known = {_plain(other.text) for other in kept}
        if _plain(part.text) in known:
            dropped.append(part.text)
        else:
            kept.append(part)
    while measure(_join_parts(kept)) > limit and len(kept) > 1:
        dropped.append(kept.pop(_least_needed(kept)).text)
    text = _join_parts(kept)
    if measure(text) > limit:
        cut = text
        while measure(cut) > limit:
            head, space, _ = cut.rpartition(" ")
            cut = head if space else cut[:-1]
        dropped.append(text[len(cut) :].strip())
        text = cut.rstrip(" ,")
    return text, tuple(dropped)


class _Part(NamedTuple):
    """A descriptor and the number of its sentence."""

    text: str
    sentence: int


_SENTENCE_END = re.compile(r"(?<=[^\W\d_][.!?])\s+(?=[^\W_])")
_VOICE = re.compile(r"\b(?:vocals?|voices?|sung|singer|singing|choir|rapp?(?:er|ed|ing)?)\b")


def _sentence_parts(style: str) -> list[_Part]:
    return [
        _Part(text, number)
        for number, sentence in enumerate(_SENTENCE_END.split(style))
        for text in descriptors(sentence)
    ]


def _join_parts(parts: list[_Part]) -> str:
    """Return the parts with commas inside a sentence and a full stop after it.

    After the last sentence, there is a full stop only if it had one.
    """
    text = ""
    for before, part in zip([None, *parts], parts, strict=False):
        if before is None:
            text = part.text
        elif before.sentence == part.sentence:
            text += f", {part.text}"
        else:
            text += f"{'' if text.endswith(('.', '!', '?')) else '.'} {part.text}"
    return text


def _least_needed(parts: list[_Part]) -> int:
    """Return the index of the descriptor to drop next."""
    kinds = [_kind_to_keep(part.text) for part in parts]
    kept = {0} | {kinds.index(kind) for kind in ("voice", "tempo") if kind in kinds}
    free = [place for place in range(1, len(parts)) if place not in kept]
    if not free:
        return len(parts) - 1
    open_kinds = [kinds[place] for place in free]
    crowded = max(open_kinds, key=lambda kind: (kinds.count(kind), kind == "other"))
    return max(place for place in free if kinds[place] == crowded)


def _kind_to_keep(text: str) -> str:
    plain = _plain(text)
    if _BPM.search(plain):
        return "tempo"
    return "voice" if _VOICE.search(plain) else kind_of(text) or "other"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def move(style: str, column: int, step: int) -> tuple[str, int]:
    """Move the descriptor at `column` by `step` places; return the style and the new column."""
    parts, at = _split(style, column)
    to = at + step
    if not 0 <= to < len(parts):
        return style, column
    parts[at], parts[to] = parts[to], parts[at]
    return join(parts), len(join(parts[: to + 1]))


def remove(style: str, column: int) -> tuple[str, int]:
    """Remove the descriptor at `column`; return the style and the new column."""
    parts, at = _split(style, column)
    del parts[at : at + 1]
    return join(parts), len(join(parts[: at + 1]))


def _split(style: str, column: int) -> tuple[list[str], int]:
    """Return the descriptors, and the index of the one at `column`, else of the last one."""
    before = len(descriptors(style[:column]))
    parts = list(descriptors(style))
    inside = bool(style[:column].rstrip()) and not _SEPARATOR.match(style[:column].rstrip()[-1])
    return parts, max(0, min(before - inside, len(parts) - 1))

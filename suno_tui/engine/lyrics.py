"""Split lyrics into sections, and their lines into syllables."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from suno_tui.engine.g2p import VOWELS, english, plain
from suno_tui.engine.score import Syllable
from suno_tui.engine.scripts import latin
from suno_tui.engine.spelling import pieces as spelled
from suno_tui.lyrics.sections import BRACKET, engine_kinds, sung

_SQUARE = str.maketrans("【】", "[]")
_ROUND = re.compile(r"\s*[(（]\s*([^()（）\n]{1,19}?)\s*[)）]\s*:?\s*")
_KINDS = {
    "Pre-Chorus": "pre-chorus",
    "Chorus": "chorus",
    "Post-Chorus": "chorus",
    "Hook": "hook",
    "Intro": "intro",
    "Bridge": "bridge",
    "Solo": "solo",
    "Drop": "drop",
    "Build-Up": "build",
    "Break": "break",
    "Interlude": "interlude",
    "Instrumental": "instrumental",
    "Outro": "outro",
    "Fade Out": "outro",
    "End": "outro",
    "Verse": "verse",
}
"""The engine's kind for each section name of the shared grammar. The first match in a tag decides:
`[Instrumental Break]` is a break. Spoken Word is missing: it stays a stage direction, because
the engine can only sing, and its words belong to the section before it."""
_WEAK_WORDS = """
a am an and are as at be been but by can could did do does for from had has have he her his i
i'm if in is it its just la me my na no nor not of oh on or our she should so than that the
their them then they this to us was we were will with would you your
"""
_WEAK = frozenset(_WEAK_WORDS.split())
_ONSETS_WORDS = """
B+L  B+R  B+Y  D+R  D+W  F+L  F+R  F+Y  G+L  G+R  G+W  HH+Y  K+L  K+R  K+W  K+Y  M+Y  N+Y  P+L
P+R  P+Y  S+K  S+K+R  S+K+W  S+L  S+M  S+N  S+P  S+P+L  S+P+R  S+T  S+T+R  S+W  SH+R  T+R  T+W
TH+R  V+Y
"""
_ONSETS = frozenset(word.replace("+", " ") for word in _ONSETS_WORDS.split())
_ROMANCE_WORDS = """
amo amor che como con corazon dans de des di el es eu il je las le les los ma meu mi minha moi
mon nao noche non nous para per por pour que quiero sono te ti toi tu um una vida voce vous yo
"""
_ROMANCE = frozenset(_ROMANCE_WORDS.split())
_MOST = 16  # syllables in a line; longer lines are sung as two


@dataclass(frozen=True)
class Line:
    """A line of the lyrics, its syllables (at least one), and the text of each syllable."""

    text: str
    syllables: tuple[Syllable, ...]
    pieces: tuple[str, ...] = ()

    def cut(self, count: int) -> Line:
        """Return the line with only its first `count` syllables."""
        return replace(self, syllables=self.syllables[:count], pieces=self.pieces[:count])


@dataclass(frozen=True)
class LyricSection:
    """A section: its kind for the music, the name in its tag, its lines."""

    kind: str
    name: str
    lines: tuple[Line, ...]


def kind_of(tag: str) -> str | None:
    """Return the kind of section that a tag names, or None if it is a stage direction."""
    named = engine_kinds(tag)
    return next((kind for part, kind in _KINDS.items() if part in named), None)


def sections(text: str, language: str = "") -> tuple[LyricSection, ...]:
    """Split lyrics at their section tags. Without a language, it is guessed from the text.

    Stage directions are not sung. A chorus without lines repeats the last one. `[Chorus x2]` is
    sung twice. In lyrics without section tags each stanza is a verse, or a chorus if it returns.
    """
    tagged: list[tuple[str, str, list[str]]] = []
    known = False
    for raw in text.splitlines():
        line = raw.translate(_SQUARE)
        words = sung(line)
        if found := _section_tag(line, words):
            kind, tag = found
            times = re.search(r"[x×]\s*([2-4])", tag)
            name = re.sub(r"\s*[(:\-–|,].*$|\s*[x×]\s*\d$", "", tag).strip()[:80] or kind.title()
            count = int(times[1]) if times else 1
            tagged.extend((kind, name, []) for _ in range(count))
            known = True
        elif any(c.isalnum() for c in words):
            if not tagged:
                tagged.append(("verse", "Verse", []))
            tagged[-1][2].append(words)
    if not known:
        tagged = _stanzas(text)
    return _finished(tagged, language)


def tagged(text: str) -> bool:
    """Return whether lyrics have section tags, so that the form is the user's."""
    lines = (raw.translate(_SQUARE) for raw in text.splitlines())
    return any(_section_tag(line, sung(line)) for line in lines)


def _section_tag(line: str, words: str) -> tuple[str, str] | None:
    """Return the kind and text of the tag with which a line starts a section.

    Unlike hosted providers, the engine also reads a section name in round brackets as a tag, if it
    is alone on its line.
    """
    if found := _ROUND.fullmatch(line):
        tags = [found[1]]
    else:
        tags = BRACKET.findall(line) if words in ("", ":") else []
    kinds = ((kind_of(tag), " ".join(tag.split())) for tag in tags)
    return next(((kind, tag) for kind, tag in kinds if kind), None)


def _stanzas(text: str) -> list[tuple[str, str, list[str]]]:
    groups = [
        [
            line.strip()
            for line in part.splitlines()
            if any(c.isalnum() for c in line) and not line.strip().startswith("[")
        ]
        for part in re.split(r"\n\s*\n", text)
    ]
    groups = [group for group in groups if group]
    pieces: list[list[str]] = []
    for group in groups:
        pieces += (
            [group[i : i + 8] for i in range(0, len(group), 8)] if len(group) > 10 else [group]
        )
    if len(pieces) > 12 and sum(map(len, pieces)) / len(pieces) < 2:
        flat = [line for piece in pieces for line in piece]
        pieces = [flat[i : i + 4] for i in range(0, len(flat), 4)]
    out = []
    for i, piece in enumerate(pieces):
        again = pieces.count(piece) > 1
        chorus = again or (
            len(pieces) in (2, 3, 4, 5, 6)
            and i % 2 == 1
            and not any(pieces.count(p) > 1 for p in pieces)
        )
        out.append(("chorus", "Chorus", piece) if chorus else ("verse", "Verse", piece))
    return out


def _finished(tagged: list[tuple[str, str, list[str]]], language: str) -> tuple[LyricSection, ...]:
    out: list[LyricSection] = []
    remembered: dict[str, tuple[Line, ...]] = {}
    own = language != "en"
    if not language:
        own = _plain_language(" ".join(line for _, _, lines in tagged for line in lines))
    for i, (kind, name, lines) in enumerate(tagged):
        if not lines and kind in ("chorus", "hook", "pre-chorus"):
            found = remembered.get(kind)
            if found is None:
                after = next((t[2] for t in tagged[i + 1 :] if t[0] == kind and t[2]), [])
                found = _lines(after, own)
            lines_sung = found
        else:
            lines_sung = _lines(lines, own)
        if kind in ("chorus", "hook", "pre-chorus") and lines_sung:
            remembered[kind] = lines_sung
        if lines_sung or kind != "verse":
            out.append(LyricSection(kind, name, lines_sung))
    if not any(section.lines for section in out) and not any(
        section.kind in ("chorus", "drop", "solo", "instrumental") for section in out
    ):
        return ()
    return tuple(out[:40])


def _lines(raw: list[str], own: bool) -> tuple[Line, ...]:
    out: list[Line] = []
    for text in raw[:64]:
        words = [(word, _word(word, own)) for word in _tokens(text)]
        words = [(word, found) for word, found in words if found]
        total = sum(len(found) for _, found in words)
        if not total:
            out.append(Line(text, (Syllable((), "AA", (), True),), (text,)))
            continue
        pieces = -(-total // _MOST)
        size = -(-total // pieces)
        current: list[tuple[str, tuple[Syllable, ...]]] = []
        count = 0
        for word, found in words:
            if current and count + len(found) > max(size + 2, 4) and pieces > 1:
                out.append(_line(" ".join(word for word, _ in current), current))
                current, count = [], 0
            current.append((word, found))
            count += len(found)
        shown = " ".join(word for word, _ in current) if pieces > 1 else text
        out.append(_line(shown, current))
    return tuple(out)


def _line(text: str, words: list[tuple[str, tuple[Syllable, ...]]]) -> Line:
    syllables = tuple(s for _, found in words for s in found)
    parts = spelled(text, [(word, len(found)) for word, found in words])
    return Line(text, syllables, parts).cut(_MOST * 2)


def _tokens(text: str) -> list[str]:
    return [word for word in re.split(r"[\s\-–—/…]+", text) if any(c.isalnum() for c in word)][:120]


def _plain_language(text: str) -> bool:
    """Return whether Latin text looks like a language that is pronounced as it is written."""
    words = re.findall(r"[a-z']+", latin(text[:2000])[0])
    if not words:
        return False
    hints = sum(word in _ROMANCE for word in words) / len(words)
    return hints > 0.12 and hints > 0.8 * sum(word in _WEAK for word in words) / len(words)


_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@lru_cache(maxsize=4096)
def _word(word: str, own: bool) -> tuple[Syllable, ...]:
    """Return the syllables of one word."""
    romanised, foreign = latin(word)
    romanised = re.sub(r"\d", lambda m: f" {_DIGITS[int(m[0])]} ", romanised[:60])
    out: list[Syllable] = []
    for piece in re.findall(r"[a-z']+", romanised):
        piece = piece.strip("'") or piece
        phones = plain(piece) if foreign or own else english(piece)
        out += syllabify(phones, piece)
    return tuple(out)


def syllables(text: str) -> tuple[Syllable, ...]:
    """Return the syllables of a text in English (or romanised), in order."""
    own = _plain_language(text)
    return tuple(s for word in _tokens(text) for s in _word(word, own))


def syllabify(phones: tuple[str, ...], word: str) -> list[Syllable]:
    """Group a word's phones around its vowels; consonants start a syllable if English allows it."""
    places = [i for i, phone in enumerate(phones) if phone in VOWELS]
    if not places:
        return [Syllable(phones[:2], "AH", phones[2:4], False)] if phones else []
    accent = _accent(word, len(places))
    out: list[Syllable] = []
    start = 0
    for k, place in enumerate(places):
        if k + 1 < len(places):
            between = phones[place + 1 : places[k + 1]]
            cut = 0
            while cut < len(between) - 1 and " ".join(between[cut:]) not in _ONSETS:
                cut += 1
            if between and between[cut] == "NG":
                cut += 1
            coda = between[:cut]
        else:
            coda = phones[place + 1 :]
        stressed = k == accent and not (len(places) == 1 and word in _WEAK)
        out.append(Syllable(phones[start:place], phones[place], coda, stressed))
        start = place + 1 + len(coda)
    return out


def _accent(word: str, count: int) -> int:
    if count == 1:
        return 0
    if re.search(r"(tion|sion|ic|ity|ical|ian|ious)s?$", word):
        return max(0, count - (3 if re.search(r"(ity|ical)s?$", word) else 2))
    if (
        count in (2, 3)
        and re.match(r"(a(?=[lbgwrcpsm][a-z]{2})|be|re|de|to|un|in|ex|for|per|con)", word)
        and not re.match(
            r"(re[ads]|better|under|over|after|any|into|"
            r"always|angel|river|open)",
            word,
        )
    ):
        return 1
    return 0

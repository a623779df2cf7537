"""Turn a language model's answer into a proposal. The answer is foreign text, and never obeyed.

An answer that can't be used raises `WriterError` with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from suno_tui.common.text import clean, for_clipboard, limit_marks
from suno_tui.lyrics.elsewhere import cleaned
from suno_tui.lyrics.sections import BRACKET, is_tag_line, sung
from suno_tui.lyrics.style import fit
from suno_tui.lyrics.syllables import english_evidence, language_is_english, line_syllables
from suno_tui.providers.capabilities import Model, measure
from suno_tui.providers.song import LABELS, Song
from suno_tui.writer.errors import WriterError
from suno_tui.writer.proposal import Proposal, Row, compare
from suno_tui.writer.wishes import (
    CONTINUE,
    FIT_STYLE,
    IDEA,
    LINE_BY_LINE,
    NAME,
    TIGHTEN,
    TRANSLATE,
    Wish,
    lines_of,
)

MOST_TITLES = 9
_SURE = 3
"""With this many more short words of one language than of the other, it is that language."""

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.S | re.M)
_PREFACE = re.compile(
    r"\A\s*(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\b|here(?:'s|’s| is| are)\b)"
    r"[^\n]*:[ \t]*\n(?=.*\w)",
    re.I | re.S,
)
"""A preface ends with a colon and is followed by text; otherwise it may be a line to sing."""
_REFUSAL = re.compile(
    r"\b(?:can(?:'|’|no)?t|cannot|can not|won(?:'|’)t|unable to|not able to|must decline to)\s+"
    r"(?:to\s+)?(?:help|assist|write|create|provide|continue|comply|fulfil|fulfill|generate|do that"
    r"|reproduce)\b",
    re.I,
)
_REFUSALS_END = 600
"""A refusal has fewer characters than this."""
_VERSE = 3
"""A refusal has fewer lines than this."""
# No part of it looks past the next asterisk or underscore, so the time is linear in the length.
_EMPHASIS = re.compile(
    r"\*\*(?=\S)([^*]+)(?<=\S)\*\*|__(?=\S)([^_]+)(?<=\S)__|\*(?=\S)([^*]+)(?<=\S)\*"
)
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_NUMBER = re.compile(r"^\s*(\d{1,3})\s*[.):]\s*(?:\(\d{1,2}\)\s*)?(.*)$")
_OPEN_TAG = re.compile(r"^\s*\[([^\[\]\n]{1,60})$")
_ANY_BRACKET = re.compile(r"\[[^\[\]\n]*\]|[\[\]]")
_LABEL = re.compile(r"^(?:style|genre)[\w ]*:\s*", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")


def tidy(answer: str) -> str:
    """Return an answer without thoughts, fences, prefaces, Markdown and control characters."""
    text = limit_marks(for_clipboard(_THOUGHT.sub("", answer), lines=True)).replace("\t", "  ")
    if fenced := _FENCE.search(text):
        text = fenced[1]
    text = _PREFACE.sub("", text, count=1)
    lines = [_EMPHASIS.sub(r"\1\2\3", _HEADING.sub("", line)).rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def well_formed(lyrics: str) -> str:
    """Return lyrics with section tags that are closed, in square brackets, alone on their lines."""
    lines = []
    for line in cleaned(lyrics).split("\n"):
        if opened := _OPEN_TAG.match(line):
            line = f"[{opened[1].strip()}]"
        # An unmatched bracket would hide the rest of the line.
        line = _ANY_BRACKET.sub(lambda found: found[0] if len(found[0]) > 1 else "", line)
        lines.append(line)
    return "\n".join(lines).strip("\n")


def read(wish: Wish, song: Song, model: Model, answer: str) -> Proposal:
    """Return the proposal in a language model's answer. Raises `WriterError`."""
    text = tidy(answer)
    _check(wish, song, text)
    if wish.kind == NAME:
        return _titles(text, model)
    if wish.kind == FIT_STYLE:
        new = _LABEL.sub("", " ".join(text.split("\n")[0].split())).strip("\"'“”.")
        return _checked_proposal(Proposal(tuple(compare("style", song.style, new))), song, model)
    if wish.kind in LINE_BY_LINE:
        return _checked_proposal(_lines(wish, song, text), song, model)
    lyrics = well_formed(text)
    if not any(map(sung, lyrics.split("\n"))):
        raise WriterError("The answer has no line to sing. Nothing was changed; ask again.")
    if wish.kind == CONTINUE:
        old = song.lyrics
        new = lyrics.removeprefix(well_formed(old).rstrip()).lstrip("\n")
        _check_language(old, new)
        lyrics = old + ("\n" * max(1, 2 - _blank_end(old))) + new
        rows = [Row("lyrics", line, line) for line in old.split("\n")]
        more = lyrics.split("\n")[len(rows) :]
        return _checked_proposal(
            Proposal((*rows, *(Row("lyrics", None, line) for line in more))), song, model
        )
    _check_language(wish.text if wish.kind == IDEA else song.lyrics, lyrics, script=True)
    return _checked_proposal(Proposal(tuple(compare("lyrics", song.lyrics, lyrics))), song, model)


def read_fields(song: Song, model: Model, fields: Mapping[str, str], note: str = "") -> Proposal:
    """Return the proposal of a server that answers with separate fields. Raises `WriterError`.

    A style that is too long is cut to the model's limit.
    """
    rows: list[Row] = []
    for name, text in fields.items():
        new = for_clipboard(text, lines=name == "lyrics").strip()
        if name == "style":
            new = fit(new, model.limit("style"))[0]
        elif name == "lyrics":
            new = well_formed(new)
        if new:
            rows += compare(name, getattr(song, name), new)
    if not rows:
        raise WriterError("The answer is empty. Nothing was changed; ask again.")
    return _checked_proposal(Proposal(tuple(rows), clean(note)), song, model)


def too_long(song: Song, model: Model, texts: Mapping[str, str]) -> str | None:
    """Return why these texts don't fit into the song; None if they do.

    A text that is too long already may be replaced by a shorter one, even if that is too long.
    """
    for name, text in texts.items():
        most = model.limit(name)
        if measure(text) > most and measure(text) >= measure(getattr(song, name)):
            return (
                f"{LABELS[name]} would have {measure(text):,} characters, and {model.label} takes "
                f"{most:,}."
            )
    return None


def _check(wish: Wish, song: Song, text: str) -> None:
    """Raise `WriterError` for an answer without words, or a refusal."""
    if not any(char.isalnum() for char in text):
        raise WriterError("The answer is empty. Nothing was changed; ask again.")
    refuses = len(text) < _REFUSALS_END and _REFUSAL.search(text.split("\n\n")[0])
    if refuses and not _is_as_asked(wish, song, text):
        refusal = clean(text)[:200]
        raise WriterError(
            f"The model refused: “{refusal}” Nothing was changed. Ask in other words."
        )


def _is_as_asked(wish: Wish, song: Song, text: str) -> bool:
    """Return whether an answer has the form that was asked for, even if it reads like a refusal.

    Lyrics may say "I can't help falling in love".
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if any(map(is_tag_line, lines)):
        return True
    if wish.kind == NAME:
        return len(lines) >= _VERSE
    if wish.kind in LINE_BY_LINE:
        wanted = len(lines_of(song, wish))
        return any(map(_NUMBER.match, lines)) or len(lines) == wanted > 1
    verse = text.split("\n\n")[0].split("\n")
    return wish.kind != FIT_STYLE and sum(not _BULLET.match(line) for line in verse) >= _VERSE


def _checked_proposal(proposal: Proposal, song: Song, model: Model) -> Proposal:
    """Return the proposal, unless it changes nothing or is too long."""
    if not proposal.all:
        raise WriterError("The answer is the same as what you have. Nothing was changed.")
    if why := too_long(song, model, proposal.texts(proposal.all)):
        raise WriterError(f"The answer is too long: {why} Nothing was changed; ask again.")
    return proposal


def _titles(text: str, model: Model) -> Proposal:
    found = dict.fromkeys(
        _BULLET.sub("", line).strip().strip("\"'“”«»*").strip() for line in text.split("\n")
    )
    titles = [title for title in found if title and measure(title) <= model.limit("title")]
    if not titles:
        raise WriterError("The answer has no title that is short enough. Ask again.")
    rows = (Row("title", None, title) for title in titles[:MOST_TITLES])
    return Proposal(tuple(rows), choice=True)


def _lines(wish: Wish, song: Song, text: str) -> Proposal:
    """Return the lyrics with the lines that were sent replaced by the answer's lines.

    Everything between them, such as section tags, stays as it is.
    """
    wanted = lines_of(song, wish)
    given = [line for line in text.split("\n") if line.strip()]
    numbered = [match for line in given if (match := _NUMBER.match(line))]
    if numbered:
        found = {int(match[1]): match[2] for match in numbered}
    else:
        found = dict(enumerate((line for line in given if sung(line)), 1))
    if set(found) != set(range(1, len(wanted) + 1)):
        raise WriterError(
            f"It gave {_count(len(found))} for your {len(wanted)}, so it is unclear which belongs "
            "where. Nothing was changed; ask again, or select fewer lines."
        )
    lines = song.lyrics.split("\n")
    before = "\n".join(lines[index] for index in wanted)
    for number, index in enumerate(wanted, 1):
        words = " ".join(re.sub(r"[\[\]]", "", found[number]).split())
        if not words:
            raise WriterError(f"Line {number} of the answer is empty. Nothing was changed.")
        lines[index] = _with_cues(lines[index], words)
    after = "\n".join(lines[index] for index in wanted)
    note = ""
    if wish.kind == TRANSLATE:
        _check_translated(wish.text, before, after)
    else:
        _check_language(before, after)
    if wish.kind == TIGHTEN:
        english = language_is_english(after)
        off = sum(
            line_syllables(line, english=english) != int(wish.text) for line in after.split("\n")
        )
        note = f"{_count(off)} of {len(wanted)} missed {wish.text} syllables." if off else ""
    rows = compare("lyrics", song.lyrics, "\n".join(lines), aligned=True)
    return Proposal(tuple(rows), note)


def _with_cues(line: str, words: str) -> str:
    """Return the words with what the line has in brackets before and behind its own."""
    tags = [f"[{tag}]" for tag in BRACKET.findall(line)]
    before = line.lstrip().startswith("[")
    return " ".join((*tags, words) if before else (words, *tags))


def _count(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"


def _blank_end(text: str) -> int:
    """Return the number of line breaks at the end of a text, two at most."""
    return min(2, len(text) - len(text.rstrip("\n")))


def _check_translated(language: str, before: str, after: str) -> None:
    english = "english" in language.casefold()
    if not english and english_evidence(before) >= _SURE and english_evidence(after) >= _SURE:
        raise WriterError(
            f"The answer is English, not {clean(language)}. Nothing was changed; ask again."
        )


def _check_language(old: str, new: str, *, script: bool = False) -> None:
    """Raise `WriterError` if the new text is clearly in another language than the old one.

    With `script`, only the scripts are compared, because an idea is too short for more.
    """
    one, other = english_evidence(old), english_evidence(new)
    differ = (one >= _SURE and other <= -_SURE) or (one <= -_SURE and other >= _SURE)
    scripts = _script(old), _script(new)
    if (differ and not script) or (all(scripts) and scripts[0] != scripts[1]):
        raise WriterError(
            "The answer is in another language than your text. Nothing was changed; ask again, or "
            "use Translate."
        )


def _script(text: str) -> str:
    """Return the script of most letters, such as `LATIN`; empty without letters."""
    letters = (unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha())
    names = Counter("CJK" if name in ("HIRAGANA", "KATAKANA") else name for name in letters)
    return names.most_common(1)[0][0] if names else ""

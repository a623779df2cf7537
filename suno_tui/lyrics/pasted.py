"""Read a whole song from one pasted text, by the headings that other programs write.

A *head* is `Title:`, `Style:`, `Lyrics:` or the like at the start of a line, also in Markdown
(`**Title:** …`, `## Lyrics`) and in other languages (`heads.py`). The text from there to the next
head is its field. Lyrics continue to the end, or to the end of their fence (```), or to notes
below a rule (---). Lyrics without a head begin with a section tag, or after another field's
paragraph. A Markdown heading or a short line before all heads is the title. Backslashes at line
ends, which force line breaks in some sheets, are dropped.
"""

from __future__ import annotations

import re
from dataclasses import replace

from suno_tui.lyrics.heads import BY_HEAD
from suno_tui.lyrics.sections import is_tag_line
from suno_tui.providers.capabilities import measure
from suno_tui.providers.song import Song

_MARKS = "#>*_-•` \t"
_FENCE = re.compile(r"^\s*(?:```|~~~).*$")
_LINE = re.compile(r"^\s*(?:-{3,}|={3,}|\*{3,})\s*$")
_ESCAPED_END = re.compile(r"[ \t]*\\+[ \t]*$", re.MULTILINE)
_COUNT = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
"""A remark or a count of characters in brackets: `Lyrics (1,204/3,000):`."""
_RULE = re.compile(r"^\s*-{3,}\s*$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|__?|`+)(?=\S)(.+?)(?<=\S)\1(?![\w*])")
_HEADING = re.compile(r"\s*(?:#{1,6}\s+[^\s\[].*|(\*\*|__)(?!\[)(?:(?!\1).)+\1\s*)")
_UNKNOWN = re.compile(r"[^\W\d_][\w'’]*(?:[ /&-]+[\w'’]+){0,2}")
_LONG = 2000
"""How many characters of a line are searched for a head."""

_NO_TITLE = (".", ":", "!", ",")
_LONG_TITLE = 80
"""The most characters of a line that is taken for a title."""
_MERE_VOICE = re.compile(
    r"(?:any|auto|none|no|instrumental|f|m|(?:fe)?male|(?:wo)?man|girl|boy)"
    r"(?: (?:lead|vocals?|voice|singer))*",
    re.IGNORECASE,
)


def read_song(text: str) -> dict[str, str] | None:
    """Return the fields in a pasted text, or None if it is not a whole song.

    A song needs two different heads, so that lyrics with a line `Title:` stay lyrics. Text outside
    all fields becomes the prompt, which is not sent with lyrics, and so is not lost.
    """
    fields: dict[str, list[str]] = {"prompt": [], "more": []}
    at, start = "prompt", 0
    before: list[str] | None = None
    fenced, ruled = False, False
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _ESCAPED_END.sub("", text).split("\n")
    heads = [_head(line) for line in lines]
    named = any(head is not None and head[0] == "lyrics" for head in heads)
    for number, (line, head) in enumerate(zip(lines, heads, strict=True)):
        found = None if at == "lyrics" and _in_song(head, fields) else head
        if head and head[0] == "notes":
            found = head if at != "lyrics" or (ruled and any(fields[at])) else None
        ruled = bool(_RULE.match(line)) or (ruled and not line.strip())
        if fenced and not _FENCE.match(line):
            fields[at].append(_plain(line) if at != "prompt" else line)
        elif found and found[0] == "notes":
            at = "prompt"
            fields[at].append(line)
        elif found and found[0] != "prompt":
            if before is None:
                before = [line for line in fields["prompt"] if line.strip()]
            at, rest = found
            if at in fields and at not in ("lyrics", "more"):
                at, rest = ("more", rest) if at == "style" else ("prompt", line)
            start = len(fields.setdefault(at, []))
            fields[at].extend([rest] if rest else [])
        elif _FENCE.match(line):
            # The end of a fence around a field ends it; a fence around the whole sheet is ignored.
            begun = any(each.strip() for each in fields[at][start:])
            closes = any(map(_FENCE.match, lines[number + 1 :]))
            fenced = not (fenced or begun or at == "prompt") and closes
            at = at if fenced or not begun else "prompt"
        elif _LINE.match(line) and not (at == "lyrics" and any(fields[at]) and _RULE.match(line)):
            continue
        elif (
            not named
            and "lyrics" not in fields
            and _sung(_plain(line), fields[at][start:], begun=before is not None)
        ):
            at, start, fields["lyrics"] = "lyrics", 0, [_plain(line)]
        else:
            at = "prompt" if found else at
            fields[at].append(line if at == "prompt" else _plain(line))
    if "title" not in fields and (title := next(filter(_HEADING.fullmatch, before or ()), None)):
        fields["prompt"].remove(title)
        fields["title"] = [_plain(title).strip(_MARKS)]
    if len(fields) - 2 < 2 + ("lyrics" in fields and not named):
        return None
    if "title" not in fields and before and len(before) == 1 and _is_title(before[0]):
        fields["title"] = [fields["prompt"].pop(fields["prompt"].index(before[0]))]
    return _finished_fields(fields)


def _finished_fields(fields: dict[str, list[str]]) -> dict[str, str]:
    sung = fields.get("lyrics", [])
    while sung and (not sung[-1].strip() or _RULE.match(sung[-1])):
        sung.pop()
    done = {name: "\n".join(lines).strip() for name, lines in fields.items()}
    more = [line.strip(_MARKS) for line in fields["more"]]
    del done["more"]
    for name in ("title", "style", "negative_tags", "vocal_gender"):
        if name in done:
            done[name] = _one_line(done[name])
    voice = done.get("vocal_gender", "")
    if voice and not _MERE_VOICE.fullmatch(voice):
        more.append(voice if re.search(r"(?i)vocal|voice|sing", voice) else f"{voice} vocals")
    done["style"] = ", ".join(filter(None, (done.get("style", "").rstrip(" ,;"), *more)))
    return {name: value for name, value in done.items() if value}


def apply(song: Song, fields: dict[str, str]) -> Song:
    """Return the song in custom mode with the pasted fields; other fields stay."""
    values = dict(fields)
    voice = values.pop("vocal_gender", "").casefold()
    changed = replace(song, custom_mode=True, **values)  # type: ignore[arg-type]  # names of texts
    female = bool(re.search(r"\b(?:f|female|woman|girl)\b", voice))
    if female != bool(re.search(r"\b(?:m|male|man|boy)\b", voice)):
        changed = replace(changed, vocal_gender="f" if female else "m")
    if values.get("lyrics"):
        changed = replace(changed, instrumental=bool(_INSTRUMENTAL.fullmatch(values["lyrics"])))
    return replace(changed, lyrics="") if changed.instrumental and values.get("lyrics") else changed


_INSTRUMENTAL = re.compile(r"\W*instrumental\W*", re.IGNORECASE)


def _head(line: str) -> tuple[str, str] | None:
    """Return the field that begins with a line, and the text after its head on that line.

    The field is `more` if the text belongs to the style, `notes` if it belongs to no field, and
    `prompt` for an unknown head. None if the line has no head.
    """
    plain = _plain(line[:_LONG])
    head = re.split("[:：]", plain, maxsplit=1)[0]
    colon, rest = plain[len(head) : len(head) + 1], plain[len(head) + 1 :]
    if not colon and not re.match(r"\s*(?:#|\*\*|__)", line):
        return None
    rest += line[_LONG:]
    name = " ".join(_COUNT.sub("", head).strip(_MARKS).split())
    field = BY_HEAD.get(name.casefold())
    if field is None:
        spaced = not rest.strip("*_`") or rest.strip("*_`")[0].isspace()
        return ("prompt", line) if colon and spaced and _UNKNOWN.fullmatch(name) else None
    rest = rest.strip().strip("*_`").strip()
    return field, f"{rest} bpm" if field == "more" and rest.isdecimal() else rest


def _in_song(head: tuple[str, str] | None, fields: dict[str, list[str]]) -> bool:
    """Return whether a head belongs to the lyrics, which only a style or an exclusion ends."""
    if head is None or head[0] in ("more", "prompt"):
        return True
    return any(fields["lyrics"]) and (
        head[0] not in ("style", "negative_tags") or head[0] in fields
    )


def _sung(line: str, before: list[str], *, begun: bool) -> bool:
    """Return whether lyrics without a head begin with this line.

    `before` are the lines of the field so far; `begun` tells whether there was a head before.
    """
    paragraph = begun and line.strip() and any(before) and not before[-1].strip()
    return is_tag_line(line) or bool(paragraph)


def _is_title(line: str) -> bool:
    """Return whether a lone line before the first head is short and not a sentence."""
    return (
        measure(line) <= _LONG_TITLE and not line.rstrip().endswith(_NO_TITLE) and not _head(line)
    )


def _plain(line: str) -> str:
    """Return the line without Markdown's emphasis."""
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", line)) if len(line) <= _LONG else line


def _one_line(text: str) -> str:
    return " ".join(text.split()).strip('`*"“”').strip()

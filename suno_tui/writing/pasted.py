"""A whole song pasted as one text, with the heads that other programs write.

`Title:`, `Style:`, `Lyrics:` and their likes at a line's start, also as Markdown (`**Title:** …`,
`## Lyrics`). What follows a head belongs to it up to the next head; lyrics go to the end. Lyrics
without a head begin with a section tag, or behind the paragraph of another field.
"""

from __future__ import annotations

import re
from dataclasses import replace

from suno_tui.api.song import Song
from suno_tui.writing.sections import is_tag_line

_HEADS = {
    "title": ("title", "song title", "song name", "name", "song", "track", "track title"),
    "style": (
        "style",
        "styles",
        "style of music",
        "music style",
        "style prompt",
        "style tags",
        "tags",
        "genre",
        "genres",
    ),
    "negative_tags": (
        "exclude",
        "excluded",
        "exclude styles",
        "excluded styles",
        "exclude style",
        "negative",
        "negative tags",
        "negative prompt",
        "negative style",
    ),
    "lyrics": ("lyrics", "lyric", "song lyrics", "words"),
    "vocal_gender": ("vocals", "vocal", "vocal gender", "voice", "singer"),
}
_BY_HEAD = {head: field for field, heads in _HEADS.items() for head in heads}
_MARKS = "#>*_-•` \t"
_FENCE = re.compile(r"^\s*(?:```.*|~~~.*|-{3,}|={3,}|\*{3,})\s*$")


def read_song(text: str) -> dict[str, str] | None:
    """The fields that a pasted text names; None where it is not a whole song.

    A song needs two different heads, so that lyrics which happen to say `Title:` stay lyrics.
    """
    fields: dict[str, list[str]] = {}
    at: str | None = None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    heads = [_head(line) for line in lines]
    named = any(head is not None and head[0] == "lyrics" for head in heads)
    for line, head in zip(lines, heads, strict=True):
        found = None if at == "lyrics" and fields["lyrics"] and _in_song(head) else head
        if found and found[0] not in fields:
            at, rest = found
            fields[at] = [rest] if rest else []
        elif at is None or _FENCE.match(line):
            continue
        elif not named and "lyrics" not in fields and _sung(line, fields[at]):
            at, fields["lyrics"] = "lyrics", [line]
        else:
            fields[at].append(line)
    if len(fields) < 2 + ("lyrics" in fields and not named):
        return None
    done = {name: "\n".join(lines).strip() for name, lines in fields.items()}
    for name in ("title", "style", "negative_tags"):
        if name in done:
            done[name] = _one_line(done[name])
    return {name: value for name, value in done.items() if value}


def apply(song: Song, fields: dict[str, str]) -> Song:
    """The song with the pasted fields in custom mode; what the paste does not name stays."""
    values = dict(fields)
    gender = values.pop("vocal_gender", "").strip().casefold()
    changed = replace(song, custom_mode=True, **values)  # type: ignore[arg-type]  # names of texts
    if re.match(r"f|woman|girl", gender):
        changed = replace(changed, vocal_gender="f")
    elif re.match(r"m|man|boy", gender):
        changed = replace(changed, vocal_gender="m")
    if values.get("lyrics"):
        changed = replace(changed, instrumental=bool(_INSTRUMENTAL.fullmatch(values["lyrics"])))
    return replace(changed, lyrics="") if changed.instrumental and values.get("lyrics") else changed


_INSTRUMENTAL = re.compile(r"\W*instrumental\W*", re.IGNORECASE)


def _head(line: str) -> tuple[str, str] | None:
    """The field that a line begins, and what stands behind its head on the same line."""
    head, colon, _ = line[:2000].partition(":")
    if not colon and not re.match(r"\s*(?:#|\*\*|__)", line):
        return None
    plain = re.sub(r"\([^()]*\)", "", head).strip(_MARKS)
    field = _BY_HEAD.get(" ".join(plain.split()).casefold())
    return (field, line.partition(":")[2].strip().strip("*_`").strip()) if field else None


def _in_song(head: tuple[str, str] | None) -> bool:
    """Inside lyrics only a style or an exclusion may begin again; `Words: …` is sung."""
    return head is None or head[0] in ("lyrics", "title", "vocal_gender")


def _sung(line: str, before: list[str]) -> bool:
    """Whether lyrics that have no head begin with the line; `before` is the field so far."""
    return is_tag_line(line) or bool(line.strip() and any(before) and not before[-1].strip())


def _one_line(text: str) -> str:
    return " ".join(text.split()).strip('`*"“”').strip()

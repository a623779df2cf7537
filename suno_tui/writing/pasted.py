"""A whole song pasted as one text, with the heads that other programs write.

`Title:`, `Style:`, `Lyrics:` and their likes at a line's start, also as Markdown (`**Title:** …`,
`## Lyrics`). What follows a head belongs to it up to the next head; lyrics go to the end. Where
no head names the lyrics, they begin with a section tag, or behind the empty line after the heads.
"""

from __future__ import annotations

import re
from dataclasses import replace

from suno_tui.api.song import Song

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
_TAG = re.compile(r"^\s*\[[^\[\]]+\]\s*$")
_FENCE = re.compile(r"^\s*(?:```.*|~~~.*|-{3,}|={3,}|\*{3,})\s*$")


def read_song(text: str) -> dict[str, str] | None:
    """The fields that a pasted text names; None where it is not a whole song.

    A song needs two different heads, so that lyrics which happen to say `Title:` stay lyrics.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    named = any(found[0] == "lyrics" for found in map(_head, lines) if found)
    fields: dict[str, list[str]] = {}
    at: str | None = None
    for line in lines:
        found = None if at == "lyrics" and fields["lyrics"] and _in_song(line) else _head(line)
        if found and found[0] not in fields:
            at, rest = found
            fields[at] = [rest] if rest else []
            continue
        if at is None or _FENCE.match(line):
            continue
        if not named and at != "lyrics" and line.strip() and _begins_lyrics(line, fields[at]):
            at = "lyrics"
            fields[at] = []
        fields[at].append(line)
    if len(fields) - (not named and "lyrics" in fields) < 2:
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


def _in_song(line: str) -> bool:
    """Inside lyrics only a style or an exclusion may begin again; `Words: …` is sung."""
    found = _head(line)
    return found is None or found[0] in ("lyrics", "title", "vocal_gender")


def _begins_lyrics(line: str, before: list[str]) -> bool:
    """Whether lyrics without a head begin here, behind the lines of a field before them."""
    return bool(_TAG.match(line)) or (
        len(before) > 1 and bool(before[0]) and not before[-1].strip()
    )


def _one_line(text: str) -> str:
    return " ".join(text.split()).strip('`*"“”').strip()

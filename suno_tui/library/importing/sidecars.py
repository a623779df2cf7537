"""Read the JSON that archivers of songs write next to the audio.

It has many shapes; only values under well-known names are used. A file holds one song, or a list
or table of many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

MOST_JSON = 16 << 20
"""Bytes of the largest JSON file that is read."""
MOST_SONGS = 50_000
MOST_TEXT = 200_000
"""Characters of the longest text that is taken."""
_DEEPEST = 4
"""How many levels deep a file is searched for songs."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

_INNER = ("metadata", "meta", "clip", "song", "track", "suno", "data", "info")
"""Tables inside a song's table; a value outside takes precedence."""
_NAMES = {
    "id": (
        "clip_id", "song_id", "songId", "suno_id", "sunoId", "audioId", "audio_id", "uuid", "id",
    ),
    "title": ("title", "name", "song_name", "songName"),
    "lyrics": ("lyrics", "lyric", "lyrics_text", "plain_lyrics", "plainLyrics"),
    "prompt": ("prompt",),
    "description": ("gpt_description_prompt", "description_prompt"),
    "style": ("style", "style_of_music", "styleOfMusic", "music_style"),
    "tags": ("tags", "display_tags"),
    "genre": ("genre", "genres"),
    "model": (
        "major_model_version", "model_version", "modelVersion", "model_name", "modelName", "mv",
        "model",
    ),
    "created": ("created_at", "createdAt", "createTime", "created", "date"),
    "liked": ("is_liked", "liked", "favorite", "is_favorite"),
    "bpm": ("bpm", "tempo"),
    "file": (
        "file", "filename", "file_name", "fileName", "path", "file_path", "audio_file", "output",
    ),
}  # fmt: skip

Song = dict[str, Any]
"""What a sidecar tells about one song: texts by the names of `_NAMES`, and `liked` as a bool."""


def read_json(data: bytes) -> list[Song]:
    """Return the songs in a JSON file; empty if there are none, or it isn't JSON."""
    if len(data) > MOST_JSON:
        return []
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_int=_integer)
    except (ValueError, RecursionError, MemoryError):
        return []
    songs = []
    for table in _tables(value, 0):
        if song := _song(table):
            songs.append(song)
        if len(songs) >= MOST_SONGS:
            break
    return songs


def _integer(digits: str) -> int:
    """Parse an integer; one of 30 digits or more means nothing here, and is 0."""
    return int(digits) if len(digits) < 30 else 0


def _tables(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield the tables that may be songs: the file itself, or those in its lists and tables."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _tables(item, depth + 1)
    elif isinstance(value, dict):
        if _is_song(value):
            yield value
            return
        for name, item in value.items():
            if isinstance(item, dict) and UUID.fullmatch(name) and not item.get("id"):
                item = {**item, "id": name}
            if isinstance(item, dict | list):
                yield from _tables(item, depth + 1)


def _is_song(table: Mapping[str, Any]) -> bool:
    flat = _flat(table)
    named = any(isinstance(flat.get(name), str) for name in _NAMES["title"])
    known = sum(
        any(alias in flat for alias in _NAMES[name])
        for name in ("id", "lyrics", "prompt", "style", "tags", "model", "created", "file")
    )
    return known > 1 or (named and known > 0)


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table joined with the tables inside it; outer values take precedence."""
    flat: dict[str, Any] = {}
    level = [table]
    for _ in range(3):
        deeper = []
        for one in level:
            for name, value in one.items():
                if flat.get(name) in (None, ""):
                    flat[name] = value
            deeper += [one[name] for name in _INNER if isinstance(one.get(name), dict)]
        level = deeper
    return flat


def _song(table: Mapping[str, Any]) -> Song:
    flat = _flat(table)
    song: Song = {}
    for name, aliases in _NAMES.items():
        texts = (_text(flat.get(alias)) for alias in aliases)
        if name == "id":
            found = next((text.lower() for text in texts if UUID.fullmatch(text)), "")
        else:
            found = next((text for text in texts if text), "")
        if found:
            song[name] = found
    song.pop("liked", None)
    if any(flat.get(alias) is True for alias in _NAMES["liked"]):
        song["liked"] = True
    return song


def _text(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value[:100]):
        value = ", ".join(value[:100])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:MOST_TEXT].strip()


def facts_of_song(song: Song) -> dict[str, Any]:
    """Return the keys of a track file that a sidecar's song tells."""
    facts: dict[str, Any] = {}
    if title := " ".join(song.get("title", "").split()):
        facts["title"] = title[:500]
    described = song.get("description", "")
    lyrics = song.get("lyrics", "")
    prompt = song.get("prompt", "")
    # Suno calls the lyrics `prompt`; only songs made from a description have a one-line prompt.
    if not lyrics and prompt != described and ("\n" in prompt or prompt.startswith("[")):
        lyrics = prompt
    if lyrics:
        facts["lyrics"] = lyrics.replace("\r\n", "\n")
    style, tags = song.get("style", ""), song.get("tags", "") or song.get("genre", "")
    if not style and "id" in song and not described:
        # Suno calls the style `tags`; with a description, `tags` is what Suno made of that.
        style, tags = tags, song.get("genre", "")
    for name, text in (("style", style), ("tags", tags)):
        if text:
            facts[name] = " ".join(text.split())[:2000]
    if model := " ".join(song.get("model", "").split()):
        facts["model"] = model[:100]
    if (moment := read_moment(song.get("created", ""))) is not None:
        facts["created_at"] = moment
    if song.get("liked"):
        facts["favorite"] = True
    if re.fullmatch(r"\d{1,3}(\.\d{1,4})?", song.get("bpm", "")) and float(song["bpm"]):
        facts["bpm"] = float(song["bpm"])
    return facts


def read_moment(text: str) -> datetime | None:
    """Return the time in a text: ISO 8601 with or without a zone, or Unix time (s or ms)."""
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        if re.fullmatch(r"\d{12,14}", text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if 1900 < moment.year < 9000 else None
    except (ValueError, OverflowError, OSError):
        return None

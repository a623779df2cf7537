"""What an audio file's own tags say of the track, for when its text file has gone."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

_FRAMES = {"title": "TIT2", "genre": "TCON", "date": "TDRC", "take": "TRCK", "key": "TKEY",
           "bpm": "TBPM"}  # fmt: skip
_ATOMS = {"title": "\xa9nam", "genre": "\xa9gen", "date": "\xa9day", "comment": "\xa9cmt",
          "lyrics": "\xa9lyr"}  # fmt: skip
_FIELDS = {"title": "title", "genre": "genre", "date": "date", "take": "tracknumber",
           "comment": "comment", "lyrics": "lyrics"}  # fmt: skip
_COMMENT = re.compile(r"(?:(?P<model>.+?) · )?task (?P<task_id>.+) at (?P<provider>\S+)")


def facts_of(audio: Path) -> dict[str, Any]:
    """Return the keys of a track's text file that the tags of its audio file tell.

    They are what `write_tags` writes: the title, lyrics, genre (as `tags`), day, take, tempo and
    key, and the comment's model, task and provider. What isn't there is left out.
    """
    texts = read_texts(audio)
    found: dict[str, Any] = {
        name: texts[name] for name in ("title", "lyrics", "key") if texts.get(name)
    }
    if texts.get("genre"):
        found["tags"] = texts["genre"]
    if made := _COMMENT.fullmatch(texts.get("comment", "")):
        found |= {name: value for name, value in made.groupdict().items() if value}
    if number := re.match(r"\d{1,6}", texts.get("take", "")):
        found["take"] = max(1, int(number[0]))
    if re.fullmatch(r"\d{1,3}(\.\d{1,3})?", texts.get("bpm", "")):
        found["bpm"] = float(texts["bpm"])
    if day := re.match(r"\d{4}-\d\d-\d\d", texts.get("date", "")):
        with contextlib.suppress(ValueError):
            found["created_at"] = datetime.fromisoformat(day[0]).replace(tzinfo=UTC)
    return found


def read_texts(audio: Path) -> dict[str, str]:
    """Return the texts in an audio file's tags by what they mean; empty where none can be read.

    The keys are `title`, `lyrics`, `genre`, `date`, `take`, `comment`, `bpm` and `key`.
    """
    try:
        file = import_module("mutagen").File(str(audio))
        tags = file.tags if file is not None else None
        if tags is None:
            return {}
        if hasattr(tags, "getall"):
            return _id3(tags)
        if audio.suffix.lower() == ".m4a":
            found = {name: str(tags[atom][0]) for name, atom in _ATOMS.items() if tags.get(atom)}
            return found | ({"take": str(tags["trkn"][0][0])} if tags.get("trkn") else {})
        return {name: str(tags[field][0]) for name, field in _FIELDS.items() if tags.get(field)}
    except Exception:  # on damage also what mutagen's parsers stumble over
        return {}


def _id3(tags: Any) -> dict[str, str]:
    found = {
        name: str(tags[frame].text[0])
        for name, frame in _FRAMES.items()
        if frame in tags and tags[frame].text
    }
    for frame in tags.getall("USLT"):
        found.setdefault("lyrics", str(frame.text))
    for frame in tags.getall("COMM"):
        if not frame.desc and frame.text:
            found.setdefault("comment", str(frame.text[0]))
    return found

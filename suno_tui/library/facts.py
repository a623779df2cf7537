"""Read a track's facts from its audio, for when its track file is lost or knows little."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suno_tui.media.errors import BadAudio, CantRead
from suno_tui.media.files import read_texts, survey, user_text
from suno_tui.providers.song_fields import seed_of_take

LONE_AUDIO = "it is not in the library yet. Import takes it in: `suno-tui import --in-place`"
"""The trouble of audio in the library's folder that has no track file."""

_TAKES = range(1, 2**21 + 1)
_ENGINE = re.compile(r"[0-9a-f]{8}")
_COMMENT = re.compile(r"(?:(?P<model>.+?) · )?task (?P<task_id>.+) at (?P<provider>\S+)")


def facts_of(audio: Path) -> dict[str, Any]:
    """Return the keys of a track file that the tags of its audio file tell.

    These are the ones that `write_tags` writes: the title, lyrics, genre (as `tags`), day, take,
    tempo and key, and the comment's model, task and provider. What is unknown is left out.
    """
    return facts_in(read_texts(audio))


def facts_in(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys of a track file that the texts of tags tell (see `media.tags.texts`)."""
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


def made_facts(audio: Path) -> dict[str, Any]:
    """Return the keys of a track file that the built-in engine wrote into its take.

    These are the seed that makes the take again, and the engine's version; empty if either is
    missing or impossible.
    """
    try:
        facts = json.loads(user_text(audio, "sketch"))
        seed, take, engine = facts["seed"], facts["take"], facts["engine"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return {}
    possible = type(seed) is int and 0 <= seed < 2**32 and type(take) is int and take in _TAKES
    if not possible or not isinstance(engine, str) or not _ENGINE.fullmatch(engine):
        return {}
    return {"seed": seed_of_take(seed, take), "engine": engine}


def complete(table: dict[str, Any], audio: Path) -> dict[str, Any]:
    """Complete the table of a track file that was written by hand from its audio.

    Adds its length, its lyrics, and the latest time at which it can have been made.
    """
    if "duration" in table or table.get("task_id"):
        return table
    try:
        made = datetime.fromtimestamp(int(audio.stat().st_mtime), UTC)
        found = survey(audio)
    except (OSError, BadAudio, CantRead):
        return table  # the user learns why by playing it
    facts = {"created_at": made, "duration": round(found.duration, 3)} | facts_in(found.texts)
    names = ("created_at", "duration", "lyrics")
    return {name: facts[name] for name in names if name in facts} | table

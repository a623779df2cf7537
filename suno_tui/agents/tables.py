"""Tasks and tracks as agents see them; text from outside is under the key `foreign`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from suno_tui.common.text import clean

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.tasks.models import Task


_CODE = re.compile(r"[\w.:-]{1,60}", re.ASCII)


def code(text: str) -> str:
    """Return a code or name from a provider; `other` if it could be a sentence."""
    return text if _CODE.fullmatch(text) else "other"


def task_table(task: Task) -> dict[str, Any]:
    """Return a task as agents see it."""
    foreign = {"title": clean(task.title), "model": clean(task.song.model)}
    for name, value in (("hold", task.hold), ("error", task.error)):
        if value is not None:
            foreign[f"{name}_message"] = clean(value.message)
    return {
        "id": task.id,
        "status": task.status.value,
        "provider": task.provider,
        "credits": task.credits,
        "requester": task.requester or "you",
        "progress": task.progress,
        "hold": code(task.hold.code) if task.hold else None,
        "error": code(task.error.code) if task.error else None,
        "tracks": [take.track_id for take in task.takes if take.track_id],
        "foreign": foreign,
    }


def track_table(track: Track) -> dict[str, Any]:
    """Return a track as agents see it, without its lyrics."""
    return {
        "id": track.id,
        "take": track.take,
        "duration": round(track.duration, 1),
        "provider": code(track.provider),
        "created_at": track.created_at.isoformat(),
        "rating": track.rating,
        "favorite": track.favorite,
        "foreign": {
            "title": clean(track.title),
            "model": clean(track.model),
            "style": clean(track.style),
            "tags": clean(track.tags),
            "notes": clean(track.notes, lines=True),
        },
    }

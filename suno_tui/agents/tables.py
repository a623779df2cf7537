"""Tasks and tracks as agents see them: text from outside stands under the key `foreign`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suno_tui.common.text import clean

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.tasks.models import Task


def task_table(task: Task) -> dict[str, Any]:
    """Return a task as agents see it."""
    foreign = {"title": clean(task.title)}
    for name, value in (("hold", task.hold), ("error", task.error)):
        if value is not None:
            foreign[f"{name}_message"] = clean(value.message)
    return {
        "id": task.id,
        "status": task.status.value,
        "provider": task.provider,
        "model": task.song.model,
        "credits": task.credits,
        "requester": task.requester or "you",
        "progress": task.progress,
        "hold": task.hold.code if task.hold else None,
        "error": task.error.code if task.error else None,
        "tracks": [take.track_id for take in task.takes if take.track_id],
        "foreign": foreign,
    }


def track_table(track: Track) -> dict[str, Any]:
    """Return a track as agents see it, without its lyrics."""
    return {
        "id": track.id,
        "take": track.take,
        "duration": round(track.duration, 1),
        "model": clean(track.model),
        "provider": clean(track.provider),
        "created_at": track.created_at.isoformat(),
        "rating": track.rating,
        "favorite": track.favorite,
        "foreign": {
            "title": clean(track.title),
            "style": clean(track.style),
            "tags": clean(track.tags),
            "notes": clean(track.notes, lines=True),
        },
    }

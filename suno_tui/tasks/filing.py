"""Hand a take from the queue to the library, with the facts of its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from suno_tui.library.filing import NewTake, own_tags
from suno_tui.library.store import Library
from suno_tui.library.track import identify
from suno_tui.tasks.models import Take, Task
from suno_tui.tasks.store import TaskStore


def file_take(
    library: Library, task: Task, take: Take, audio: Path, cover: Path | None, *, whole: bool = True
) -> str:
    """Put a take into the library and return its track's id; filing it twice makes one track.

    Without `whole`, a file that is cut off or can't be decoded is filed as it came.
    """
    new = NewTake(
        song=task.song,
        provider=task.provider,
        model=take.facts.get("model") or task.song.model,
        task_id=task.task_id or task.id,
        queue_id=task.id,
        take=take.number,
        title=take.title or task.title,
        tags=take.tags,
        lyrics=take.lyrics,
        created_at=task.created_at,
        seed=take.seed,
        origin=task.origin,
    )
    return library.add(new, audio, cover, whole=whole, as_it_came=not whole).id


def take_records(store: TaskStore) -> list[dict[str, Any]]:
    """Return the facts of every take of the queue, under the keys of a track's text file."""
    found = []
    for task in store.all(forgotten=True):
        task_id = task.task_id or task.id
        style = task.song.style if task.song.custom_mode else ""
        facts = {
            "style": style,
            "created_at": task.created_at,
            "provider": task.provider,
            "model": task.song.model,
            "task_id": task_id,
            "queue_id": task.id,
            "song": {k: v for k, v in task.song.to_table().items() if v is not None},
        }
        if task.origin is not None:
            facts |= {"parent": task.origin.parent, "relation": task.origin.relation}
        found += [
            facts
            | {
                "id": take.track_id or identify(task.provider, task_id, take.number),
                "title": take.title or task.title,
                "tags": own_tags(take.tags, task.song),
                "lyrics": take.lyrics,
                "take": take.number,
                **({} if take.seed is None else {"seed": take.seed}),
            }
            for take in task.takes
        ]
    return found

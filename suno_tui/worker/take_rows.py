"""Write the takes that a provider lists to rows of the queue."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from suno_tui.providers.remote import RemoteTake
from suno_tui.tasks.models import Task


def as_json(value: object) -> str:
    """Return JSON for a column; an empty object if it would be too large."""
    text = json.dumps(value, default=str)
    return text if len(text) < 20_000 else "{}"


def aligned(task: Task, results: Sequence[RemoteTake]) -> tuple[RemoteTake, ...]:
    """Return takes with the numbers they had before, whatever order the provider lists them in."""
    known = {take.facts["id"]: take.number for take in task.takes if "id" in take.facts}
    if not known:
        return tuple(results)
    taken = {known[id_] for take in results if (id_ := take.facts.get("id")) in known}
    free = (number for number in itertools.count(1) if number not in taken)
    return tuple(
        replace(take, number=known.get(take.facts.get("id", ""), 0) or next(free))
        for take in results
    )


def write_takes(connection: sqlite3.Connection, id: str, results: Sequence[RemoteTake]) -> None:
    """Insert or update takes. A new URL replaces the old one; an empty one does not."""
    connection.executemany(
        """INSERT INTO takes (task, number, title, tags, lyrics, duration, url, image_url,
           facts, seed, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')
           ON CONFLICT (task, number) DO UPDATE SET
           facts = excluded.facts, seed = excluded.seed,
           url = CASE excluded.url WHEN '' THEN url ELSE excluded.url END,
           image_url = CASE excluded.image_url WHEN '' THEN image_url
                       ELSE excluded.image_url END""",
        [
            (
                id,
                t.number,
                t.title,
                t.tags,
                t.lyrics,
                t.duration,
                t.url,
                t.image_url,
                as_json(dict(t.facts)),
                t.facts.get("seed"),
            )
            for t in results
        ],
    )

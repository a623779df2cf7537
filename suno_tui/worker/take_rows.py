"""The rows of a task's takes, as its provider lists them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from suno_tui.providers.remote import RemoteTake


def as_json(value: object) -> str:
    """Return JSON for a column; an empty object instead of one that is too large."""
    text = json.dumps(value, default=str)
    return text if len(text) < 20_000 else "{}"


def write_takes(connection: sqlite3.Connection, id: str, results: Sequence[RemoteTake]) -> None:
    """Insert or update takes. New URLs replace old ones, and nothing replaces a URL."""
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

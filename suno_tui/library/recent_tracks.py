"""A small in-memory index of the first tracks in an order, which answers most searches."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from suno_tui.library.filenames import searchable
from suno_tui.library.query import Query
from suno_tui.library.row_mapping import INSERT_WORDS, TABLES, numbers_sql

LENGTH = 1000
"""Number of tracks in it. A query that matches one track in twenty finds a screenful among them.
Building it takes some 40 ms after each change."""

Rows = list[tuple[Any, ...]]
Pairs = list[tuple[int, int]]
"""Row numbers of tracks, each with the row number of its song's lead."""
Load = Callable[[str, int], tuple[Rows, Rows] | None]
"""Loads that many tracks in an order: rows of `tracks`, and numbers with texts for the full-text
table. None if the library has no more tracks than that."""


class RecentTracks:
    """The first tracks of one place, kept until a query needs another order or version."""

    def __init__(self, place: int, load: Load) -> None:
        self._place = place
        self._load = load
        self._kept: tuple[tuple[int, str], sqlite3.Connection | None] | None = None
        self._lock = threading.RLock()

    def numbers(self, query: Query, order: str, version: int) -> Pairs | None:
        """Return the row numbers of matching tracks and of their leads, in order.

        None if the library is so small that this saves nothing.
        """
        with self._lock:
            self.prepare(order, version)
            assert self._kept is not None
            head = self._kept[1]
            if head is None:
                return None
            values = (self._place, *query.values, -1, 0)
            return head.execute(numbers_sql(query.where, order), values).fetchall()

    def prepare(self, order: str, version: int) -> None:
        """Build the index for this order and version, unless it is built already."""
        with self._lock:
            if self._kept is None or self._kept[0] != (version, order):
                self.drop()
                self._kept = (version, order), self._make(order)

    def drop(self) -> None:
        """Drop the index and free its memory."""
        with self._lock:
            if self._kept is not None and self._kept[1] is not None:
                self._kept[1].close()
            self._kept = None

    def _make(self, order: str) -> sqlite3.Connection | None:
        loaded = self._load(order, LENGTH)
        if loaded is None:
            return None
        tracks, texts = loaded
        head = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            for statement in TABLES.split(";\n"):
                if not statement.lstrip().startswith("CREATE INDEX"):  # not worth it for few rows
                    head.execute(statement)
            head.execute("BEGIN")
            marks = ",".join("?" * len(tracks[0]))
            head.executemany(f"INSERT INTO tracks VALUES ({marks})", tracks)
            words = [(number, *map(searchable, text)) for number, *text in texts]
            head.executemany(INSERT_WORDS, words)
            head.execute("COMMIT")
        except BaseException:
            head.close()
            raise
        return head

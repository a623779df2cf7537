"""Queries of the index for lists: which tracks or songs match, in which order, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from suno_tui.library.query import Query
from suno_tui.library.recent_tracks import Pairs, RecentTracks, Rows
from suno_tui.library.row_mapping import IS_LEAD, numbers_sql
from suno_tui.library.tables import Database

LIBRARY, TRASH = 0, 1
"""The two places of tracks."""

_FEW = 3000
"""With fewer matches in the full-text table, look these up instead of walking the whole order."""


class Takes(NamedTuple):
    """The takes of a song that a list shows as one row."""

    ids: tuple[str, ...]
    """Ordered by take number."""
    rating: int
    """The rating of the best take."""
    favorite: bool
    """Whether any of the takes is a favourite."""


class ListQueries:
    """Queries for row numbers and counts: a list reads the tracks of a page by their numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head = RecentTracks(LIBRARY, self._load_first)
        self._counted: dict[tuple[int, bool], tuple[int, int]] = {}
        """By place and whether songs were counted: the version of the index, and the count."""

    def version(self) -> int:
        """Return a number that grows when any process changes any track."""
        return int(self._meta("version") or 0)

    def numbers(
        self,
        where: str,
        values: Iterable[object],
        order: str,
        place: int,
        limit: int | None = None,
        start: int = 0,
        *,
        long: bool = False,
        songs: bool = False,
    ) -> list[int]:
        """Return the row numbers of matching tracks, in order; see `Database.rows` for `long`.

        With `songs`, return one number per song: its lead if that matches, else its first match.
        """
        return self._one_per_song(
            self._pairs(where, values, order, place, limit, start, long=long, songs=songs), songs
        )

    def _pairs(
        self,
        where: str,
        values: Iterable[object],
        order: str,
        place: int,
        limit: int | None = None,
        start: int = 0,
        *,
        long: bool = False,
        songs: bool = False,
    ) -> Pairs:
        """Return the row numbers of matching tracks, each with the number of its song's lead."""
        where = where or (IS_LEAD if songs else "")
        most = -1 if limit is None else limit
        sql = numbers_sql(where, order)
        return self._database.rows(sql, place, *values, most, start, long=long)

    @staticmethod
    def _one_per_song(pairs: Pairs, songs: bool) -> list[int]:
        if not songs:
            return [number for number, _ in pairs]
        found: dict[int, int] = {}
        for number, lead in pairs:
            if number == lead:
                found[lead] = number
            else:
                found.setdefault(lead, number)
        return list(found.values())

    def first_numbers(
        self, query: Query, order: str, page: int, *, songs: bool = False
    ) -> tuple[list[int], bool]:
        """Return at least the first page of a query's matches, and whether that is all of them.

        `songs` means the same as for `numbers`; the page is shorter then.

        A query that matches many tracks probably matches many of the first ones in the order, so
        these are searched first. A query with few matches is answered by the full-text table. So a
        search takes no longer in a large library than in a small one.
        """
        first = self._head.numbers(query, order, self.version())
        if first is not None and len(first) >= page:
            return self._one_per_song(first, songs), False
        if first is None or any(self._are_few(match) for match in query.matches):
            # `+` keeps SQLite from walking through all tracks in this order.
            few = order if first is None else f"+{order}"
            return self.numbers(query.where, query.values, few, LIBRARY, songs=songs), True
        found = self._pairs(query.where, query.values, order, LIBRARY, page)
        return self._one_per_song(found, songs), len(found) < page

    def prepare(self, order: str) -> None:
        """Prepare for searches in this order."""
        self._head.prepare(order, self.version())

    def count(self, place: int, *, songs: bool = False) -> int:
        """Return how many tracks, or songs, a place has."""
        version, what = self.version(), IS_LEAD if songs else ""
        if self._counted.get((place, songs), (-1, 0))[0] != version:
            self._counted[place, songs] = version, self.matches(what, (), place)
        return self._counted[place, songs][1]

    def matches(self, where: str, values: Iterable[object], place: int) -> int:
        """Return how many tracks of a place match; other queries don't wait for it."""
        condition = f"place = ? AND ({where})" if where else "place = ?"
        sql = f"SELECT count(*) FROM tracks WHERE {condition}"
        return int(self._database.rows(sql, place, *values, aside=True)[0][0])

    def takes(self, numbers: list[int]) -> dict[int, Takes]:
        """Return the takes of each track's song, by row number; for at most 500 numbers."""
        rows = self._database.rows(
            "SELECT mine.number, takes.id, takes.rating, takes.favorite "
            "FROM tracks AS mine CROSS JOIN tracks AS takes INDEXED BY takes_by_song "
            f"ON takes.lead = mine.lead WHERE mine.number IN ({','.join('?' * len(numbers))}) "
            "ORDER BY takes.take, takes.number",
            *numbers,
        )
        found: dict[int, list[tuple[str, int, bool]]] = {}
        for number, *take in rows:
            found.setdefault(number, []).append((take[0], take[1], bool(take[2])))
        return {
            number: Takes(ids, max(ratings), any(favorites))
            for number, takes in found.items()
            for ids, ratings, favorites in [tuple(zip(*takes, strict=True))]
        }

    def _load_first(self, order: str, most: int) -> tuple[Rows, Rows] | None:
        numbers = self.numbers("", (), order, LIBRARY, most + 1)
        if len(numbers) <= most:
            return None
        among = f"WHERE number IN ({','.join(map(str, numbers))})"
        texts = "number, title, style, tags, lyrics, notes FROM tracks JOIN texts USING(number)"
        return (
            self._database.rows(f"SELECT * FROM tracks {among}", aside=True),
            self._database.rows(f"SELECT {texts} {among}", aside=True),
        )

    def _are_few(self, match: str) -> bool:
        sql = "SELECT count(*) FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)"
        return bool(self._database.rows(sql, match, _FEW)[0][0] < _FEW)

    def _meta(self, name: str) -> Any:
        rows = self._database.rows("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None

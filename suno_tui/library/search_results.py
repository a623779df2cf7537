"""The tracks that a query finds, read page by page for a list on the screen."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.list_queries import Takes
from suno_tui.library.query import Query
from suno_tui.library.tables import Interrupted
from suno_tui.library.track import Track

_PAGE = 100
SCREENFUL = 60
"""How many tracks the first step of a search finds; `finish` finds the rest."""


class SearchResults(Sequence[Track | None]):
    """The tracks of a search, read page by page when they are needed.

    It doesn't change when the library does; search again then. A track that was removed since is
    None. `mistakes` are the parts of the query that were ignored. It holds at least the first page;
    if `complete` is false, there are more tracks, and `finish` finds them.

    With `songs`, it has one track for each song: its lead if that matches, else its first match.
    `takes` then returns all takes of the song.

    `among` are the row numbers of the tracks to search, in the order of the results unless the
    query names another; None searches the whole place.
    """

    def __init__(
        self,
        index: Index,
        query: Query,
        order: str,
        numbers: array[int] | None = None,
        *,
        songs: bool = False,
        place: int = LIBRARY,
        among: Sequence[int] | None = None,
    ) -> None:
        self.mistakes = query.mistakes
        self.sort = query.sort
        """What the query itself sorts by; empty if the caller's order is used."""
        self.complete = True
        self.songs = songs
        self._index = index
        self._query = query
        self._order = order
        self._place = place
        self._pages: dict[int, list[Track | None]] = {}
        self._takes: dict[int, list[Takes | None]] = {}
        self._numbers = array("q") if numbers is None else numbers
        self._stopped = False
        self._listed = bool(query.where) or among is not None
        """Whether `_numbers` holds the tracks; else all tracks of the place are results."""
        if not self._listed:
            self._count = index.count(place, songs=songs)
            return
        if numbers is None:
            if among is not None:
                first = self._find_among(among)
            elif place != LIBRARY:
                first = index.numbers(query.where, query.values, order, place, songs=songs)
            else:
                first, self.complete = index.first_numbers(query, order, SCREENFUL, songs=songs)
            self._numbers.extend(first)
        self._count = len(self._numbers)

    def _find_among(self, among: Sequence[int]) -> list[int]:
        """Return the row numbers in `among` that match, in their order or the query's."""
        query = self._query
        inside = f"number IN ({','.join(map(str, among))})"
        where = f"{inside} AND {query.where}" if query.where else inside
        found = self._index.numbers(where, query.values, self._order, self._place)
        if self._order:
            return found
        matching = set(found)
        return [number for number in among if number in matching]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Track | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[Track | None]: ...
    def __getitem__(self, at: int | slice) -> Track | list[Track | None] | None:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        page, place = self._page_of(at)
        return self._pages[page][place]

    def takes(self, at: int) -> Takes | None:
        """Return the takes of the song at a position; None if each take is a result."""
        if not self.songs:
            return None
        page, place = self._page_of(at)
        return self._takes[page][place]

    def prepare(self) -> None:
        """Prepare for the first letter of a query, if there is none; not on the screen's thread."""
        if not self._query.where and self._place == LIBRARY and not self._listed:
            self._index.prepare(self._order)

    def finish(self) -> SearchResults:
        """Return all matches; these results themselves if complete. Not on the screen's thread.

        Gives up if `stop` is called meanwhile.
        """
        query = self._query
        if self.complete or self._stopped:
            return self
        try:
            numbers = self._index.numbers(
                query.where, query.values, self._order, LIBRARY, long=True, songs=self.songs
            )
        except Interrupted:
            return self
        return SearchResults(self._index, query, self._order, array("q", numbers), songs=self.songs)

    def ids(self) -> list[str]:
        """Return the ids of all matching takes, also with `songs`. Not on the screen's thread."""
        where, values = self._query.where, self._query.values
        if self._listed and self.complete and not self.songs:
            return self._index.ids(self._numbers.tolist())
        return self._index.ids(self._index.numbers(where, values, self._order, self._place))

    def stop(self) -> None:
        """Make `finish` give up, because the rest isn't needed any more."""
        if not self._stopped and not self.complete:
            self._stopped = True
            self._index.interrupt()

    def _page_of(self, at: int) -> tuple[int, int]:
        """Return the page of a position and the position in it; read the page if necessary."""
        page, place = divmod(range(len(self))[at], _PAGE)
        if page not in self._pages:
            self._pages[page] = self._read(page)
        return page, place

    def _read(self, page: int) -> list[Track | None]:
        start = page * _PAGE
        end = min(start + _PAGE, len(self))
        if self._listed:
            numbers = self._numbers[start:end].tolist()
        else:
            numbers = self._index.numbers(
                "", (), self._order, self._place, _PAGE, start, songs=self.songs
            )
        # The library may have shrunk since.
        rows = [*numbers, *[0] * (end - start - len(numbers))][: end - start]
        if self.songs:
            takes = self._index.takes(numbers)
            self._takes[page] = [takes.get(number) for number in rows]
        found = self._index.by_numbers(numbers)
        return [found.get(number) for number in rows]

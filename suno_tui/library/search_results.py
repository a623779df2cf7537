"""The tracks that a query finds, for a list on the screen: its length and its visible part."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.query import Query
from suno_tui.library.tables import Interrupted
from suno_tui.library.track import Track

_PAGE = 100
SCREENFUL = 60
"""How many tracks a search finds before it says that there are more."""


class SearchResults(Sequence[Track | None]):
    """The tracks of a search, read page by page as they are asked for.

    It doesn't change when the library does: search again then. A track that is gone since is None.
    `mistakes` are the parts of the query that were ignored. It holds at least the first page; if
    `complete` is false, there are more, and `finish` finds them.
    """

    def __init__(
        self, index: Index, query: Query, order: str, numbers: array[int] | None = None
    ) -> None:
        self.mistakes = query.mistakes
        self.sort = query.sort
        """What the query itself sorts by; empty if that is left to the caller."""
        self.complete = True
        self._index = index
        self._query = query
        self._order = order
        self._pages: dict[int, list[Track | None]] = {}
        self._numbers = array("q") if numbers is None else numbers
        self._stopped = False
        if query.where:
            if numbers is None:
                first, self.complete = index.first_numbers(query, order, SCREENFUL)
                self._numbers.extend(first)
            self._count = len(self._numbers)
        else:
            self._count = index.count(LIBRARY)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Track | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[Track | None]: ...
    def __getitem__(self, at: int | slice) -> Track | list[Track | None] | None:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        page, place = divmod(range(len(self))[at], _PAGE)
        if page not in self._pages:
            self._pages[page] = self._read(page * _PAGE)
        return self._pages[page][place]

    def finish(self) -> SearchResults:
        """Return the list of all matches, itself if it is complete; not for the screen's thread.

        Without a query, prepare the first letter of one. Gives up if `stop` is called meanwhile.
        """
        query = self._query
        if not query.where:
            self._index.prepare(self._order)
        if self.complete or self._stopped:
            return self
        try:
            numbers = self._index.numbers(
                query.where, query.values, self._order, LIBRARY, long=True
            )
        except Interrupted:
            return self
        return SearchResults(self._index, query, self._order, array("q", numbers))

    def ids(self) -> list[str]:
        """Return the ids of all matches; not for the screen's thread."""
        where, values = self._query.where, self._query.values
        return self._index.ids(self._index.numbers(where, values, self._order, LIBRARY))

    def stop(self) -> None:
        """Make `finish` give up: nobody needs the rest any more."""
        if not self._stopped and not self.complete:
            self._stopped = True
            self._index.interrupt()

    def _read(self, start: int) -> list[Track | None]:
        end = min(start + _PAGE, len(self))
        if self._query.where:
            numbers = self._numbers[start:end].tolist()
        else:
            numbers = self._index.numbers("", (), self._order, LIBRARY, _PAGE, start)
        found = self._index.by_numbers(numbers)
        tracks = [found.get(number) for number in numbers]
        return (tracks + [None] * (end - start - len(tracks)))[: end - start]

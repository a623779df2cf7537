"""What a search found, as a list on the screen needs it: its length, and the part that is seen."""

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
    """The tracks of a search, read page by page as they are looked at.

    It doesn't change when the library does: search again then. A track that has gone since is
    None. `mistakes` are the parts of the query that were passed over. It holds at least the first
    page; where `complete` is off, there are more, and `finish` finds them.
    """

    def __init__(
        self, index: Index, query: Query, order: str, numbers: array[int] | None = None
    ) -> None:
        self.mistakes = query.mistakes
        self.sort = query.sort
        """What the query itself sorts by; empty where that was left to the caller."""
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
        """The list with all that fits, off the screen's thread; itself where it is that already.

        Without a query, the next letter of one is prepared. Where `stop` comes in between, it
        gives up.
        """
        asked = self._query
        if not asked.where:
            self._index.prepare(self._order)
        if self.complete or self._stopped:
            return self
        try:
            numbers = self._index.numbers(
                asked.where, asked.values, self._order, LIBRARY, long=True
            )
        except Interrupted:
            return self
        return SearchResults(self._index, asked, self._order, array("q", numbers))

    def ids(self) -> list[str]:
        """The ids of all that fits, off the screen's thread."""
        where, values = self._query.where, self._query.values
        return self._index.ids(self._index.numbers(where, values, self._order, LIBRARY))

    def stop(self) -> None:
        """Nobody wants the rest any more: call off `finish`."""
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

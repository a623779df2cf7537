"""Views of the library: all, favourites, playlists, saved searches, the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from suno_tui.library.index import LIBRARY, TRASH, Index
from suno_tui.library.query import Query, order_by, parse
from suno_tui.library.search_results import SearchResults

if TYPE_CHECKING:
    from suno_tui.library.playlists import Playlists
    from suno_tui.library.searches import Searches


class View(NamedTuple):
    """A part of the library that a list can show.

    `kind` is `all`, `favorites`, `unrated`, `playlist`, `search` or `trash`; `name` is the name of
    a playlist or a saved search.
    """

    kind: str = "all"
    name: str = ""

    @property
    def ordered(self) -> bool:
        """Whether the view has its own order."""
        return self.kind in ("playlist", "trash")

    @property
    def folds(self) -> bool:
        """Whether the takes of a song may be shown as one row: not in a view with its own order."""
        return not self.ordered


ALL, FAVORITES, UNRATED, IN_TRASH = (
    View("all"), View("favorites"), View("unrated"), View("trash")
)  # fmt: skip
_QUERIES = {"favorites": "fav:yes", "unrated": "rating:0"}

OWN_ORDER = "own"
"""The name of a view's own sort order."""


class Views:
    """The views of a library."""

    def __init__(self, index: Index, playlists: Playlists, searches: Searches) -> None:
        self._index = index
        self._playlists = playlists
        self._searches = searches

    def all(self) -> list[View]:
        """Return all views. Raises `HomeError`, `DamagedFile`."""
        return [
            ALL,
            FAVORITES,
            UNRATED,
            *(View("playlist", name) for name in self._playlists.names()),
            *(View("search", name) for name in self._searches.all()),
            IN_TRASH,
        ]

    def count(self, view: View) -> int:
        """Return the number of tracks in a view; for a playlist, the number of entries.

        Raises `UnknownPlaylist`, `HomeError`, `DamagedFile`.
        """
        if view.kind == "playlist":
            return self._playlists.count(view.name)
        query = self._query(view)
        place = TRASH if view.kind == "trash" else LIBRARY
        if not query.where:
            return self._index.count(place)
        return self._index.matches(query.where, query.values, place)

    def search(self, view: View, text: str, *, sort: str, songs: bool) -> SearchResults:
        """Return the tracks of a view that match a query; see `Library.search`.

        Raises `UnknownPlaylist`, `HomeError`, `DamagedFile`.
        """
        query = parse(text).within(self._query(view))
        order = query.order or _order(view, sort)
        songs = songs and view.folds
        if view.kind == "trash":
            return SearchResults(self._index, query, order, place=TRASH)
        if view.kind != "playlist":
            return SearchResults(self._index, query, order, songs=songs)
        ids = [entry.track.id for entry in self._playlists.entries(view.name) if entry.track]
        numbers = self._index.numbers_of(ids)
        among = [numbers[track_id] for track_id in ids if track_id in numbers]
        return SearchResults(self._index, query, order, among=among)

    def _query(self, view: View) -> Query:
        """Return the query of a view; an empty one for a saved search that is gone."""
        if view.kind == "search":
            return parse(self._searches.all().get(view.name, ""))
        return parse(_QUERIES.get(view.kind, ""))


def _order(view: View, sort: str) -> str:
    """Return the SQL of a sort order; empty for a playlist's own order."""
    if sort != OWN_ORDER:
        return order_by(sort)
    return {"trash": "path DESC", "playlist": ""}.get(view.kind, order_by("-added"))

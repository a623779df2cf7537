"""The rows of the library's list: one for each song, or the takes of a song that was unfolded."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from suno_tui.library.list_queries import Takes
from suno_tui.library.search_results import SearchResults
from suno_tui.library.track import Track

if TYPE_CHECKING:
    from suno_tui.library.store import Library

REACH = 300
"""Rows around its last place in which an unfolded song is searched for."""


def song_key(track: Track) -> Hashable:
    """Return a key that is the same for all takes of a song."""
    return (track.provider, track.task_id) if track.task_id else track.id


class TrackItems(Sequence[Track | None]):
    """Search results in which some songs are replaced by their takes.

    `unfolded` holds these takes by the place of the song in the results.
    """

    def __init__(
        self, results: SearchResults, unfolded: Mapping[int, Sequence[Track]] | None = None
    ) -> None:
        self.results = results
        self.unfolded = dict(sorted((unfolded or {}).items()))

    def __len__(self) -> int:
        return len(self.results) + sum(len(takes) - 1 for takes in self.unfolded.values())

    @overload
    def __getitem__(self, at: int) -> Track | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[Track | None]: ...
    def __getitem__(self, at: int | slice) -> Track | list[Track | None] | None:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place, take = self._place(at)
        return self.results[place] if take is None else self.unfolded[place][take]

    def takes(self, at: int) -> Takes | None:
        """Return the takes that a row stands for; None if it shows only itself."""
        place, take = self._place(at)
        takes = self.results.takes(place) if take is None else None
        return takes if takes is not None and len(takes.ids) > 1 else None

    def is_unfolded(self, at: int) -> bool:
        """Return whether a row is a take of an unfolded song."""
        return self._place(at)[1] is not None

    def row_of(self, place: int) -> int:
        """Return the row of a place in the results; of an unfolded song, the first."""
        return place + sum(len(takes) - 1 for at, takes in self.unfolded.items() if at < place)

    def place_of(self, at: int) -> int:
        """Return the place in the results that a row belongs to."""
        return self._place(at)[0]

    def _place(self, at: int) -> tuple[int, int | None]:
        """Return the place in the results of a row, and which of the unfolded takes it shows."""
        at = range(len(self))[at]
        more = 0
        for place, takes in self.unfolded.items():
            row = place + more
            if at < row:
                break
            if at < row + len(takes):
                return place, at - row
            more += len(takes) - 1
        return at - more, None


def unfold(
    results: SearchResults, songs: Mapping[Hashable, int], library: Library
) -> dict[int, list[Track]]:
    """Return the takes of songs by their places in the results; not for the screen's thread.

    `songs` maps keys to the places that the songs had; songs that are not near are left out.
    """
    found: dict[int, list[Track]] = {}
    for key, near in songs.items():
        for place in _around(near, len(results)):
            track = results[place]
            if track is not None and song_key(track) == key:
                takes = library.takes(track)
                if len(takes) > 1:
                    found[place] = takes
                break
    return found


def _around(near: int, count: int) -> Iterable[int]:
    """Yield the places around `near`, the nearest first."""
    for by in range(REACH):
        if near + by < count:
            yield near + by
        if by and 0 <= near - by < count:
            yield near - by

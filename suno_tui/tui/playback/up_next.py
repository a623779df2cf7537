"""The tracks that the user put up next, which play before the list continues."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.library.track import Track


class UpNext:
    """Tracks in the order in which they will play; changes by the user can be undone."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.on_shifted: Callable[[int], None] = lambda _by: None
        """Called with the places by which all tracks moved, as tracks before them came or went."""
        self._undo_stack: list[list[Track]] = []

    @property
    def first(self) -> Track | None:
        return self.tracks[0] if self.tracks else None

    def take(self) -> Track | None:
        """Remove and return the first track, which is about to play."""
        if not self.tracks:
            return None
        track = self.tracks.pop(0)
        self.on_shifted(-1)
        return track

    def skip_to(self, track: Track) -> None:
        """Remove a track that plays already, and those before it, which have played."""
        if any(each.id == track.id for each in self.tracks):
            while (taken := self.take()) is not None and taken.id != track.id:
                pass

    def prepend_restored(self, tracks: list[Track]) -> None:
        """Put the tracks of the last session first; undo does not remove them."""
        for each in (self.tracks, *self._undo_stack):
            each[:0] = tracks
        self.on_shifted(len(tracks))

    def add(self, tracks: Iterable[Track], at: int | None = None) -> None:
        """Insert tracks at a place; without one, at the end."""
        self._push_undo()
        at = len(self.tracks) if at is None else at
        self.tracks[at:at] = tracks

    def remove(self, at: int) -> None:
        self._push_undo()
        del self.tracks[at]

    def drop(self, ids: Container[str]) -> None:
        """Remove tracks that have left the library; undo does not bring them back."""
        if any(track.id in ids for tracks in (self.tracks, *self._undo_stack) for track in tracks):
            for tracks in (self.tracks, *self._undo_stack):
                tracks[:] = [track for track in tracks if track.id not in ids]
            self.on_shifted(0)

    def move(self, at: int, by: int) -> int:
        """Move a track by some places; return its new place."""
        to = max(0, min(at + by, len(self.tracks) - 1))
        if to != at:
            self._push_undo()
            self.tracks.insert(to, self.tracks.pop(at))
        return to

    def clear(self) -> None:
        if self.tracks:
            self._push_undo()
            self.tracks.clear()

    def undo(self) -> bool:
        """Undo the last change; return whether there was one. Tracks that have played stay out."""
        if not self._undo_stack:
            return False
        self.tracks[:] = self._undo_stack.pop()
        return True

    def _push_undo(self) -> None:
        self._undo_stack = [*self._undo_stack[-19:], [*self.tracks]]

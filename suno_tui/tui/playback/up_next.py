"""What the user wants to hear after this: before the list that plays goes on."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.library.track import Track


class UpNext:
    """Tracks in the order in which they will play; every change can be taken back."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.on_shift: Callable[[int], None] = lambda _by: None
        """Told by how many places all tracks have moved, as others left or came before them."""
        self._before: list[list[Track]] = []

    @property
    def first(self) -> Track | None:
        return self.tracks[0] if self.tracks else None

    def take(self) -> Track | None:
        """The first one, which is about to play, taken out."""
        if not self.tracks:
            return None
        track = self.tracks.pop(0)
        self.on_shift(-1)
        return track

    def put_before(self, tracks: list[Track]) -> None:
        """What the last end had left comes before what was added since; no undo takes it away."""
        for each in (self.tracks, *self._before):
            each[:0] = tracks
        self.on_shift(len(tracks))

    def add(self, tracks: Iterable[Track], at: int | None = None) -> None:
        """Put tracks at a place; without one, at the end."""
        self._keep()
        at = len(self.tracks) if at is None else at
        self.tracks[at:at] = tracks

    def remove(self, at: int) -> None:
        self._keep()
        del self.tracks[at]

    def drop(self, ids: Container[str]) -> None:
        """Take out what is gone; that can't be taken back here."""
        if any(track.id in ids for tracks in (self.tracks, *self._before) for track in tracks):
            for tracks in (self.tracks, *self._before):
                tracks[:] = [track for track in tracks if track.id not in ids]
            self.on_shift(0)

    def move(self, at: int, by: int) -> int:
        """Move a track by so many places; the place where it is then."""
        to = max(0, min(at + by, len(self.tracks) - 1))
        if to != at:
            self._keep()
            self.tracks.insert(to, self.tracks.pop(at))
        return to

    def clear(self) -> None:
        if self.tracks:
            self._keep()
            self.tracks.clear()

    def undo(self) -> bool:
        """Take the last change back; False where there was none. What has begun to play is out."""
        if not self._before:
            return False
        self.tracks[:] = self._before.pop()
        return True

    def _keep(self) -> None:
        self._before = [*self._before[-19:], [*self.tracks]]

"""Finding a track by its audio: what a player knows of what it plays."""

from __future__ import annotations

from pathlib import Path

from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.track import Track


class TracksByAudio:
    """The part of the library that finds tracks by their audio. Any thread may call it."""

    folder: Path
    _index: Index

    def of_audio(self, audio: Path) -> Track | None:
        """Return the track of an audio file in the library; None if it is of none."""
        try:
            path = audio.with_suffix(".toml").relative_to(self.folder).as_posix()
        except ValueError:
            return None
        track = self._index.by_paths(LIBRARY, [path]).get(path)
        return track if track is not None and track.audio == audio else None

    def of_hash(self, sha256: str) -> Track | None:
        """Return a track by the SHA-256 of its audio; None if there is none.

        Goes through all tracks of the index, 10 ms for 100,000.
        """
        found = self._index.find("+place = ? AND sha256 = ?", LIBRARY, sha256)
        return found[0][1] if found else None

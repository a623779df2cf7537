"""Find a track by its audio: a player knows only the audio that it plays."""

from __future__ import annotations

import hashlib
from pathlib import Path

from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.track import Track


def audio_hash(track: Track) -> str:
    """Return the SHA-256 of a track's audio; a hash of its id if the track file names none."""
    return track.sha256 or hashlib.sha256(f"track\0{track.id}".encode()).hexdigest()


class TracksByAudio:
    """The part of the library that finds tracks by their audio. Any thread may call it."""

    folder: Path
    _index: Index

    def of_audio(self, audio: Path) -> Track | None:
        """Return the track of an audio file in the library; None if it belongs to no track."""
        try:
            path = audio.with_suffix(".toml").relative_to(self.folder).as_posix()
        except ValueError:
            return None
        track = self._index.by_paths(LIBRARY, [path]).get(path)
        return track if track is not None and track.audio == audio else None

    def of_hash(self, sha256: str) -> Track | None:
        """Return a track by its `audio_hash`; None if there is none. Goes through all tracks."""
        for wanted in (sha256, ""):
            for _, track in self._index.find("+place = ? AND sha256 = ?", LIBRARY, wanted):
                if audio_hash(track) == sha256:
                    return track
        return None

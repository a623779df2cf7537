"""Find a take that is in the library already, without scanning the whole library."""

from __future__ import annotations

from suno_tui.library.filing import NewTake, short_name
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.index_sync import IndexSync
from suno_tui.library.track import Track
from suno_tui.library.track_files import path_in
from suno_tui.library.track_reader import read_track_file


def find_filed(index: Index, sync: IndexSync, new: NewTake) -> Track | None:
    """Return the track of a take if its files exist, even if the index doesn't know them yet.

    Filing a take never waits for a whole scan: only if the track was known and has been moved, the
    files are scanned for up to two seconds.
    """
    known = [track for _, track in index.find("id = ?", new.track_id)]
    for track in known:
        if _exists(track):
            return track
    if known and not any(track.file.exists() for track in known):
        sync.glance()
        for _, track in index.find("id = ?", new.track_id):
            if _exists(track):
                return track
    return _find_near(index, new)


def _exists(track: Track) -> bool:
    """Return whether a track's file and audio exist. Without its audio, a take is not filed."""
    return track.file.exists() and track.audio.exists()


def _find_near(index: Index, new: NewTake) -> Track | None:
    """Return the take's track from the folder where it was filed, in case the index was lost."""
    root = index.places[LIBRARY]
    month = root / new.created_at.strftime("%Y/%m")
    for folder in month.glob(f"*-{short_name(new.task_id, new.track_id)}"):
        for file in folder.glob("*.toml"):
            facts = read_track_file(LIBRARY, root, path_in(root, file))
            if facts is None or facts.track is None or facts.track.id != new.track_id:
                continue
            if _exists(facts.track):
                index.put([facts])
                return facts.track
    return None

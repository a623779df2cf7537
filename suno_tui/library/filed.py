"""Whether a take is in the library already, found without looking through all of it."""

from __future__ import annotations

from suno_tui.library.filing import Take, short_name
from suno_tui.library.folder import look, path_in
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.track import Track


def is_there(track: Track) -> bool:
    """Whether a track's text and audio exist. A take whose audio has gone is not filed."""
    return track.file.exists() and track.audio.exists()


def find_near(index: Index, new: Take, track_id: str) -> Track | None:
    """The track of a take in the folder where filing puts it, also if the index was lost."""
    root = index.places[LIBRARY]
    month = root / new.created_at.strftime("%Y/%m")
    for folder in month.glob(f"*-{short_name(new.task_id, track_id)}"):
        for file in folder.glob("*.toml"):
            seen = look(LIBRARY, root, path_in(root, file))
            if seen is None or seen.track is None or seen.track.id != track_id:
                continue
            if is_there(seen.track):
                index.put([seen])
                return seen.track
    return None

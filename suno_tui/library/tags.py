"""Write tags to audio files, so that any player shows what the library knows."""

from __future__ import annotations

from pathlib import Path

from suno_tui.common.errors import DamagedFile
from suno_tui.library.track import Track
from suno_tui.media import files
from suno_tui.media.files import strip_tags, tempo_and_key

ARTIST = "suno-tui"
"""The artist that is written to a file without one."""

__all__ = ["ARTIST", "strip_tags", "tempo_and_key", "write_tags"]


def write_tags(path: Path, track: Track, cover: bytes | None, *, emptied: bool = False) -> None:
    """Write a track's facts into an audio file (by its suffix), keeping unknown tags.

    The facts are title, artist, album (the song), genre, date, track number (the take), a comment
    with model and task, lyrics and cover. If the track has no lyrics, those in the file stay unless
    `emptied` is set. Raises `DamagedFile` if the file's tags can't be parsed, or if the track is
    kept as it came.
    """
    if track.kept:
        raise DamagedFile(path, "it is kept as it came, so its tags were left alone")
    facts = {
        "title": track.name,
        "artist": ARTIST,
        "genre": genre(track),
        "date": track.created_at.strftime("%Y-%m-%d"),
        "track": track.take,
        "comment": comment(track),
        "lyrics": track.lyrics if track.lyrics or emptied else None,
    }
    files.write_tags(path, facts, cover or b"")


def tagged(track: Track) -> tuple[object, ...]:
    """Return the facts that go into the tags; if they change, the tags are written again."""
    return (track.name, genre(track), track.lyrics, track.take, track.created_at, comment(track))


def comment(track: Track) -> str:
    """Return the comment that says what made the track: `suno-v5_5 · task a1b2… at hosted`."""
    parts = [track.model, f"task {track.task_id} at {track.provider}" if track.task_id else ""]
    return " · ".join(part for part in parts if part)


def genre(track: Track) -> str:
    """Return the style that the user wrote in custom mode, else the provider's tags."""
    return track.style or track.tags

"""Tags in the audio files, so that any player shows what the library knows."""

from __future__ import annotations

from pathlib import Path

from suno_tui.errors import DamagedFile
from suno_tui.library.track import Line, Track
from suno_tui.media import files
from suno_tui.media.files import strip_tags, tempo_and_key

LEVELS_OWNER = "suno-tui/levels"
"""Names the private frame (ID3's PRIV) in which the built-in engine leaves a take's levels."""
ARTIST = "suno-tui"
"""The artist of a file that names none itself."""

__all__ = ["ARTIST", "LEVELS_OWNER", "strip_tags", "tempo_and_key", "write_tags"]


def write_tags(path: Path, track: Track, cover: bytes | None, *, emptied: bool = False) -> None:
    """Write a track's facts into an audio file (by its suffix), keeping tags we don't know.

    Title, artist, album (the song), genre, date, track number (the take), a comment with model
    and task, lyrics and cover. Lyrics that the file's maker wrote stay where the track has none;
    with `emptied` they go, too. Raises `DamagedFile` where the file's own tags can't be parsed,
    or are not looked into.
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


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lyrics in time of an MP3 or WAV (ID3's SYLT, in milliseconds), if it has any."""
    return tuple(Line(moment, text) for moment, text in files.timed_lines(path))


def read_levels(path: Path) -> bytes:
    """How loud a take of the built-in engine is, 0 to 255 in equal steps; empty where unknown."""
    return files.private(path, LEVELS_OWNER)


def tagged(track: Track) -> tuple[object, ...]:
    """What of a track stands in its audio file's tags: when this changes, they are written anew."""
    return (track.name, genre(track), track.lyrics, track.take, track.created_at, comment(track))


def comment(track: Track) -> str:
    """What made the track: `suno-v5_5 · task a1b2… at hosted`."""
    parts = [track.model, f"task {track.task_id} at {track.provider}" if track.task_id else ""]
    return " · ".join(part for part in parts if part)


def genre(track: Track) -> str:
    """What the user asked for in custom mode, else what the provider says it is."""
    return track.style or track.tags

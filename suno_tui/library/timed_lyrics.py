"""What a track's audio file knows beyond its tags: the lyrics in time, and how loud it is.

Both functions read the file, which may take a while: call them off the event loop.
"""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.common.safe_files import NotText, decode, read_file
from suno_tui.library.track import Track
from suno_tui.media import files

LEVELS_OWNER = "suno-tui/levels"
"""Owner of the private frame (ID3's PRIV) in which the built-in engine writes a take's levels."""


class TimedLine(NamedTuple):
    """A line of lyrics and the second of the audio at which it starts."""

    at: float
    text: str


def timed_lyrics(track: Track) -> tuple[TimedLine, ...]:
    """Read the lyrics in time of an MP3 or WAV (ID3's SYLT), else those of an LRC file beside the
    audio; empty if there are none."""
    if track.kept:
        return ()
    lines = files.timed_lines(track.audio) or _lines_beside(track)
    return tuple(TimedLine(moment, text) for moment, text in lines)


def _lines_beside(track: Track) -> tuple[tuple[float, str], ...]:
    from suno_tui.library.lrc import read_lrc

    file = track.file.with_suffix(".lrc")
    try:
        return () if file.is_symlink() else read_lrc(decode(read_file(file))).lines
    except (OSError, NotText):
        return ()


def stored_levels(track: Track) -> bytes:
    """Read how loud a take of the built-in engine is, 0 to 255 in equal steps; empty if unknown."""
    return b"" if track.kept else files.private(track.audio, LEVELS_OWNER)

"""Read the timed lyrics and the loudness that a track's audio file carries.

Both functions read the file, which may take a while: call them off the event loop.
"""

from __future__ import annotations

from suno_tui.common.safe_files import NotText, decode, read_file
from suno_tui.library.timed_line import TimedLine, TimedWord
from suno_tui.library.track import Track
from suno_tui.media import files

LEVELS_OWNER = "suno-tui/levels"
"""Owner of the private ID3 frame (PRIV) in which the built-in engine stores a take's levels."""


def timed_lyrics(track: Track) -> tuple[TimedLine, ...]:
    """Read the timed lyrics of an MP3 or WAV (ID3's SYLT), else those of an LRC file next to it.

    Empty if there are none.
    """
    if track.kept:
        return ()
    lines = files.timed_lines(track.audio) or _lines_beside(track)
    return tuple(_line(*line) for line in lines)


def _line(at: float, text: str, pieces: tuple[files.Piece, ...]) -> TimedLine:
    """Build a line from its pieces; pieces without a space between them make one word."""
    words: list[TimedWord] = []
    end, apart = None, True
    for moment, piece in pieces:
        if not piece:
            end = moment
            continue
        if not piece.strip():
            apart = True
            continue
        if apart or piece[0].isspace():
            words.append(TimedWord(moment, piece.strip()))
        else:
            words[-1] = words[-1]._replace(text=words[-1].text + piece.strip())
        apart = piece[-1].isspace()
    return TimedLine(at, text, tuple(words), end)


def _lines_beside(track: Track) -> tuple[tuple[float, str, tuple[files.Piece, ...]], ...]:
    from suno_tui.library.lrc import read_lrc

    file = track.file.with_suffix(".lrc")
    try:
        return () if file.is_symlink() else read_lrc(decode(read_file(file))).lines
    except (OSError, NotText):
        return ()


def stored_levels(track: Track) -> bytes:
    """Read the levels of a take of the built-in engine: one byte per step; empty if unknown."""
    return b"" if track.kept else files.private(track.audio, LEVELS_OWNER)

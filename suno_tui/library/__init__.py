"""The library: a folder of tracks. Text files are the truth; the index beside them is a cache."""

from suno_tui.library.audio import BadAudio
from suno_tui.library.hits import Hits
from suno_tui.library.playlists import BadPlaylist, Entry, Playlists, UnknownPlaylist
from suno_tui.library.query import EXAMPLES, SORTS, Mistake, QueryError, parse
from suno_tui.library.store import AmbiguousTrack, Library, UnknownTrack
from suno_tui.library.track import Line, Track
from suno_tui.library.undo import Action, CantUndo
from suno_tui.library.watch import Watch

__all__ = [
    "EXAMPLES",
    "SORTS",
    "Action",
    "AmbiguousTrack",
    "BadAudio",
    "BadPlaylist",
    "CantUndo",
    "Entry",
    "Hits",
    "Library",
    "Line",
    "Mistake",
    "Playlists",
    "QueryError",
    "Track",
    "UnknownPlaylist",
    "UnknownTrack",
    "Watch",
    "parse",
]

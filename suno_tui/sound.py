"""Connect the players with a home's library, and find the player that outlives its studios."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.listener import sockets
from suno_tui.listener.about import About
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.starting import HomePlayer

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.listener.protocol import File

_MOST_FOUND = 2000


def about(track: Track) -> About:
    """Return the facts of a track that a status line or a desktop shows."""
    return About(track.name, track.style, track.duration, track.id, track.take, track.cover)


def known_files(library: Callable[[], Library]) -> KnownFiles:
    """Return the files of a library for `RemotePlayer`, found by path or hash."""

    def locate(hash: str) -> Path | None:
        track = _of_hash(library(), hash)
        return track.audio if track is not None else None

    def of_path(path: Path) -> About | None:
        try:
            track = library().of_audio(path)
        except StudioError:
            return None
        return about(track) if track is not None else None

    return KnownFiles(locate, of_path)


class LibraryFiles:
    """Finds a library's files by hash, for a player on this machine that needs no copies."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._found: dict[str, Track | None] = {}
        """The results for this version of the library; None if there is no such track."""
        self._version = 0

    def find(self, file: File) -> Path | None:
        """Return the path of a file in the library; None if it has no such file."""
        track = self._track(file.hash)
        return track.audio if track is not None else None

    def about(self, hash: str) -> About | None:
        """Return the facts of the file with a hash; None if the library has no such file."""
        track = self._track(hash)
        return about(track) if track is not None else None

    def _track(self, hash: str) -> Track | None:
        with self._lock:
            try:
                version = self._library.version()
            except StudioError:
                return None
            if version != self._version or len(self._found) >= _MOST_FOUND:
                self._found, self._version = {}, version
            if hash not in self._found:
                self._found[hash] = _of_hash(self._library, hash)
            track = self._found[hash]
        return track if track is not None and track.audio.exists() else None


def home_player(env: Mapping[str, str], home: str, *, wanted: bool) -> HomePlayer | None:
    """Return the player of the home with an id; None if no sockets can be made here."""
    try:
        path = sockets.player_of(sockets.players_folder(env), home)
        return HomePlayer(path, home, wanted=wanted)
    except StudioError:
        return None


def has_listeners(env: Mapping[str, str], home: str) -> bool:
    """Return whether there are sockets of listeners, or of this home's player, alive or dead."""
    try:
        own = sockets.player_of(sockets.players_folder(env), home)
        return own.exists() or bool(sockets.found(sockets.listeners_folder(env)))
    except StudioError:
        return False


def _of_hash(library: Library, hash: str) -> Track | None:
    try:
        return library.of_hash(hash)
    except StudioError:
        return None

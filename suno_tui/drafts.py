"""Songs stored as TOML files: drafts (being written) and recipes (saved starting points).

Unknown keys survive a rewrite. A damaged file is reported with its path and not changed.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.common.errors import DamagedFile, UsageError, home_error
from suno_tui.common.filenames import slug
from suno_tui.providers.song import Song

_SONG_KEYS = frozenset(field.name for field in fields(Song))
_PROVIDER = "provider"
"""Key next to the song's own keys, for the provider that a draft was written for."""


class StoredSong(NamedTuple):
    """A song in the folder, with its name and the time of its last change (aware, UTC)."""

    name: str
    song: Song
    written_at: datetime
    provider: str | None = None
    """The provider of the song; None for the default one."""


class SongFolder:
    """A folder of drafts or recipes: `NAME.toml` for each song."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Return the names, the most recently changed first. Raises `HomeError`."""
        found = []
        try:
            for path in self.folder.glob("*.toml"):
                with contextlib.suppress(FileNotFoundError):
                    found.append((path.stat().st_mtime, path.stem))
        except OSError as error:
            raise home_error(self.folder, error) from error
        return [name for _, name in sorted(found, reverse=True)]

    def load(self, name: str) -> StoredSong | None:
        """Return the song of that name; None if there is none. Raises `DamagedFile`."""
        path = self._path(name)
        try:
            written = path.stat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            raise home_error(path, error) from error
        table = _read(path)
        named = table.get(_PROVIDER)
        provider = named if isinstance(named, str) and named else None
        moment = datetime.fromtimestamp(written, UTC)
        return StoredSong(name, Song.from_table(table), moment, provider)

    def save(self, name: str, song: Song, *, provider: str | None = None) -> None:
        """Write the song. A damaged file of that name is renamed to `NAME.damaged`.

        `provider` is the song's provider: empty for the default one; None keeps the file's value.
        """
        path = self._path(name)
        try:
            kept = {key: value for key, value in _read(path).items() if key not in _SONG_KEYS}
        except DamagedFile:
            _move(path, path.with_suffix(".damaged"))
            kept = {}
        if provider is not None:
            kept.pop(_PROVIDER, None)
            kept |= {_PROVIDER: provider} if provider else {}
        write_toml(path, kept | song.to_table())

    def holds_more(self, name: str) -> bool:
        """Return whether the file contains unknown keys. Raises `DamagedFile`."""
        return not _read(self._path(name)).keys() <= _SONG_KEYS | {_PROVIDER}

    def delete(self, name: str) -> None:
        """Delete the song of that name, if there is one."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise home_error(path, error) from error

    def rename(self, name: str, wish: str) -> str:
        """Rename a song and return its new name: `wish`, with a number if it is taken."""
        new = self.free_name(wish, but=name)
        _move(self._path(name), self._path(new))
        return new

    def set_aside(self, name: str) -> Path:
        """Remove a song from the list, and return its hidden file for `put_back`."""
        path = self._path(name)
        aside = path.with_name(f".{name}.{time.time_ns()}.deleted")
        _move(path, aside)
        return aside

    def put_back(self, aside: Path, name: str) -> str:
        """Restore a song that was set aside and return its name, numbered if taken."""
        new = self.free_name(name)
        _move(aside, self._path(new))
        return new

    def free_name(self, wish: str, *, but: str = "") -> str:
        """Return a name like `wish` that is free, or is the name `but`."""
        name = file_name(wish)
        taken = set(self.names()) - {but}
        count = 1
        candidate = name
        while candidate in taken:
            count += 1
            candidate = f"{name}-{count}"
        return candidate

    def _path(self, name: str) -> Path:
        if not name or name != file_name(name):
            raise UsageError(f"{name!r} can't be a name. Try {file_name(name)!r}.")
        return self.folder / f"{name}.toml"


def _read(path: Path) -> dict[str, Any]:
    """Return a file's table. Raises `DamagedFile`, also if a rewrite would lose a value."""
    table = read_toml(path)
    if misfits := Song.misfits(table):
        raise DamagedFile(path, f"{misfits[0]}. Fix or remove the file")
    return table


def _move(path: Path, to: Path) -> None:
    try:
        path.replace(to)
    except OSError as error:
        raise home_error(path, error) from error


def file_name(text: str) -> str:
    """Return the name under which a song is saved: lower case, dashes, at most 80 bytes."""
    return slug(text, 80, strict=True)


def named_by_title(name: str, song: Song) -> bool:
    """Return whether the name comes from the song's title, perhaps with a number."""
    wish = file_name(song.name or "untitled")
    rest = name.removeprefix(wish)
    return rest == "" or (rest != name and rest[1:].isdigit() and rest[0] == "-")

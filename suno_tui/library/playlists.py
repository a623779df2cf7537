"""Playlists as M3U8 files, which any player reads and any editor writes.

An entry is a line with a path relative to the playlist file, after an `#EXTINF` line with length
and title and a `#SUNO-TUI:` line with the track's id, by which a moved track is found again.
Unknown lines stay where they are.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import DamagedFile, StudioError, UsageError, home_error
from suno_tui.common.safe_files import byte_order_mark, is_utf16, read_file
from suno_tui.common.text import is_unicode
from suno_tui.library.filenames import fold, readable_name
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.track import Track

SUFFIX = ".m3u8"
_OLD_SUFFIX = ".m3u"
"""Written by other players: usually UTF-8 too, else the code page of Western Windows."""
_FOLDERS = 6
"""How many trailing parts of a path from another machine are searched for in the library."""
_ID = "#SUNO-TUI:"
_INFO = "#EXTINF:"
_HEADER = "#EXTM3U"


class UnknownPlaylist(StudioError):
    """No playlist has that name: its file was renamed or deleted."""

    title = "That playlist is gone"
    code = "unknown_playlist"
    exit_code = 2


class BadPlaylist(UsageError):
    """An impossible or taken name, or a position that the playlist doesn't have."""

    title = "That can't be done with a playlist"
    code = "bad_playlist"


class Entry(NamedTuple):
    """One entry of a playlist. `track` is None if the library doesn't have it (any more)."""

    path: str
    """The path as the file has it."""
    text: str
    """The title in the file; text from outside."""
    id: str
    track: Track | None


class _Block(NamedTuple):
    """The lines of one entry: comments, and the path on the last line."""

    lines: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.lines[-1].strip()

    @property
    def id(self) -> str:
        found = [line for line in self.lines[:-1] if line.startswith(_ID)]
        return found[-1][len(_ID) :].strip() if found else ""

    @property
    def text(self) -> str:
        found = [line for line in self.lines[:-1] if line.startswith(_INFO)]
        return found[-1].partition(",")[2].strip() if found else ""


class _Content(NamedTuple):
    """The contents of a playlist file: the lines before the first entry, the entries, the rest."""

    head: list[str]
    blocks: list[_Block]
    tail: list[str]
    mark: bytes = b""
    """The byte order mark at the beginning, if any."""
    end: str = "\n"
    """The line ending."""


class Playlists:
    """The playlists of a library: the `.m3u8` and `.m3u` files of one folder.

    `writing` is a context manager that holds the library's lock and records changes for undo.
    """

    def __init__(
        self, folder: Path, index: Index, writing: Callable[..., AbstractContextManager[None]]
    ) -> None:
        self.folder = folder
        self._index = index
        self._writing = writing

    def names(self) -> list[str]:
        """Return the names of all playlists, sorted."""
        return sorted(self._files(), key=fold)

    def _files(self) -> dict[str, Path]:
        """Return all playlist files by name, even if `file` would refuse the name."""
        try:
            found = [path for path in self.folder.iterdir() if path.name[0] != "."]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise home_error(self.folder, error) from error
        found = [path for path in found if is_unicode(path.name)]
        named = {path.stem: path for path in found if path.suffix.lower() == SUFFIX}
        for path in found:
            if path.suffix.lower() == _OLD_SUFFIX:
                named[path.name if path.stem in named else path.stem] = path
        return named

    def file(self, name: str) -> Path:
        """Return where a playlist is, or would be. Raises `BadPlaylist` for an impossible name."""
        if name and (there := self._files().get(name)):
            return there
        if not name or readable_name(name) != name:
            better = readable_name(name)
            hint = f" How about {better!r}?" if better else ""
            raise BadPlaylist(f"A playlist can't be called {name!r}.{hint}")
        return self.folder / f"{name}{SUFFIX}"

    def entries(self, name: str) -> list[Entry]:
        """Return the entries of a playlist in order. Raises `UnknownPlaylist`, `HomeError`."""
        blocks = self._read(name).blocks
        return [
            Entry(block.path, block.text, block.id, track)
            for block, track in zip(blocks, self._tracks(blocks), strict=True)
        ]

    def count(self, name: str) -> int:
        """Return how many entries a playlist has. Raises `UnknownPlaylist`, `HomeError`."""
        return len(self._read(name).blocks)

    def create(self, name: str, tracks: Iterable[Track] = ()) -> None:
        """Create a playlist. Raises `BadPlaylist` if the name is taken."""
        with self._writing(f"the playlist {name}", file := self.file(name)):
            if any(name.casefold() == other.casefold() for other in self.names()):
                raise BadPlaylist(f"There is a playlist {name!r} already.")
            head = [_HEADER, f"#PLAYLIST:{name}"]
            self._write(file, _Content(head, [self._block(track) for track in tracks], []))

    def add(self, name: str, tracks: Iterable[Track], at: int | None = None) -> None:
        """Add tracks to a playlist, before the entry at `at` (from 0) or at its end."""

        def put(blocks: list[_Block]) -> None:
            place = len(blocks) if at is None else at
            blocks[place:place] = [self._block(track) for track in tracks]

        self._change(name, put)

    def remove(self, name: str, places: Iterable[int]) -> None:
        """Remove entries by position, from 0. Raises `BadPlaylist` for a wrong position."""

        def take(blocks: list[_Block]) -> None:
            for place in sorted(set(places), reverse=True):
                del blocks[_place(place, blocks)]

        self._change(name, take)

    def move(self, name: str, place: int, to: int) -> None:
        """Move an entry from one position to another, both from 0. Raises `BadPlaylist`."""

        def shift(blocks: list[_Block]) -> None:
            blocks.insert(_place(to, blocks), blocks.pop(_place(place, blocks)))

        self._change(name, shift)

    def rename(self, name: str, new: str) -> None:
        """Rename a playlist. Raises `BadPlaylist` if the new name is taken."""
        old, file = self.file(name), self.file(new)
        if old.suffix.lower() == _OLD_SUFFIX:
            file = file.with_suffix(old.suffix)
        with self._writing(f"the playlist {name}", old, file):
            content = self._read(name)
            same = name.casefold() == new.casefold()
            if not same and any(new.casefold() == other.casefold() for other in self.names()):
                raise BadPlaylist(f"There is a playlist {new!r} already.")
            head = [
                f"#PLAYLIST:{new}" if line.startswith("#PLAYLIST:") else line
                for line in content.head
            ]
            self._write(old, content._replace(head=head))
            try:
                old.rename(file)
            except OSError as error:
                raise home_error(old, error) from error

    def delete(self, name: str) -> None:
        """Delete a playlist, but not its tracks."""
        with self._writing(f"the playlist {name}", file := self.file(name)):
            self._read(name)
            file.unlink(missing_ok=True)

    def _change(self, name: str, change: Callable[[list[_Block]], None]) -> None:
        with self._writing(f"the playlist {name}", file := self.file(name)):
            content = self._read(name)
            change(content.blocks)
            self._write(file, content)

    def _read(self, name: str) -> _Content:
        file = self.file(name)
        try:
            data = read_file(file)
        except FileNotFoundError:
            raise UnknownPlaylist(f"There is no playlist {name!r}.") from None
        except OSError as error:
            raise home_error(file, error) from error
        if is_utf16(data):
            raise DamagedFile(file, "it is saved as UTF-16. Save it as UTF-8.")
        text = data.decode("utf-8-sig", "surrogateescape")
        end = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
        head: list[str] = []
        blocks: list[_Block] = []
        lines: list[str] = []
        for line in text.split("\n"):
            line = line.removesuffix("\r")
            if not blocks and line.startswith(("#EXTM3U", "#PLAYLIST:", "#EXTENC:")):
                head += [*lines, line]
                lines = []
                continue
            lines.append(line)
            if line.strip() and not line.startswith("#"):
                blocks.append(_Block(tuple(lines)))
                lines = []
        while lines and not lines[-1]:
            lines.pop()
        return _Content(head, blocks, lines, byte_order_mark(data), end)

    def _write(self, file: Path, content: _Content) -> None:
        """Write a playlist; the entries of moved tracks get their current paths."""
        lines, blocks = list(content.head), content.blocks
        for block, track in zip(blocks, self._tracks(blocks), strict=True):
            mended = block
            moved = track is not None and track.file not in self._candidates(block.path)
            if track is not None and block.id == track.id and moved:
                mended = block._replace(lines=(*block.lines[:-1], self._path(track)))
            lines += mended.lines
        text = "".join(f"{line}{content.end}" for line in [*lines, *content.tail])
        write_bytes(file, content.mark + text.encode("utf-8", "surrogateescape"))

    def _block(self, track: Track) -> _Block:
        info = f"{_INFO}{round(track.duration)},{_printable(track.name)} {track.take}"
        return _Block((info, f"{_ID}{_printable(track.id)}", self._path(track)))

    def _path(self, track: Track) -> str:
        path = Path(os.path.relpath(track.audio, self.folder)).as_posix()
        # A file name may contain a line break; a URL can't.
        return path if path.isprintable() else track.audio.as_uri()

    def _tracks(self, blocks: list[_Block]) -> list[Track | None]:
        """Find the tracks of entries by id, else by path."""
        by_id = self._index.by_ids(LIBRARY, {block.id for block in blocks if block.id})
        found: list[Track | None] = [by_id.get(block.id) for block in blocks]
        # Most paths are right as written; try variants of the others.
        for meant in (self._as_written, self._candidates):
            lost = {number: meant(blocks[number].path) for number, it in enumerate(found) if not it}
            known = self._by_files({file for files in lost.values() for file in files})
            for number, files in lost.items():
                found[number] = next((known[file] for file in files if file in known), None)
        return found

    def _by_files(self, files: Iterable[Path]) -> dict[Path, Track]:
        root = self._index.places[LIBRARY]
        paths = {file.relative_to(root).as_posix() for file in files if file.is_relative_to(root)}
        return {root / path: track for path, track in self._index.by_paths(LIBRARY, paths).items()}

    def _as_written(self, path: str) -> list[Path]:
        return [self._track_file_at(path)]

    def _candidates(self, path: str) -> list[Path]:
        """Return the track files that a path may mean, the likeliest first."""
        return list(dict.fromkeys(self._guesses(path)))

    def _guesses(self, path: str) -> Iterator[Path]:
        root = self._index.places[LIBRARY]
        written = [path]
        if not is_unicode(path):
            written.append(os.fsencode(path).decode("cp1252", "replace"))
        written += [one.replace("\\", "/") for one in written if "\\" in one]
        for one in written:
            for spelling in (one, *(unicodedata.normalize(form, one) for form in ("NFC", "NFD"))):
                yield self._track_file_at(spelling)
                # The path may be from another machine: try its last parts below the library.
                parts = _local(spelling).split("/")
                for number in range(min(_FOLDERS, len(parts)), 1, -1):
                    yield self._track_file_of(root / "/".join(parts[-number:]))

    def _track_file_at(self, path: str) -> Path:
        """Return the track file of the audio file at a playlist's path."""
        return self._track_file_of(self.folder / _local(path))

    def _track_file_of(self, audio: Path) -> Path:
        file = Path(os.path.normpath(audio))
        return file.with_suffix(".toml") if file.name else file


def _local(path: str) -> str:
    if path.lower().startswith("file://"):
        path = unquote(urlsplit(path).path)
    return path.replace("\0", "")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def _place(place: int, blocks: list[_Block]) -> int:
    if not 0 <= place < max(1, len(blocks)):
        raise BadPlaylist(f"The playlist has {len(blocks)} tracks; there is no track {place + 1}.")
    return place

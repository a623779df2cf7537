"""Playlists as M3U8 files, which any player reads and any editor writes.

An entry is its path, relative to the file, below an `#EXTINF` with length and title, and a
`#SUNO-TUI:` with the track's id: by that it is found again after it was moved. Lines that are not
understood stay where they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from suno_tui.errors import StudioError, UsageError
from suno_tui.home import home_error, write_bytes
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.names import fold, readable_name
from suno_tui.library.track import Track
from suno_tui.text import is_unicode

SUFFIX = ".m3u8"
_ID = "#SUNO-TUI:"
_INFO = "#EXTINF:"
_HEADER = "#EXTM3U"


class UnknownPlaylist(StudioError):
    """No playlist of that name: its file was renamed or deleted."""

    title = "That playlist is gone"
    code = "unknown_playlist"
    exit_code = 2


class BadPlaylist(UsageError):
    """A name that no file can have or another playlist has, or a place that the list hasn't."""

    title = "That playlist can't be made so"
    code = "bad_playlist"


class Entry(NamedTuple):
    """One piece of a playlist. `track` is None where it isn't in the library (any more)."""

    path: str
    """As the file has it."""
    text: str
    """What the file calls it; foreign text."""
    id: str
    track: Track | None


class _Block(NamedTuple):
    """The lines of one entry: comments, and the path as the last."""

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


class Playlists:
    """The playlists of a library: the `.m3u8` files of one folder.

    `writing` is its lock, and takes what is written, and its files, for `undo`.
    """

    def __init__(
        self, folder: Path, index: Index, writing: Callable[..., AbstractContextManager[None]]
    ) -> None:
        self.folder = folder
        self._index = index
        self._writing = writing

    def names(self) -> list[str]:
        """All playlists, by name."""
        return sorted(self._files(), key=fold)

    def _files(self) -> dict[str, Path]:
        """The files by their names, also such as we would not choose."""
        try:
            found = [path for path in self.folder.iterdir() if path.suffix.lower() == SUFFIX]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise home_error(self.folder, error) from error
        return {path.stem: path for path in found if path.name[0] != "." and is_unicode(path.name)}

    def file(self, name: str) -> Path:
        """Where a playlist is, or would be. Raises `BadPlaylist` for a name that can't be."""
        if name and (there := self._files().get(name)):
            return there
        if not name or readable_name(name) != name:
            better = readable_name(name)
            hint = f" How about {better!r}?" if better else ""
            raise BadPlaylist(f"A file can't be called {name!r}.{hint}")
        return self.folder / f"{name}{SUFFIX}"

    def entries(self, name: str) -> list[Entry]:
        """What a playlist holds, in its order. Raises `UnknownPlaylist`, `HomeError`."""
        _, blocks, _ = self._read(name)
        return [
            Entry(block.path, block.text, block.id, track)
            for block, track in zip(blocks, self._tracks(blocks), strict=True)
        ]

    def create(self, name: str, tracks: Iterable[Track] = ()) -> None:
        """Make a playlist. Raises `BadPlaylist` where there is one of that name."""
        with self._writing(f"the playlist {name}", file := self.file(name)):
            if any(name.casefold() == other.casefold() for other in self.names()):
                raise BadPlaylist(f"There is a playlist {name!r} already.")
            head = [_HEADER, f"#PLAYLIST:{name}"]
            self._write(file, head, [self._block(track) for track in tracks], [])

    def add(self, name: str, tracks: Iterable[Track], at: int | None = None) -> None:
        """Put tracks into a playlist, before the piece at `at` (from 0), or at its end."""

        def put(blocks: list[_Block]) -> None:
            place = len(blocks) if at is None else at
            blocks[place:place] = [self._block(track) for track in tracks]

        self._change(name, put)

    def remove(self, name: str, places: Iterable[int]) -> None:
        """Take pieces out, by their places from 0. Raises `BadPlaylist` for one that isn't."""

        def take(blocks: list[_Block]) -> None:
            for place in sorted(set(places), reverse=True):
                del blocks[_place(place, blocks)]

        self._change(name, take)

    def move(self, name: str, place: int, to: int) -> None:
        """Move the piece at a place to another; both from 0. Raises `BadPlaylist`."""

        def shift(blocks: list[_Block]) -> None:
            blocks.insert(_place(to, blocks), blocks.pop(_place(place, blocks)))

        self._change(name, shift)

    def rename(self, name: str, new: str) -> None:
        """Call it otherwise. Raises `BadPlaylist` where there is one of that name."""
        old, file = self.file(name), self.file(new)
        with self._writing(f"the playlist {name}", old, file):
            head, blocks, tail = self._read(name)
            same = name.casefold() == new.casefold()
            if not same and any(new.casefold() == other.casefold() for other in self.names()):
                raise BadPlaylist(f"There is a playlist {new!r} already.")
            head = [f"#PLAYLIST:{new}" if line.startswith("#PLAYLIST:") else line for line in head]
            self._write(old, head, blocks, tail)
            try:
                old.rename(file)
            except OSError as error:
                raise home_error(old, error) from error

    def delete(self, name: str) -> None:
        """Delete a playlist, not its tracks."""
        with self._writing(f"the playlist {name}", file := self.file(name)):
            self._read(name)
            file.unlink(missing_ok=True)

    def _change(self, name: str, change: Callable[[list[_Block]], None]) -> None:
        with self._writing(f"the playlist {name}", file := self.file(name)):
            head, blocks, tail = self._read(name)
            change(blocks)
            self._write(file, head, blocks, tail)

    def _read(self, name: str) -> tuple[list[str], list[_Block], list[str]]:
        """The lines before the first entry, the entries, and the lines after the last."""
        file = self.file(name)
        try:
            text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
        except FileNotFoundError:
            raise UnknownPlaylist(f"There is no playlist {name!r}.") from None
        except OSError as error:
            raise home_error(file, error) from error
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
        return head, blocks, lines

    def _write(self, file: Path, head: list[str], blocks: list[_Block], tail: list[str]) -> None:
        """Write a playlist; the paths of tracks that were moved are mended by the way."""
        lines = list(head)
        for block, track in zip(blocks, self._tracks(blocks), strict=True):
            mended = block
            if track is not None and block.id == track.id and self._at(block.path) != track.file:
                mended = block._replace(lines=(*block.lines[:-1], self._path(track)))
            lines += mended.lines
        text = "".join(f"{line}\n" for line in [*lines, *tail])
        write_bytes(file, text.encode("utf-8", "surrogateescape"))

    def _block(self, track: Track) -> _Block:
        title = "".join(letter for letter in track.name if letter.isprintable())
        info = f"{_INFO}{round(track.duration)},{title} {track.take}"
        return _Block((info, f"{_ID}{track.id}", self._path(track)))

    def _path(self, track: Track) -> str:
        return Path(os.path.relpath(track.audio, self.folder)).as_posix()

    def _tracks(self, blocks: list[_Block]) -> list[Track | None]:
        """The tracks of entries: by the id, else by the path."""
        by_id = self._index.by_ids(LIBRARY, {block.id for block in blocks if block.id})
        root = self._index.places[LIBRARY]
        paths = {
            block: file.relative_to(root).as_posix()
            for block in blocks
            if block.id not in by_id and (file := self._at(block.path)).is_relative_to(root)
        }
        by_path = self._index.by_paths(LIBRARY, set(paths.values()))
        return [by_id.get(block.id) or by_path.get(paths.get(block, "")) for block in blocks]

    def _at(self, path: str) -> Path:
        """The text file that belongs to the audio file of a line."""
        if path.lower().startswith("file://"):
            path = unquote(urlsplit(path).path)
        file = Path(os.path.normpath(self.folder / path.replace("\0", "")))
        return file.with_suffix(".toml") if file.name else file


def _place(place: int, blocks: list[_Block]) -> int:
    if not 0 <= place < max(1, len(blocks)):
        raise BadPlaylist(f"There is no piece {place + 1}; the playlist has {len(blocks)}.")
    return place

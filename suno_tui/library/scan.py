"""Find the files that were added, changed or removed since the last scan.

A folder is listed again only if its own time of change differs, which means that something was
added, renamed or removed in it. A track file is read again if its time of change, its size or the
size of its audio differs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from suno_tui.common.text import is_unicode
from suno_tui.library.filenames import composed, spelt
from suno_tui.library.index import (
    LIBRARY,
    TRASH,
    FileRows,
    Index,
    Known,
    TrackFileFacts,
    file_rows,
)
from suno_tui.library.track_files import (
    beside,
    is_audio,
    is_cover_of_take,
    is_young,
    path_in,
    size_of,
    split,
    when_changed,
)
from suno_tui.library.track_reader import read_track_file

PLAYLISTS = "playlists"
"""The folder at the root of a library that holds no tracks."""

_BATCH = 100
"""Number of files in a batch; lists and searches wait for one batch at most."""

Progress = Callable[[int, int], None]
"""Called with the number of files that have been read, and the number to read."""

ToRead = tuple[int, str, list[str] | None]
"""The place and path of a file, and the names with the same stem if they are known."""
Read = tuple[int, str, FileRows | None]
"""The place and path of a file that was read, and its rows; None if it is gone."""
Reader = Callable[[tuple[Path, Path], list[list[ToRead]]], Generator[list[Read], None, None]]
"""Reads batches of files of the two places; yields the results of each batch in order."""


@dataclass
class _Found:
    """The result of a walk through a place."""

    folders: dict[str, int] = field(default_factory=dict)
    to_read: list[tuple[str, list[str] | None]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    lone: bool = True
    """Whether audio or a cover without a track file is trouble. Not in the trash, where it may be
    part of an unfinished move."""


def read_files(places: tuple[Path, Path], files: list[ToRead]) -> list[Read]:
    """Read track files, and convert them to rows of the index."""
    read: list[Read] = []
    for place, path, names in files:
        facts = read_track_file(place, places[place], path, names)
        read.append((place, path, None if facts is None else file_rows(facts)))
    return read


def read_here(
    places: tuple[Path, Path], batches: list[list[ToRead]]
) -> Generator[list[Read], None, None]:
    """Read files in this process."""
    for batch in batches:
        yield read_files(places, batch)


def refresh(
    index: Index,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    read: Reader = read_here,
    batch: int = _BATCH,
) -> bool:
    """Update the index from the files. Returns False if it was stopped before the end.

    What was read before is kept, and isn't read again the next time. `batch` is the number of files
    that are read and put into the index at a time.
    """
    born = index.born
    known = {place: index.files(place) for place in (LIBRARY, TRASH)}
    old = {place: index.folders(place) for place in (LIBRARY, TRASH)}
    found = {}
    for place in known:
        here = place == LIBRARY
        walk = _walk(index.places[place], old[place], known[place], stop=stop, lone=here)
        if walk is None:
            return False
        found[place] = walk
    gone = [(place, path) for place in known for path in _missing(known[place], found[place])]
    # Remove missing files first, or a moved track would look like a second one with the same id.
    if gone:
        index.put([], gone=gone)
    to_read = [(place, *one) for place in found for one in found[place].to_read]
    done = 0
    batches = [to_read[start : start + batch] for start in range(0, len(to_read), batch)]
    with contextlib.closing(read(index.places, batches)) as reading:
        while not (stop is not None and stop()):
            if (some := next(reading, None)) is None:
                break
            _put(index, some)
            done += len(some)
            if progress is not None:
                progress(done, len(to_read))
    if done < len(to_read):
        return False
    for place, walk in found.items():
        changed = {path: at for path, at in walk.folders.items() if old[place].get(path) != at}
        lost = [path for path in old[place] if path not in walk.folders]
        if changed or lost:
            index.put_folders(place, changed, lost)
    if index.born != born:
        # The index was replaced meanwhile, and the new one lacks the files in these folders.
        for place, walk in found.items():
            index.put_folders(place, {}, walk.folders)
        return refresh(index, progress=progress, stop=stop, read=read, batch=batch)
    index.finish()
    return True


def rescan(index: Index, changed: Iterable[tuple[int, str]]) -> None:
    """Update the index only for changed files or folders, each given as a place and a path."""
    shallow, deep = set(), set()
    for place, path in changed:
        if not is_unicode(path):
            shallow.add((place, _unicode_folder_above(path)))
        elif not _is_hidden(path):
            root, folder = index.places[place], path.rpartition("/")[0]
            if (place, folder) not in shallow and _through_link(root, folder):
                continue
            shallow.add((place, folder))
            if not (root / path).is_file() and not _through_link(root, path):
                deep.add((place, path))
    gone, to_read = [], []
    for place, folder in deep:
        known, old = index.files(place, folder), index.folders(place, folder)
        found = _walk(index.places[place], old, known, folder, lone=place == LIBRARY)
        assert found is not None  # without `stop`
        gone += [(place, path) for path in _missing(known, found)]
        to_read += [(place, *one) for one in found.to_read]
        index.put_folders(place, found.folders, [path for path in old if path not in found.folders])
    for place, folder in shallow:
        # Subfolders aren't listed here, so the folder's time of change must not be recorded.
        known = index.files(place, folder, deep=False)
        found = _Found(lone=place == LIBRARY)
        _list(f"{index.places[place]}/", folder, known.get(folder, {}), found)
        gone += [(place, path) for path in _missing(known, found)]
        to_read += [(place, *one) for one in found.to_read]
    if gone:
        index.put([], gone=gone)
    _put(index, read_files(index.places, to_read))


def reread(index: Index, place: int, file: Path) -> TrackFileFacts | None:
    """Read one track file, or audio without one, into the index."""
    path = path_in(index.places[place], file)
    facts = read_track_file(place, index.places[place], path)
    index.put([facts] if facts else [], gone=[] if facts else [(place, path)])
    return facts


def _through_link(root: Path, path: str) -> bool:
    """Return whether a path goes through a link.

    Links are not followed: one back into the library would double its tracks, and one that leads
    outside would take in files that don't belong to the library.
    """
    return Path(root, path).resolve() != root.resolve() / path


def _leads_back(root: str, path: str) -> bool:
    return Path(root, path).resolve().is_relative_to(Path(root).resolve())


def _unicode_folder_above(path: str) -> str:
    """Return the nearest folder above that has a Unicode path."""
    while not is_unicode(path):
        path = path.rpartition("/")[0]
    return path


def _is_hidden(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == PLAYLISTS or any(part.startswith(".") for part in parts)


def _missing(known: dict[str, dict[str, Known]], found: _Found) -> list[str]:
    return [path for files in known.values() for path in files if path not in found.seen]


def _put(index: Index, read: list[Read]) -> None:
    index.put_rows(
        [seen for _, _, seen in read if seen is not None],
        gone=[(place, path) for place, path, seen in read if seen is None],
    )


def _walk(
    place: Path,
    old: dict[str, int],
    known: dict[str, dict[str, Known]],
    start: str = "",
    *,
    stop: Callable[[], bool] | None = None,
    lone: bool = True,
) -> _Found | None:
    """Walk through a folder; None if it was stopped, because the result would be incomplete."""
    found = _Found(lone=lone)
    root = f"{place}/"  # a str, since building a hundred thousand `Path`s is slow
    below: dict[str, list[str]] = {}
    for path in old:
        if path:
            below.setdefault(path.rpartition("/")[0], []).append(path)
    visited: set[tuple[int, int]] = set()
    waiting = [start]
    while waiting:
        if stop is not None and stop():
            return None
        folder = waiting.pop()
        try:
            status = os.stat(root + folder)  # noqa: PTH116 - see `root`
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in visited:
            continue  # a link back into the library
        visited.add((status.st_dev, status.st_ino))
        found.folders[folder] = when_changed(status)
        if old.get(folder) == status.st_mtime_ns:
            waiting += below.get(folder, ())
            _check_files(root, known.get(folder, {}), found)
        else:
            waiting += _list(root, folder, known.get(folder, {}), found)
    return found


def _check_files(root: str, files: dict[str, Known], found: _Found) -> None:
    """Find changed track files in a folder where none was added or removed."""
    for path, known in files.items():
        found.seen.add(path)
        if is_audio(path):
            continue  # it still has no track file, or the folder would have changed
        if known.trouble or _was_changed(root + path, known) or _audio_changed(root + path, known):
            found.to_read.append((path, None))


def _list(root: str, folder: str, files: dict[str, Known], found: _Found) -> list[str]:
    """List a folder; return the folders in it."""
    names, folders, links, unknown = [], [], list[str](), list[str]()
    prefix = f"{folder}/" if folder else ""
    try:
        with os.scandir(root + folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if not is_unicode(entry.name):
                    unknown.append(prefix + entry.name)
                elif entry.is_dir():
                    if prefix + entry.name == PLAYLISTS:
                        continue
                    if entry.is_symlink():
                        if not _leads_back(root, prefix + entry.name):
                            links.append(prefix + entry.name)
                        continue
                    folders.append(prefix + entry.name)
                else:
                    names.append(entry.name)
    except OSError:
        # The folder can't be read now: keep what is known, and list it again next time.
        found.folders[folder] = -1
        found.seen.update(files)
        return []
    for path in unknown:
        # The index can't store such a name, so the folder is listed each time.
        found.folders[folder] = -1
        found.seen.add(spelt(path))
        found.to_read.append((path, None))
    for path in links:
        found.seen.add(path)
        found.to_read.append((path, None))
    home = folder.rpartition("/")[2]
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_stem.setdefault(composed(split(name)[0]), []).append(name)
    for mine in by_stem.values():
        texts = [name for name in mine if name.endswith(".toml")]
        for name in texts:
            path = prefix + name
            found.seen.add(path)
            audio, cover = beside(split(name)[0], mine)
            known = files.get(path)
            if (
                known is None
                or known.trouble
                or known.beside != f"{audio or ''}/{cover or ''}"
                or _was_changed(root + path, known)
                or _audio_changed(root + path, known)
            ):
                found.to_read.append((path, mine))
        sounds = any(map(is_audio, mine))
        for name in mine if not texts and found.lone else ():
            if not (is_audio(name) if sounds else is_cover_of_take(home, name)):
                continue
            path = prefix + name
            if is_young(root + path):
                # It may be a take that is being filed: its track file is written last.
                found.folders[folder] = -1
                continue
            found.seen.add(path)
            if path not in files:
                found.to_read.append((path, mine))
    return folders


def _audio_changed(file: str, known: Known) -> bool:
    """Return whether the size of a track file's audio has changed."""
    audio = known.beside.partition("/")[0]
    return size_of(f"{file[: file.rfind('/') + 1]}{audio}") != known.audio_size if audio else False


def _was_changed(file: str, known: Known) -> bool:
    try:
        status = os.stat(file)  # noqa: PTH116 - text, for speed
    except OSError:
        return True
    return (status.st_mtime_ns, status.st_size) != (known.changed, known.size)

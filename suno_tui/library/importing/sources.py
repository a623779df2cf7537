"""Find the audio files among the paths that the user gave."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from suno_tui.common.errors import UsageError
from suno_tui.common.text import is_unicode
from suno_tui.library.scan import PLAYLISTS
from suno_tui.library.track_files import split
from suno_tui.media.kinds import KINDS


class How(StrEnum):
    """How audio comes into the library."""

    COPY = "copy"
    MOVE = "move"
    LINK = "link"
    """A hard link: a second name for the same bytes, on the same disk."""
    IN_PLACE = "in-place"
    """The audio is in the library's folder and stays where it is; it only gets a text file."""


@dataclass
class Found:
    """What was found among the given paths."""

    audio: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    """Files that look like audio but can't be taken, with the reason."""
    links: int = 0
    """Number of links inside given folders; they are not followed."""


def is_source(name: str) -> bool:
    """Return whether a file's name is one of audio that can be imported."""
    return split(name)[1].lower() in (*KINDS, ".oga") and not name.startswith(".")


def find_audio(
    given: Iterable[Path], how: How, library: Path, own: Iterable[Path], stop: Callable[[], bool]
) -> Found:
    """Find the audio among files and folders. Raises `UsageError` for an impossible path.

    A given path may be a link; links inside folders are not followed. The studio's `own` folders
    are left out if they are below a given one.
    """
    home = library.resolve()

    def inside(file: Path) -> Path:
        """Return a library file's path below `library`, which may be a link itself."""
        return library / file.relative_to(home) if file.is_relative_to(home) else file

    found = Found()
    seen: set[Path] = set()
    for path in given:
        real = _resolved(path)
        _check_place(path, real, how, library)
        mode = _mode(path, real)
        if stat.S_ISDIR(mode):
            files = _walk(real, how, library, {*own, library}, found, stop)
        elif stat.S_ISREG(mode):
            files = iter([real])
        else:
            found.refused.append((path, "it is a pipe or device, not a file"))
            continue
        for file in map(inside, files):
            if file not in seen:
                seen.add(file)
                found.audio.append(file)
    return found


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', error)}") from error


def _mode(path: Path, real: Path) -> int:
    try:
        return real.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _check_place(path: Path, real: Path, how: How, library: Path) -> None:
    inside = real.is_relative_to(library.resolve())
    if how is How.IN_PLACE and not inside:
        raise UsageError(
            f"{path} is not in the library's folder {library}, so it can't be imported in place. "
            "Copy, move or link it."
        )
    if how in (How.COPY, How.LINK) and inside:
        raise UsageError(
            f"{path} is in the library's folder already: import it in place (--in-place)."
        )


def _walk(
    root: Path, how: How, library: Path, own: set[Path], found: Found, stop: Callable[[], bool]
) -> Iterator[Path]:
    """Yield the audio files below a folder, in the order of their names."""
    home = library.resolve()
    skipped = {folder.resolve() for folder in own}
    if root.is_relative_to(home):
        skipped = {home / PLAYLISTS}

    def refuse(error: OSError) -> None:
        found.refused.append((Path(error.filename or root), f"it can't be read ({error.strerror})"))

    for folder, folders, names in os.walk(root, onerror=refuse):
        if stop():
            return
        at = Path(folder)
        links = [name for name in folders if (at / name).is_symlink()]
        found.links += len(links)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in links and at / name not in skipped
        )
        for name in sorted(filter(is_source, names)):
            file = at / name
            try:
                mode = file.lstat().st_mode
            except OSError:
                continue  # it was removed meanwhile
            if stat.S_ISLNK(mode):
                found.links += 1
            elif not stat.S_ISREG(mode):
                found.refused.append((file, "it is a pipe or device, not a file"))
            elif how is How.IN_PLACE and not is_unicode(str(file)):
                found.refused.append((file, "its name is not in UTF-8. Rename it"))
            else:
                yield file

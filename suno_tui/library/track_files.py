"""The files of a track: a track file (TOML), and audio and cover next to it with the same stem."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from suno_tui.common.atomic_files import make_folder, sync_folder, write_bytes, write_toml
from suno_tui.common.errors import DamagedFile, home_error
from suno_tui.common.safe_files import (
    MOST_TOML,
    NotText,
    NotToml,
    Unfit,
    byte_order_mark,
    decode,
    open_file,
    parse_toml,
    read_file,
)
from suno_tui.common.toml_lines import set_value
from suno_tui.library.filenames import composed
from suno_tui.media import mpeg
from suno_tui.media.kinds import COVERS, SUFFIXES
from suno_tui.media.prove import recognise

_YOUNG = 2_000_000_000
"""Nanoseconds: a file this young may change again within the same tick of the disk's clock."""
_ENOUGH = 1 << 17
"""Bytes after a file's first tag that are enough to recognise audio."""
_NUMBERS = re.compile(r"(?:-\d{1,3}){1,2}$")
"""The end of a take's file names: its number, and another number if the name was taken."""


def when_changed(status: os.stat_result) -> int:
    """Return the time of change to remember, in nanoseconds; -1 if it is too recent to trust."""
    changed = status.st_mtime_ns
    return changed if abs(time.time_ns() - changed) > _YOUNG else -1


def is_young(file: str) -> bool:
    """Return whether a file was written or moved here less than two seconds ago."""
    try:
        return abs(time.time_ns() - os.stat(file).st_ctime_ns) <= _YOUNG  # noqa: PTH116 - text
    except OSError:
        return True


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's files and folders. Raises `OSError`."""
    return [path.name for path in folder.iterdir()]


def split(name: str) -> tuple[str, str]:
    """Split a file name into stem and suffix, as `Path` does, but fast enough for a scan."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and suffix else (name, "")


def beside(stem: str, names: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the names of a stem's audio and cover among the names in a folder.

    Names that differ only in the composition of accents are equal: disks and archives change it.
    """
    mine: dict[str, str] = {}
    for name in names:
        its, suffix = split(name)
        if its == stem or (suffix.lower() not in mine and composed(its) == composed(stem)):
            mine[suffix.lower()] = name
    audio = next((mine[suffix] for suffix in SUFFIXES if suffix in mine), None)
    cover = next((mine[suffix] for suffix in COVERS if suffix in mine), None)
    return audio, cover


def is_audio(name: str) -> bool:
    """Return whether a file has the name of an audio file."""
    return split(name)[1].lower() in SUFFIXES


def is_cover_of_take(folder: str, name: str) -> bool:
    """Return whether a file has the name of a cover of a take that was filed in this folder.

    Other pictures in a library are the user's own.
    """
    stem, suffix = split(name)
    if suffix.lower() not in COVERS:
        return False
    title = _NUMBERS.sub("", stem)
    return title != stem and folder.startswith(f"{title}-")


def size_of(audio: str) -> int:
    """Return the size of an audio file in bytes; -1 if it can't be read."""
    try:
        return os.stat(audio).st_size  # noqa: PTH116 - text: a scan asks for a great many
    except OSError:
        return -1


def leads_out(root: Path, path: Path) -> bool:
    """Return whether a path is a link that leads out of a folder, or to nothing."""
    if not os.path.islink(path):  # noqa: PTH114 - a scan asks for a great many
        return False
    try:
        return not path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True


def open_sound(audio: Path, root: Path | None) -> BinaryIO:
    """Open an audio file to send or copy it, if it is a regular file that contains audio.

    Links out of `root` aren't followed; without a `root`, no link is. Raises `OSError`.
    """
    if audio.is_symlink() and (root is None or leads_out(root, audio)):
        raise Unfit(audio, "it is a link out of the library")
    file = open_file(audio)
    try:
        file.seek(mpeg.skip_tags(file.read(10)))
        if recognise(file.read(_ENOUGH)) is None:
            raise Unfit(audio, "it is not audio")
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def change_file(file: Path, changes: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Set keys of a track file and return its bytes before and after.

    Only the lines of those keys change; if that can't be done safely, the whole file is written
    again with all its keys. Raises `FileNotFoundError`, `DamagedFile`, `HomeError`.
    """
    try:
        before = read_file(file, most=MOST_TOML)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise home_error(file, error) from error
    try:
        table, text = parse_toml(before), decode(before)
    except (NotText, NotToml) as error:
        raise DamagedFile(file, f"{error}. Fix or remove the file.") from error
    wanted: dict[str, Any] = table
    changed: str | None = text
    for name, value in changes.items():
        if value is None or wanted.get(name) == value:
            continue
        wanted = wanted | {name: value}
        changed = set_value(changed, (name,), value, [wanted]) if changed is not None else None
    if wanted == table:
        return before, before
    if changed is None:
        write_toml(file, wanted)
        return before, read_file(file, most=MOST_TOML)
    after = byte_order_mark(before) + changed.encode()
    write_bytes(file, after)
    return before, after


def same_stem(file: Path) -> list[Path]:
    """Return all other files with a track file's stem, the audio last."""
    try:
        names = names_in(file.parent)
    except OSError:
        return []
    audio, _ = beside(file.stem, names)
    stem = composed(file.stem)
    mine = [name for name in names if composed(split(name)[0]) == stem and name != file.name]
    return [file.with_name(name) for name in sorted(mine, key=lambda name: (name == audio, name))]


def free_stem(folder: Path, stem: str, own: Mapping[str, bytes] | None = None) -> str:
    """Return the stem, with a number if it is taken, so that no other file is ever overwritten.

    Files that an interrupted filing left behind may be overwritten: `own` has the SHA-256 digests
    of the new files by suffix.
    """
    number, trial = 1, stem
    names = names_in(folder) if folder.is_dir() else []
    while any(
        composed(split(name)[0]).casefold() == composed(trial).casefold()
        and not _is_own(folder / name, own or {})
        for name in names
    ):
        number += 1
        trial = f"{stem}-{number}"
    return trial


def _is_own(path: Path, own: Mapping[str, bytes]) -> bool:
    expected = own.get(path.suffix)
    try:
        if expected is None:
            return False
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").digest() == expected
    except OSError:
        return False


def move(source: Path, target: Path) -> None:
    """Move a file into an existing folder, which may be on another disk. Raises `OSError`."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}.part")
        shutil.copy2(source, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
        try:
            source.unlink()
        except OSError:
            # A file that can't be moved must not be in two places; one that is gone was moved.
            if source.exists():
                target.unlink()
            raise


def move_track(file: Path, target: Path, *, track_file_first: bool) -> None:
    """Move all files of a stem. Raises `FileNotFoundError` if the track file is gone.

    A track is where its track file is, so the track file moves first into the trash and last out of
    it. After an interrupted move, the track is in the trash, and `move_rest` moves its other files.
    """
    try:
        make_folder(target.parent)
        rest = same_stem(file)
        if track_file_first:
            move(file, target)
        for one in rest if track_file_first else reversed(rest):
            move(one, target.with_name(target.stem + split(one.name)[1]))
        if not track_file_first:
            move(file, target)
        sync_folder(target.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise home_error(file, error) from error


def copy_track(file: Path, target: Path) -> None:
    """Copy all files of a stem to another stem, the track file last."""
    try:
        make_folder(target.parent)
        for one in [*same_stem(file), file]:
            copy = target.with_name(target.stem + split(one.name)[1])
            shutil.copy2(one, copy)
            with copy.open("rb") as copied:
                os.fsync(copied.fileno())
        sync_folder(target.parent)
    except OSError as error:
        raise home_error(file, error) from error


def move_rest(file: Path, origin: Path) -> None:
    """Finish a move into the trash: move the files that were left behind."""
    if origin.exists():
        return  # another track has this stem now, and owns the files
    for one in same_stem(origin):
        with contextlib.suppress(OSError):
            move(one, file.with_name(one.name))


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and its parents below the root, as long as they are empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def path_in(root: Path, file: Path) -> str:
    """Return a file's path relative to its root, with `/`."""
    return file.relative_to(root).as_posix()

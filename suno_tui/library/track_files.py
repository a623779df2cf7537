"""The files of a track: a track file (TOML), and its audio and cover beside it, of one stem."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
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
    read_with_status,
)
from suno_tui.common.text import is_unicode
from suno_tui.common.toml_lines import set_value
from suno_tui.library.facts import LONE_AUDIO, complete
from suno_tui.library.filenames import composed, spelt
from suno_tui.library.index import LIBRARY, TrackFileFacts
from suno_tui.library.track import Track, missing_part, read_table
from suno_tui.media import mpeg
from suno_tui.media.errors import CantRead
from suno_tui.media.files import cut_off
from suno_tui.media.kinds import COVERS, SUFFIXES
from suno_tui.media.prove import recognise

_YOUNG = 2_000_000_000
"""Nanoseconds: a file that young may change again within the same tick of its clock."""
_MOST_SOUND = 1 << 30
"""Bytes of the largest audio file that is read through, to see whether its end is there."""
_ENOUGH = 1 << 17
"""Bytes behind a file's first tag by which audio is known."""
_NUMBERS = re.compile(r"(?:-\d{1,3}){1,2}$")
"""The end of a take's file names: its number, and another one if the name was in use."""
_OUT = "it is a link out of the library, which isn't followed. Put there what it leads to."
_MENDS = "`suno-tui library repair`, or Repair among the commands of the screen,"
_ONLY_COVER = (
    "it is the cover of a take whose audio and text file are gone. Put them back from a copy, or "
    "delete it."
)


def when_changed(status: os.stat_result) -> int:
    """Return the time of change to remember, in nanoseconds; -1 if too young to be trusted."""
    changed = status.st_mtime_ns
    return changed if abs(time.time_ns() - changed) > _YOUNG else -1


def is_young(file: str) -> bool:
    """Whether a file was written or moved here just now."""
    try:
        return abs(time.time_ns() - os.stat(file).st_ctime_ns) <= _YOUNG  # noqa: PTH116 - text
    except OSError:
        return True


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's files and folders. Raises `OSError`."""
    return [path.name for path in folder.iterdir()]


def split(name: str) -> tuple[str, str]:
    """Split a file name into stem and suffix, as `Path` does but faster, for a scan."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and suffix else (name, "")


def beside(stem: str, names: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the names of a stem's audio and cover among the names of a folder.

    Names are equal if they differ only in how accents are composed, as disks and archives do.
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
    """Whether a file's name is that of an audio file."""
    return split(name)[1].lower() in SUFFIXES


def is_cover_of_take(folder: str, name: str) -> bool:
    """Whether a file is named as the cover of a take that was filed in this folder.

    Other pictures in a library are the user's.
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
    """Whether a path is a link to something outside of a folder, or to nothing."""
    if not os.path.islink(path):  # noqa: PTH114 - a scan asks for a great many
        return False
    try:
        return not path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True


def open_sound(audio: Path, root: Path | None) -> BinaryIO:
    """Open an audio file to hand it out, if it is a regular file and audio by its bytes.

    Links out of `root` aren't followed; without a `root`, none is. Raises `OSError`.
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


def read_track_file(
    place: int, root: Path, path: str, names: Iterable[str] | None = None
) -> TrackFileFacts | None:
    """Read one track file; None if it is gone. `names` are those in its folder, if known.

    Audio without a track file, covers without both and links out of the library are returned with
    their trouble.
    """

    def unread(why: str) -> TrackFileFacts:
        return TrackFileFacts(place, spelt(path), -1, 0, "", -1, b"", None, why)

    if not is_unicode(path):
        return unread("its name is not in UTF-8. Rename it, and all in it is there.")
    file = root / path
    try:
        if place == LIBRARY and leads_out(root, file):
            return unread(_OUT)
        listed = names_in(file.parent) if names is None else names
        if is_audio(file.name):
            return unread(LONE_AUDIO) if file.is_file() and not _has(file, listed) else None
        if is_cover_of_take(file.parent.name, file.name):
            alone = file.is_file() and not _has(file, listed, audio=True)
            return unread(_ONLY_COVER) if alone else None
        data, status = read_with_status(str(file), most=MOST_TOML)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except Unfit as error:
        return unread(f"{error.strerror}. Move it away.")
    except OSError as error:
        return unread(f"it can't be read ({error.strerror}). Give yourself permission.")
    audio, cover = beside(file.stem, listed)
    side = f"{audio or ''}/{cover or ''}"
    picture = file.with_name(cover) if cover else None
    if picture and _look(place, root, picture)[1]:
        picture = None
    state = b"\0".join((data, side.encode("utf-8", "surrogateescape"), b"cover" * bool(picture)))
    digest = hashlib.blake2s(state).digest()
    sound = file.with_name(audio) if audio else None
    size, unfit = _look(place, root, sound) if sound else (-1, "")
    try:
        track, trouble = _read(root, file, data, sound, unfit, picture, size)
    except (ValueError, OverflowError) as error:  # `NotText` and `NotToml` among them
        track, trouble = None, f"{error}. Fix or remove the file."
    changed = when_changed(status)
    return TrackFileFacts(place, path, changed, status.st_size, side, size, digest, track, trouble)


def _has(file: Path, names: Iterable[str], *, audio: bool = False) -> bool:
    """Whether a track file, or with `audio` also audio, has the stem of a file."""
    stem = composed(file.stem)
    return any(
        composed(split(name)[0]) == stem and (name.endswith(".toml") or (audio and is_audio(name)))
        for name in names
    )


def _read(
    root: Path,
    file: Path,
    data: bytes,
    audio: Path | None,
    unfit: str,
    cover: Path | None,
    size: int,
) -> tuple[Track | None, str]:
    """Return the track of a track file's bytes and what is wrong.

    `size` is its audio's, `unfit` why that can't be used. Raises `ValueError`, `OverflowError`.
    """
    table = parse_toml(data)
    if missing := missing_part(table):
        kept = "Its audio is kept, and" if audio else "Where its audio is known,"
        return None, f"{missing}. {kept} {_MENDS} rebuilds what can be."
    if audio is None:
        return None, f"its audio is missing. Put {file.stem}.mp3 beside it, or delete it."
    if unfit:
        return None, f"its audio {audio.name} can't be used: {unfit}. Put the audio itself there."
    table = complete(table, audio)
    if "id" not in table:
        table["id"] = hashlib.blake2s(os.fsencode(path_in(root, file))).hexdigest()[:10]
    track = read_table(table, file=file, audio=audio, cover=cover)
    return track, _missing_end(track, size, table.get("audio_size"))


def _look(place: int, root: Path, path: Path) -> tuple[int, str]:
    """Return the size of a file beside a track file, in bytes, and why it must not be opened.

    The size is -1 if it can't be read; the reason is empty if there is none.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            if place == LIBRARY and leads_out(root, path):
                return size_of(str(path)), "it is a link out of the library"
            status = path.stat()
        fits = stat.S_ISREG(status.st_mode)
        return status.st_size, "" if fits else "it is a pipe or device, not a file"
    except OSError as error:
        return -1, str(error.strerror)


def _missing_end(track: Track, size: int, filed: object) -> str:
    known = filed if isinstance(filed, int) else 0
    if size > _MOST_SOUND:
        return ""
    try:
        if track.kept:  # nothing takes tags out of it, so that a shorter one is not whole
            why = f"only {size:,} of {known:,} bytes are there" if 0 <= size < known else ""
        else:
            why = cut_off(track.audio, size, filed=known, duration=track.duration)
    except (OSError, CantRead):
        return ""  # playing it says so
    if not why:
        return ""
    return f"the end of {track.audio.name} is missing: {why}. Put a whole copy there, or delete it."


def change_file(file: Path, changes: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Set keys of a track file and return its bytes before and after.

    Only the lines of those keys change; a file in which that can't be done safely is written anew
    with all its keys. Raises `FileNotFoundError`, `DamagedFile`, `HomeError`.
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
    """Return all other files of a track file's stem, the audio last."""
    try:
        names = names_in(file.parent)
    except OSError:
        return []
    audio, _ = beside(file.stem, names)
    stem = composed(file.stem)
    mine = [name for name in names if composed(split(name)[0]) == stem and name != file.name]
    return [file.with_name(name) for name in sorted(mine, key=lambda name: (name == audio, name))]


def free_stem(folder: Path, stem: str, own: Mapping[str, bytes] | None = None) -> str:
    """Return the stem, or the stem with a number, so that no other file is ever overwritten.

    Files that an interrupted filing left (`own`: their SHA-256 by suffix) may be overwritten.
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
    """Move a file into an existing folder, also on another disk. Raises `OSError`."""
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
        source.unlink()


def move_track(file: Path, target: Path, *, track_file_first: bool) -> None:
    """Move all files of a stem. Raises `FileNotFoundError` if the track file is gone.

    A track is where its track file is: that moves first into the trash and last out of it. If the
    move is interrupted, the track is in the trash, and `move_rest` moves what is missing there.
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
        return  # another track has this stem by now, and they are its files
    for one in same_stem(origin):
        with contextlib.suppress(OSError):
            move(one, file.with_name(one.name))


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and its parents below the root, up to the first that isn't empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def path_in(root: Path, file: Path) -> str:
    """Return a file's path relative to its root, with `/`."""
    return file.relative_to(root).as_posix()

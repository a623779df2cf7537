"""The files of a track on the disk: one stem, one text file, its audio and its cover beside it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import time
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from suno_tui.home import home_error, make_folder, read_toml, sync_folder, write_bytes, write_toml
from suno_tui.library.index import Seen
from suno_tui.library.names import spelt
from suno_tui.library.track import Track, read_table
from suno_tui.media.errors import CantRead
from suno_tui.media.files import cut_off
from suno_tui.media.kinds import SUFFIXES
from suno_tui.text import is_unicode

COVERS = (".jpg", ".jpeg", ".png", ".webp")
_YOUNG = 2_000_000_000
"""Nanoseconds: a file that young may change again within the same tick of its clock."""


def when_changed(status: os.stat_result) -> int:
    """The moment to remember for a file or folder; -1 where it is too young to be trusted."""
    changed = status.st_mtime_ns
    return changed if abs(time.time_ns() - changed) > _YOUNG else -1


def names_in(folder: Path) -> list[str]:
    """The names of a folder's files and folders. Raises `OSError`."""
    return [path.name for path in folder.iterdir()]


def split(name: str) -> tuple[str, str]:
    """A file name's stem and suffix, as `Path` has them; a scan splits a great many."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and suffix else (name, "")


def beside(stem: str, names: Iterable[str]) -> tuple[str | None, str | None]:
    """The audio and the cover of a stem among the names of a folder."""
    parts = [(*split(name), name) for name in names]
    mine = {suffix.lower(): name for its, suffix, name in parts if its == stem}
    audio = next((mine[suffix] for suffix in SUFFIXES if suffix in mine), None)
    cover = next((mine[suffix] for suffix in COVERS if suffix in mine), None)
    return audio, cover


def size_of(audio: str) -> int:
    """The size of an audio file in bytes; -1 where it can't be seen."""
    try:
        return os.stat(audio).st_size  # noqa: PTH116 - text: a scan asks for a great many
    except OSError:
        return -1


def look(place: int, root: Path, path: str, names: Iterable[str] | None = None) -> Seen | None:
    """Read one text file; None where it has gone. `names` are its folder's, if known."""
    if not is_unicode(path):
        why = "its name is not in UTF-8. Rename it, and all in it is there."
        return Seen(place, spelt(path), -1, 0, "", -1, b"", None, why)
    file = root / path
    try:
        status = file.stat()
        data = file.read_bytes()
        listed = names_in(file.parent) if names is None else names
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        why = f"it can't be read ({error.strerror}). Give yourself permission."
        return Seen(place, path, -1, 0, "", -1, b"", None, why)
    audio, cover = beside(file.stem, listed)
    side = f"{audio or ''}/{cover or ''}"
    digest = hashlib.blake2s(data + b"\0" + side.encode("utf-8", "surrogateescape")).digest()
    track, trouble = None, ""
    sound = size_of(str(file.with_name(audio))) if audio else -1
    try:
        table = tomllib.loads(data.decode())
        if audio is None:
            trouble = f"its audio is missing. Put {file.stem}.mp3 beside it, or delete it."
        else:
            track = read_table(
                {"id": hashlib.blake2s(os.fsencode(path)).hexdigest()[:10]} | table,
                file=file,
                audio=file.with_name(audio),
                cover=file.with_name(cover) if cover else None,
            )
            trouble = _missing_end(track, sound, table.get("audio_size"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        trouble = f"not valid TOML ({error}). Mend it or move it away."
    except (ValueError, OverflowError) as error:
        trouble = f"{error}. Mend it or move it away."
    changed = when_changed(status)
    return Seen(place, path, changed, status.st_size, side, sound, digest, track, trouble)


def _missing_end(track: Track, size: int, filed: object) -> str:
    known = filed if isinstance(filed, int) else 0
    try:
        if track.kept:  # nothing takes tags out of it, so that a shorter one is not whole
            why = f"only {size:,} of {known:,} bytes are there" if 0 <= size < known else ""
        else:
            why = cut_off(track.audio, size, filed=known, duration=track.duration)
    except (OSError, CantRead):
        return ""  # who plays it is told
    if not why:
        return ""
    return f"the end of {track.audio.name} is missing: {why}. Put a whole copy there, or delete it."


def change_file(file: Path, changes: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Set keys of a text file, keeping all else; the bytes before and after.

    Only the lines of those keys are touched, so that comments and the person's own order stay;
    where that can't be done surely, the file is written anew with all its keys. Raises
    `FileNotFoundError`, `DamagedFile`, `HomeError`.
    """
    try:
        before = file.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise home_error(file, error) from error
    table = read_toml(file)
    wanted = table | {name: value for name, value in changes.items() if value is not None}
    if wanted == table:
        return before, before
    text = before.decode()
    for name, value in changes.items():
        text = _set_line(text, name, value)
    try:
        kept = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        kept = False
    if kept:
        write_bytes(file, text.encode())
    else:
        write_toml(file, wanted)
    return before, file.read_bytes()


def _set_line(text: str, name: str, value: object) -> str:
    import tomli_w

    line = tomli_w.dumps({name: value}).rstrip("\n")
    found = re.search(rf"^{name}[ \t]*=[^\n\"'\[{{]*$", text, re.MULTILINE) or re.search(
        rf"^{name}[ \t]*=[ \t]*\"(?:[^\"\\\n]|\\.)*\"[ \t]*$", text, re.MULTILINE
    )
    if found:
        comment = re.search(r"[ \t]+#.*$", found[0])
        return text[: found.start()] + line + (comment[0] if comment else "") + text[found.end() :]
    return f"{line}\n{text}"


def siblings(file: Path) -> list[Path]:
    """All other files of a text file's stem, the audio last."""
    try:
        names = names_in(file.parent)
    except OSError:
        return []
    audio, _ = beside(file.stem, names)
    mine = [name for name in names if split(name)[0] == file.stem and name != file.name]
    return [file.with_name(name) for name in sorted(mine, key=lambda name: (name == audio, name))]


def free_stem(folder: Path, stem: str, own: Mapping[str, bytes] | None = None) -> str:
    """The stem, or it with a number, so that no other file is ever overwritten.

    Files of a filing that was cut off (`own`: the SHA-256 by suffix) may be written again.
    """
    number, trial = 1, stem
    names = names_in(folder) if folder.is_dir() else []
    while any(
        split(name)[0].casefold() == trial.casefold() and not _is_own(folder / name, own or {})
        for name in names
    ):
        number += 1
        trial = f"{stem}-{number}"
    return trial


def _is_own(path: Path, own: Mapping[str, bytes]) -> bool:
    expected = own.get(path.suffix)
    try:
        return expected is not None and hashlib.sha256(path.read_bytes()).digest() == expected
    except OSError:
        return False


def move(source: Path, target: Path) -> None:
    """Move a file into an existing folder, to another disk too. Raises `OSError`."""
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


def move_track(file: Path, target: Path, *, text_first: bool) -> None:
    """Move all files of a stem. Raises `FileNotFoundError` where the text file has gone.

    A track is where its text file is. Into the trash that goes first, out of it last: cut off in
    the middle, the track is in the trash, and what is missing there is fetched (`fetch_rest`).
    """
    try:
        make_folder(target.parent)
        rest = siblings(file)
        if text_first:
            move(file, target)
        for one in rest if text_first else reversed(rest):
            move(one, target.with_name(target.stem + one.name[len(file.stem) :]))
        if not text_first:
            move(file, target)
        sync_folder(target.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise home_error(file, error) from error


def copy_track(file: Path, target: Path) -> None:
    """Copy all files of a stem under another one, the text file last."""
    try:
        make_folder(target.parent)
        for one in [*siblings(file), file]:
            copy = target.with_name(target.stem + one.name[len(file.stem) :])
            shutil.copy2(one, copy)
            with copy.open("rb") as copied:
                os.fsync(copied.fileno())
        sync_folder(target.parent)
    except OSError as error:
        raise home_error(file, error) from error


def fetch_rest(file: Path, origin: Path) -> None:
    """Finish a move into the trash: the files that were left where the text file came from."""
    if origin.exists():
        return  # another track lies there under the same stem, and they are its files
    for one in siblings(origin):
        with contextlib.suppress(OSError):
            move(one, file.with_name(one.name))


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and its parents below the root, as far as they are empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def path_in(root: Path, file: Path) -> str:
    """A file's path below its root, with `/`."""
    return file.relative_to(root).as_posix()

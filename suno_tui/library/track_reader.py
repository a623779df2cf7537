"""Read a track file, and say what is wrong with it or its audio."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from suno_tui.common.safe_files import MOST_TOML, Unfit, parse_toml, read_with_status
from suno_tui.common.text import is_unicode
from suno_tui.library.facts import LONE_AUDIO, complete
from suno_tui.library.filenames import composed, spelt
from suno_tui.library.index import LIBRARY, TrackFileFacts
from suno_tui.library.track import Track, missing_part, read_table
from suno_tui.library.track_files import (
    beside,
    is_audio,
    is_cover_of_take,
    leads_out,
    names_in,
    path_in,
    size_of,
    split,
    when_changed,
)
from suno_tui.media.errors import CantRead
from suno_tui.media.files import cut_off

_MOST_SOUND = 1 << 30
"""Bytes of the largest audio file that is read to see whether its end is missing."""
_OUT = "it is a link out of the library, which isn't followed. Replace it by the file itself."
_MENDS = "`suno-tui library repair`, or Repair among the screen's commands,"
_ONLY_COVER = (
    "it is the cover of a take whose audio and text file are gone. Put them back from a copy, or "
    "delete it."
)


def read_track_file(
    place: int, root: Path, path: str, names: Iterable[str] | None = None
) -> TrackFileFacts | None:
    """Read one track file; None if it is gone. `names` are the names in its folder, if known.

    Audio without a track file, covers without either and links out of the library are returned with
    their trouble.
    """

    def unread(why: str) -> TrackFileFacts:
        return TrackFileFacts(place, spelt(path), -1, 0, "", -1, b"", None, why)

    if not is_unicode(path):
        return unread("its name is not in UTF-8. Rename it.")
    file = root / path
    try:
        if place == LIBRARY and leads_out(root, file):
            return unread(_OUT)
        listed = names_in(file.parent) if names is None else names
        if is_audio(file.name):
            return (
                unread(LONE_AUDIO) if file.is_file() and not _has_namesake(file, listed) else None
            )
        if is_cover_of_take(file.parent.name, file.name):
            alone = file.is_file() and not _has_namesake(file, listed, audio=True)
            return unread(_ONLY_COVER) if alone else None
        data, status = read_with_status(str(file), most=MOST_TOML)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except Unfit as error:
        return unread(f"{error.strerror}. Move it away.")
    except OSError as error:
        return unread(f"it can't be read ({error.strerror}). Check its permissions.")
    audio, cover = beside(file.stem, listed)
    side = f"{audio or ''}/{cover or ''}"
    picture = file.with_name(cover) if cover else None
    if picture and _inspect(place, root, picture)[1]:
        picture = None
    state = b"\0".join((data, side.encode("utf-8", "surrogateescape"), b"cover" * bool(picture)))
    digest = hashlib.blake2s(state).digest()
    sound = file.with_name(audio) if audio else None
    size, unfit = _inspect(place, root, sound) if sound else (-1, "")
    try:
        track, trouble = _read(root, file, data, sound, unfit, picture, size)
    except (ValueError, OverflowError) as error:  # `NotText` and `NotToml` among them
        track, trouble = None, f"{error}. Fix or remove the file."
    changed = when_changed(status)
    return TrackFileFacts(place, path, changed, status.st_size, side, size, digest, track, trouble)


def _has_namesake(file: Path, names: Iterable[str], *, audio: bool = False) -> bool:
    """Return whether a track file, or with `audio` also an audio file, has the stem of `file`."""
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
    """Parse the bytes of a track file; return its track and its trouble.

    `size` is that of the audio in bytes, `unfit` says why the audio can't be used. Raises
    `ValueError`, `OverflowError`.
    """
    table = parse_toml(data)
    if missing := missing_part(table):
        kept = "Its audio is kept, and" if audio else "If its audio is known,"
        return None, f"{missing}. {kept} {_MENDS} rebuilds what it can."
    if audio is None:
        return None, f"its audio is missing. Put {file.stem}.mp3 next to it, or delete it."
    if unfit:
        return None, f"its audio {audio.name} can't be used: {unfit}. Put the audio itself there."
    table = complete(table, audio)
    if "id" not in table:
        table["id"] = hashlib.blake2s(os.fsencode(path_in(root, file))).hexdigest()[:10]
    track = read_table(table, file=file, audio=audio, cover=cover)
    return track, _missing_end(track, size, table.get("audio_size"))


def _inspect(place: int, root: Path, path: Path) -> tuple[int, str]:
    """Return the size in bytes of a file next to a track file, and why it must not be opened.

    The size is -1 if it can't be read; the reason is empty if the file may be opened.
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
        if track.kept:  # no program strips its tags, so a shorter file is incomplete
            why = f"only {size:,} of {known:,} bytes are there" if 0 <= size < known else ""
        else:
            why = cut_off(track.audio, size, filed=known, duration=track.duration)
    except (OSError, CantRead):
        return ""  # the user learns that by playing it
    if not why:
        return ""
    return f"the end of {track.audio.name} is missing: {why}. Put a whole copy there, or delete it."

"""Prove that a file is complete audio: find its kind from its bytes, and its duration.

A server may send an error page under an MP3's name, and a connection may break. So the structure of
every file is read, which shows a missing end, and the file is decoded to the last frame if this
machine has a decoder for it. Runs in the child.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from suno_tui.media import budget, decode, mpeg
from suno_tui.media.errors import Bad
from suno_tui.media.kinds import KINDS, SUFFIXES, Sound, sniff, what_instead
from suno_tui.media.limits import LONGEST, check


class Announced(NamedTuple):
    """The duration in seconds by a file's own structure, and how many of these seconds may be
    missing after decoding (None: any number, since the structure is only an estimate)."""

    duration: float
    tolerance: float | None = None


def prove(path: Path, *, whole: bool = True, kinds: Sequence[str] = KINDS) -> Sound:
    """Return the kind and duration of a file. Raises `Bad`, `OSError`.

    As `media.files.prove`.
    """
    with contents(path) as data:
        suffix = suffix_of(data)
        if suffix not in kinds or suffix not in KINDS:
            return Sound(suffix, 0.0, False)
        announced = _STRUCTURES[suffix](path, data, whole)
        try:
            sound = _decode_to_end(path, suffix, announced, whole)
        except decode.TooLong:
            return Sound(suffix, 0.0, False)
    if sound.duration <= 0:
        raise Bad("it contains no sound")
    return sound if sound.duration <= LONGEST else Sound(suffix, 0.0, False)


def _decode_to_end(path: Path, suffix: str, announced: Announced, whole: bool) -> Sound:
    """Decode the file to its end, if this machine has a decoder for it."""
    try:
        decoded = decode.length(path, suffix)
    except decode.NoDecoder:
        return Sound(suffix, announced.duration, False)
    tolerance = announced.tolerance
    if whole and tolerance is not None and decoded < announced.duration - tolerance:
        raise Bad(f"only {decoded:.1f} of its {announced.duration:.1f} seconds can be heard")
    return Sound(suffix, decoded, True)


def measure(path: Path) -> tuple[str, float, str]:
    """Return a file's suffix, its duration in seconds, and what is damaged in it, else empty.

    Reads only the structure, which is some hundred times as fast as `prove`. Raises `Bad` if it is
    not audio of the `KINDS` or contains no sound, and `OSError`.
    """
    with contents(path) as data:
        suffix = suffix_of(data)
        if suffix not in KINDS:
            raise Bad(f"{suffix[1:].upper()} can't be imported, only MP3, M4A, FLAC, WAV and Ogg")
        if suffix == ".mp3" and (quick := mpeg.announced(data)):
            return suffix, quick, ""
        trouble = ""
        try:
            announced = _STRUCTURES[suffix](path, data, True)
        except Bad as bad:
            trouble = str(bad)
            announced = _STRUCTURES[suffix](path, data, False)
    if announced.duration <= 0:
        raise Bad("it contains no sound")
    return suffix, announced.duration, trouble


@contextlib.contextmanager
def contents(path: Path) -> Iterator[mpeg.Data]:
    """Map the bytes of a file into memory. Raises `OSError`, `Bad`."""
    check(path)
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            yield b""
            return
        with mapped:
            yield mapped


def recognise(data: mpeg.Data) -> str | None:
    """Return the suffix that fits a file's bytes; None if they aren't audio."""
    suffix = sniff(data[:64])
    if suffix in SUFFIXES and suffix not in (".mp3", ".aac", ".mp2"):
        return suffix
    start = mpeg.skip_tags(data)
    if data[start : start + 4] == b"fLaC":
        return ".flac"
    if mpeg.find_first(data) is not None:
        return ".mp3"
    return suffix if suffix in (".aac", ".mp2") else None


def suffix_of(data: mpeg.Data) -> str:
    """Return the suffix that fits a file's bytes. Raises `Bad` if they aren't audio."""
    if suffix := recognise(data):
        return suffix
    known = "it is not audio (MP3, M4A, FLAC, WAV, Ogg or Opus)"
    raise Bad(what_instead(data[:512]) or known)


def promised(path: Path) -> int:
    """Return an MP3's size by its own header, in bytes, tags included; 0 if unknown."""
    check(path)
    with path.open("rb") as file:
        start = mpeg.skip_tags(file.read(10))
        file.seek(start)
        sound = mpeg.promised(file.read(4096))
    return start + sound if sound else 0


def seconds_present(path: Path) -> float:
    """Return the seconds of the frames that an MP3 has."""
    with contents(path) as data:
        return mpeg.walk(data).duration


def _mp3(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    walk = mpeg.walk(data)
    if whole and walk.trouble:
        raise Bad(walk.trouble)
    return Announced(walk.duration, 0.15)


def _flac(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    return Announced(float(_mutagen("flac", "FLAC", path).info.length), 0.01)


def _wav(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    info = _mutagen("wave", "WAVE", path).info
    start = data.find(b"data", 12)
    announced = int.from_bytes(data[start + 4 : start + 8], "little")
    if whole and start + 8 + announced > len(data):
        _raise_missing_end()
    return Announced(float(info.length))


def _opus(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    _check_last_page(data, whole)
    return Announced(float(_mutagen("oggopus", "OggOpus", path).info.length))


def _vorbis(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    _check_last_page(data, whole)
    return Announced(float(_mutagen("oggvorbis", "OggVorbis", path).info.length))


def _check_last_page(data: mpeg.Data, whole: bool) -> None:
    last = data.rfind(b"OggS")
    header = data[last : last + 27 + 255]
    sizes = header[27 : 27 + header[26]] if len(header) > 26 else b""
    ends = len(header) > 26 and bool(header[5] & 4)
    if whole and not (ends and last + 27 + len(sizes) + sum(sizes) <= len(data)):
        _raise_missing_end()


def _m4a(path: Path, data: mpeg.Data, whole: bool) -> Announced:
    at = 0
    while whole and at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            break
        if size < 8 or at + size > len(data):
            _raise_missing_end()
        at += size
    return Announced(float(_mutagen("mp4", "MP4", path).info.length))


_STRUCTURES: dict[str, Callable[[Path, mpeg.Data, bool], Announced]] = {
    ".mp3": _mp3,
    ".flac": _flac,
    ".wav": _wav,
    ".ogg": _vorbis,
    ".opus": _opus,
    ".m4a": _m4a,
}
"""Functions that read a file's structure. They raise `Bad`, with `whole` also for a missing end."""


def _mutagen(module: str, kind: str, path: Path) -> Any:
    budget.check(path)
    try:
        return getattr(import_module(f"mutagen.{module}"), kind)(str(path))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damaged files also make its parsers raise IndexError and others
        raise Bad(f"it can't be read ({error})") from error


def _raise_missing_end() -> NoReturn:
    raise Bad("its end is missing")

"""Proof that a file is audio, and whole: what it is by its bytes, how long it plays.

A server may answer with an error page under an MP3's name, and a line may break in the middle.
Every file is walked through by its own structure, which shows a missing end, and decoded to the
last frame where there is a decoder for it. Runs in the child.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from suno_tui.media import budget, decode, mpeg
from suno_tui.media.errors import Bad
from suno_tui.media.kinds import KINDS, Sound, container, what_instead
from suno_tui.media.limits import LONGEST, check


def prove(path: Path, *, whole: bool = True, kinds: Sequence[str] = KINDS) -> Sound:
    """What the file is and how long it plays. Raises `Bad`, and `OSError` as it comes.

    With `whole` off a missing end or a gap is forgiven, if anything can be heard at all. A file of
    a kind that isn't among `kinds`, and one of more than an hour, is not looked into: it has no
    seconds then.
    """
    with contents(path) as data:
        suffix = kind_of(data)
        if suffix not in kinds or suffix not in KINDS:
            return Sound(suffix, 0.0, False)
        proof = {".mp3": _mp3, ".flac": _flac, ".wav": _wav, ".m4a": _m4a}.get(suffix, _ogg)
        try:
            sound = proof(path, data, suffix, whole)
        except decode.TooLong:
            return Sound(suffix, 0.0, False)
    if sound.duration <= 0:
        raise Bad("it holds no sound")
    return sound if sound.duration <= LONGEST else Sound(suffix, 0.0, False)


@contextlib.contextmanager
def contents(path: Path) -> Iterator[mpeg.Data]:
    """The bytes of a file, without room in memory for them. Raises `OSError`, `Bad`."""
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
    """The suffix that a file of these bytes deserves; None where they aren't audio."""
    start = mpeg.skip_tags(data)
    suffix = container(data[:64])
    if suffix is not None and suffix not in (".aac", ".mp2"):
        return suffix
    if data[start : start + 4] == b"fLaC":
        return ".flac"
    return ".mp3" if mpeg.find_first(data) is not None else suffix


def kind_of(data: mpeg.Data) -> str:
    """The suffix that a file of these bytes deserves. Raises `Bad` where they aren't audio."""
    if suffix := recognise(data):
        return suffix
    known = "it is not audio of a kind that is known here (MP3, FLAC, WAV, Ogg, M4A)"
    raise Bad(what_instead(data[:512]) or known)


def promised(path: Path) -> int:
    """How long an MP3 is by its own header, in bytes, tags included; 0 where that isn't told."""
    check(path)
    with path.open("rb") as file:
        start = mpeg.skip_tags(file.read(10))
        file.seek(start)
        sound = mpeg.promised(file.read(4096))
    return start + sound if sound else 0


def heard(path: Path) -> float:
    """Seconds of an MP3 that are there by its frames."""
    with contents(path) as data:
        return mpeg.walk(data).duration


def _mp3(path: Path, data: mpeg.Data, suffix: str, whole: bool) -> Sound:
    walk = mpeg.walk(data)
    if whole and walk.trouble:
        raise Bad(walk.trouble)
    decoded = _decoded(path, suffix)
    if decoded is None:
        return Sound(suffix, walk.duration, False)
    if whole and decoded < walk.duration - 0.15:
        _short(decoded, walk.duration)
    return Sound(suffix, decoded, True)


def _flac(path: Path, data: mpeg.Data, suffix: str, whole: bool) -> Sound:
    info = _mutagen("flac", "FLAC", path).info
    decoded = _decoded(path, suffix)
    if decoded is None:
        return Sound(suffix, float(info.length), False)
    if whole and decoded < info.length - 0.01:
        _short(decoded, info.length)
    return Sound(suffix, decoded, True)


def _wav(path: Path, data: mpeg.Data, suffix: str, whole: bool) -> Sound:
    info = _mutagen("wave", "WAVE", path).info
    start = data.find(b"data", 12)
    announced = int.from_bytes(data[start + 4 : start + 8], "little")
    if whole and start + 8 + announced > len(data):
        _cut()
    decoded = _decoded(path, suffix)
    if decoded is None:
        return Sound(suffix, float(info.length), False)
    return Sound(suffix, decoded, True)


def _ogg(path: Path, data: mpeg.Data, suffix: str, whole: bool) -> Sound:
    last = data.rfind(b"OggS")
    header = data[last : last + 27 + 255]
    sizes = header[27 : 27 + header[26]] if len(header) > 26 else b""
    ends = len(header) > 26 and bool(header[5] & 4)
    if whole and not (ends and last + 27 + len(sizes) + sum(sizes) <= len(data)):
        _cut()
    module, kind = ("oggopus", "OggOpus") if suffix == ".opus" else ("oggvorbis", "OggVorbis")
    info = _mutagen(module, kind, path).info
    decoded = _decoded(path, suffix)
    if decoded is None:
        return Sound(suffix, float(info.length), False)
    return Sound(suffix, decoded, True)


def _m4a(path: Path, data: mpeg.Data, suffix: str, whole: bool) -> Sound:
    at = 0
    while whole and at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            break
        if size < 8 or at + size > len(data):
            _cut()
        at += size
    return Sound(suffix, float(_mutagen("mp4", "MP4", path).info.length), False)


def _decoded(path: Path, suffix: str) -> float | None:
    """Seconds that come out of the decoder; None where there is none on this machine."""
    try:
        return decode.length(path, suffix)
    except decode.NoDecoder:
        return None


def _mutagen(module: str, kind: str, path: Path) -> Any:
    budget.check(path)
    try:
        return getattr(import_module(f"mutagen.{module}"), kind)(str(path))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # on damage also what its parsers stumble over, as IndexError
        raise Bad(f"it can't be read ({error})") from error


def _cut() -> NoReturn:
    raise Bad("its end is missing")


def _short(decoded: float, announced: float) -> NoReturn:
    raise Bad(f"only {decoded:.1f} of its {announced:.1f} seconds can be heard")

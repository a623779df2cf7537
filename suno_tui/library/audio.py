"""Proof that a file is audio, and whole: what it is by its bytes, how long it plays.

A server may answer with an error page under an MP3's name, and a line may break in the middle.
Every file is walked through by its own structure, which shows a missing end, and decoded to the
last frame where miniaudio has a decoder for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from suno_tui.errors import StudioError
from suno_tui.library import mpeg


class BadAudio(StudioError):
    """The file isn't audio, or not all of it; it was left where it is."""

    title = "The audio is not whole"
    code = "bad_audio"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}. The file was left there.")
        self.path = path
        self.why = why


class Sound(NamedTuple):
    """What a file was proved to be: its suffix, seconds, and whether they were decoded."""

    suffix: str
    duration: float
    decoded: bool


CUT = 3.0
"""Seconds that may be missing at the end of a file: encoders and headers differ by less."""

SUFFIXES = (".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a")


def prove(path: Path, *, whole: bool = True) -> Sound:
    """What the file is and how long it plays. Raises `BadAudio`, and `OSError` as it comes.

    With `whole` off a missing end or a gap is forgiven, if anything can be heard at all.
    """
    data = path.read_bytes()
    suffix = recognise(data)
    if suffix is None:
        raise BadAudio(path, _what_instead(data))
    check = {".mp3": _mp3, ".flac": _flac, ".wav": _wav, ".m4a": _m4a}.get(suffix, _ogg)
    sound = check(path, data, suffix, whole)
    if sound.duration <= 0:
        raise BadAudio(path, "it holds no sound")
    return sound


def cut_off(path: Path, size: int, *, filed: int, duration: float) -> str:
    """How much of a file is there, where its end has gone since it was filed; else empty.

    `size` is the file's now, `filed` what it was, in bytes; where that isn't known (0), an MP3's
    own header tells it from the first kilobytes. Only a file that is shorter is looked through:
    tags that were taken out make one shorter, too. Raises `OSError`.
    """
    is_mp3 = path.suffix.lower() == ".mp3"
    if size >= (filed or (_promised(path) if is_mp3 else 0)):
        return ""
    if not is_mp3:
        try:
            prove(path)
        except BadAudio:
            return f"only {size:,} of {filed:,} bytes are there"
        return ""
    there = mpeg.walk(path.read_bytes()).duration
    return "" if there > duration - CUT else f"only {there:.0f} of {duration:.0f} seconds are there"


def _promised(path: Path) -> int:
    with path.open("rb") as file:
        start = mpeg.skip_tags(file.read(10))
        file.seek(start)
        sound = mpeg.promised(file.read(4096))
    return start + sound if sound else 0


def recognise(data: bytes) -> str | None:
    """The suffix that a file of these bytes deserves; None where they aren't audio."""
    if data[:4] == b"fLaC":
        return ".flac"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return ".wav"
    if data[:4] == b"OggS":
        return ".opus" if b"OpusHead" in data[:64] else ".ogg"
    if data[4:8] == b"ftyp":
        return ".m4a"
    if data[mpeg.skip_tags(data) :][:4] == b"fLaC":
        return ".flac"
    return ".mp3" if mpeg.find_first(data) is not None else None


def _what_instead(data: bytes) -> str:
    if not data:
        return "it is empty"
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "it is a web page, not audio"
    if start.startswith((b"{", b"[")):
        return "it is an answer in JSON, not audio"
    return "it is not audio of a kind that is known here (MP3, FLAC, WAV, Ogg, M4A)"


def _mp3(path: Path, data: bytes, suffix: str, whole: bool) -> Sound:
    walk = mpeg.walk(data)
    if whole and walk.trouble:
        raise BadAudio(path, walk.trouble)
    decoded = _decode(path, "mp3_stream_file", walk.rate, walk.channels)
    if decoded is None:
        return Sound(suffix, walk.duration, False)
    if whole and decoded < walk.duration - 0.15:
        _short(path, decoded, walk.duration)
    return Sound(suffix, decoded, True)


def _flac(path: Path, data: bytes, suffix: str, whole: bool) -> Sound:
    info = _mutagen("flac", "FLAC", path).info
    decoded = _decode(path, "flac_stream_file", info.sample_rate, info.channels)
    if decoded is None:
        return Sound(suffix, float(info.length), False)
    if whole and decoded < info.length - 0.01:
        _short(path, decoded, info.length)
    return Sound(suffix, decoded, True)


def _wav(path: Path, data: bytes, suffix: str, whole: bool) -> Sound:
    info = _mutagen("wave", "WAVE", path).info
    start = data.find(b"data", 12)
    announced = int.from_bytes(data[start + 4 : start + 8], "little")
    if whole and start + 8 + announced > len(data):
        _cut(path)
    decoded = _decode(path, "wav_stream_file", info.sample_rate, info.channels)
    if decoded is None:
        return Sound(suffix, float(info.length), False)
    return Sound(suffix, decoded, True)


def _ogg(path: Path, data: bytes, suffix: str, whole: bool) -> Sound:
    last = data.rfind(b"OggS")
    header = data[last : last + 27 + 255]
    sizes = header[27 : 27 + header[26]] if len(header) > 26 else b""
    ends = len(header) > 26 and bool(header[5] & 4)
    if whole and not (ends and last + 27 + len(sizes) + sum(sizes) <= len(data)):
        _cut(path)
    module, kind = ("oggopus", "OggOpus") if suffix == ".opus" else ("oggvorbis", "OggVorbis")
    info = _mutagen(module, kind, path).info
    if suffix == ".ogg":
        decoded = _decode(path, "vorbis_stream_file", info.sample_rate, info.channels)
        if decoded is not None:
            return Sound(suffix, decoded, True)
    return Sound(suffix, float(info.length), False)


def _m4a(path: Path, data: bytes, suffix: str, whole: bool) -> Sound:
    at = 0
    while whole and at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            break
        if size < 8 or at + size > len(data):
            _cut(path)
        at += size
    return Sound(suffix, float(_mutagen("mp4", "MP4", path).info.length), False)


def _decode(path: Path, stream: str, rate: int, channels: int) -> float | None:
    """Seconds that come out of the decoder; None where miniaudio has no wheel."""
    try:
        import miniaudio
    except ImportError:
        return None
    samples = 0
    try:
        chunks: Iterable[Any] = getattr(miniaudio, stream)(str(path))
        for chunk in chunks:
            samples += len(chunk)
    except miniaudio.MiniaudioError as error:
        raise BadAudio(path, f"it can't be decoded ({error})") from error
    return samples / (rate * channels)


def _mutagen(module: str, kind: str, path: Path) -> Any:
    try:
        return getattr(import_module(f"mutagen.{module}"), kind)(str(path))
    except OSError:
        raise
    except Exception as error:  # on damage also what its parsers stumble over, as IndexError
        raise BadAudio(path, f"it can't be read ({error})") from error


def _cut(path: Path) -> NoReturn:
    raise BadAudio(path, "its end is missing")


def _short(path: Path, decoded: float, announced: float) -> NoReturn:
    raise BadAudio(path, f"only {decoded:.1f} of its {announced:.1f} seconds can be heard")

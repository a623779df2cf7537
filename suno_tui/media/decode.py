"""Decode audio files, each only by the decoder of its kind. Runs in the child.

miniaudio decodes MP3, FLAC and WAV. It is told the kind: otherwise it would try its old Vorbis
decoder (stb_vorbis, CVE-2023-45675 to 45682) on unknown files. libsndfile decodes Ogg, and
everything on machines without a build of miniaudio.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from suno_tui.media.errors import Bad
from suno_tui.media.limits import LONGEST, progress

RATE = 44_100
CHANNELS = 2
CHUNK = 1 << 16
"""Frames that are decoded at a time."""

_MINIAUDIO = {".mp3": "MP3", ".flac": "FLAC", ".wav": "WAV"}
_SNDFILE = (*_MINIAUDIO, ".ogg", ".opus")
_UNSOUND = "its sound can't be decoded: the file is damaged, or not what it seems"


class NoDecoder(Bad):
    """This machine has no decoder for this kind of file."""


class NoSound(NoDecoder):
    """This machine has no decoder at all."""


class TooLong(Bad):
    """The file plays for more than an hour."""


def samples(path: Path, suffix: str, first: int = CHUNK) -> Iterator[bytes]:
    """Yield the samples of a file in pieces: int16 in this machine's byte order, two channels,
    44,100 frames a second; an hour at most.

    The first piece has `first` frames. Raises `Bad`, also in the middle.
    """
    left = LONGEST * RATE * CHANNELS * 2
    pieces = _by_miniaudio(path, suffix, first) or _resampled(path, suffix)
    for piece in pieces:
        progress()
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def length(path: Path, suffix: str) -> float:
    """Decode a file and return its seconds. Raises `Bad`, `NoDecoder`, `TooLong`."""
    miniaudio = _miniaudio() if suffix in _MINIAUDIO else None
    if miniaudio is None:
        return _sndfile_length(path, suffix)
    kind = _MINIAUDIO[suffix].lower()
    try:
        info = getattr(miniaudio, f"{kind}_get_file_info")(str(path))
        most = LONGEST * info.sample_rate * info.nchannels
        count = 0
        for chunk in getattr(miniaudio, f"{kind}_stream_file")(str(path), CHUNK):
            progress()
            count += len(chunk)
            if count > most:
                raise TooLong("it plays for more than an hour")
    except miniaudio.MiniaudioError as error:
        raise Bad(_UNSOUND) from error
    return float(count / (info.sample_rate * info.nchannels))


def load() -> bool:
    """Load miniaudio in advance; return whether there is a build of it."""
    return _miniaudio() is not None


def _miniaudio() -> Any:
    """Import miniaudio, but not numpy, which takes longer to load than a song takes to decode.

    None if there is no build of miniaudio.
    """
    if "numpy" in sys.modules:
        blocked = False
    else:
        blocked = True
        sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        return import_module("miniaudio")
    except ImportError:
        return None
    finally:
        if blocked:
            del sys.modules["numpy"]


def _by_miniaudio(path: Path, suffix: str, first: int) -> Iterator[bytes] | None:
    miniaudio = _miniaudio() if suffix in _MINIAUDIO else None
    if miniaudio is None:
        return None
    return _streamed(miniaudio, path, _MINIAUDIO[suffix], first)


def _streamed(miniaudio: Any, path: Path, kind: str, first: int) -> Iterator[bytes]:
    with path.open("rb") as file:

        class Source(miniaudio.StreamableSource):  # type: ignore[misc]
            def read(self, size: int) -> bytes:
                return file.read(size)

            def seek(self, offset: int, origin: Any) -> bool:
                try:
                    file.seek(offset, origin.value)
                except (OSError, ValueError):
                    return False
                return True

        try:
            source = Source()
            pieces = miniaudio.stream_any(
                source,
                miniaudio.FileFormat[kind],
                nchannels=CHANNELS,
                sample_rate=RATE,
                frames_to_read=CHUNK,
            )
            wanted = first
            while True:
                piece: array[int] = pieces.send(wanted)
                wanted = CHUNK
                yield piece.tobytes()
        except StopIteration:
            return
        except miniaudio.MiniaudioError as error:
            raise Bad(_UNSOUND) from error


def _open(path: Path, suffix: str) -> Any:
    if suffix not in _SNDFILE:
        raise NoDecoder(f"this machine can't play {suffix[1:].upper()}")
    try:
        soundfile = import_module("soundfile")
    except (ImportError, OSError) as error:
        kind = NoSound if suffix in _MINIAUDIO else NoDecoder
        raise kind(f"this machine can't play {suffix[1:].upper()}") from error
    if suffix == ".opus" and "OPUS" not in soundfile.available_subtypes("OGG"):
        raise NoDecoder("this machine can't play OPUS")  # libsndfile before 1.0.29
    try:
        file = soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise Bad(_UNSOUND) from error
    if not (0 < file.channels <= 8 and 4000 <= file.samplerate <= 384_000):
        raise Bad(f"it has {file.channels} channels at {file.samplerate} Hz")
    return file


def _read(file: Any) -> Iterator[Any]:
    """Yield the samples in pieces: float32, `[frames, channels]`."""
    try:
        while len(piece := file.read(CHUNK, dtype="float32", always_2d=True)):
            yield piece
    except RuntimeError as error:  # libsndfile's own errors are of that kind
        raise Bad(_UNSOUND) from error


def _sndfile_length(path: Path, suffix: str) -> float:
    with _open(path, suffix) as file:
        frames = 0
        for piece in _read(file):
            progress()
            frames += len(piece)
            if frames > LONGEST * file.samplerate:
                raise TooLong("it plays for more than an hour")
        return float(frames / file.samplerate)


def _resampled(path: Path, suffix: str) -> Iterator[bytes]:
    from suno_tui.media.resample import Resampler

    with _open(path, suffix) as file:
        resampler = Resampler(file.samplerate, RATE)
        for piece in _read(file):
            yield resampler.feed(_stereo(piece))
        yield resampler.end()


def _stereo(piece: Any) -> Any:
    """Return two channels: mono on both, or the first two of several."""
    return piece[:, [0, 0]] if piece.shape[1] == 1 else piece[:, :2]

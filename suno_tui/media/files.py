"""Read files from outside, in a child process: the interface for the rest of the program.

A file that makes a decoder crash, hang or grow counts as damaged: `BadAudio`, `CantPlay`,
`DamagedFile`. Every function may raise `CantRead` (no file can be read now) and `OSError`, blocks
while the child reads, and may be called from any thread.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.common.errors import DamagedFile
from suno_tui.media import children, wire
from suno_tui.media.children import WHY, Lost
from suno_tui.media.errors import NO_DECODER, BadAudio, CantPlay, CantRead
from suno_tui.media.kinds import KINDS, SUFFIXES, Sound, is_cover

CUT = 3.0
"""Seconds that may be missing at the end of a file, since headers are not exact."""


class _Bad(Exception):
    def __init__(self, why: str, kind: str = "Bad") -> None:
        super().__init__(why)
        self.why, self.kind = why, kind


def prove(path: Path, *, whole: bool = True, kinds: Sequence[str] = KINDS) -> Sound:
    """Return the kind and duration of an audio file. Raises `BadAudio`.

    Without `whole`, a missing end or a gap is accepted, as long as something can be played. A file
    of a kind outside `kinds`, or of more than an hour, gets the duration 0.
    """
    try:
        value, _ = _ask("prove", path, {"whole": whole, "kinds": list(kinds)})
        suffix, duration, decoded = value
        seconds = _number(duration)
        if suffix not in SUFFIXES or seconds is None:
            raise _Bad(WHY["crash"])
        return Sound(str(suffix), seconds, bool(decoded))
    except _Bad as bad:
        raise BadAudio(path, bad.why) from bad


def cut_off(path: Path, size: int, *, filed: int, duration: float) -> str:
    """Describe how much of a file is left if its end was lost since it was filed; else empty.

    `size` is the file's size in bytes now, `filed` what it was; if that is unknown (0), an MP3's
    own header tells it. Only a file that is shorter now is read, since removing tags makes a file
    shorter, too.
    """
    suffix = path.suffix.lower()
    try:
        if not filed and suffix == ".mp3":
            filed = int(_number(_ask("promised", path)[0]) or 0)
        if size >= filed:
            return ""
        if suffix == ".mp3":
            there = _number(_ask("seconds_present", path)[0]) or 0.0
            if there > duration - CUT:
                return ""
            return f"only {there:.0f} of {duration:.0f} seconds are there"
        _ask("prove", path, {"whole": True, "kinds": list(KINDS)})
    except _Bad:
        return f"only {size:,} of {filed:,} bytes are there" if filed else ""
    return ""


def tempo_and_key(path: Path) -> tuple[float | None, str]:
    """Return beats per minute and the key from the file's tags; None and empty if unknown."""
    with contextlib.suppress(_Bad, OSError, ValueError, TypeError):
        bpm, key = _ask("tempo_and_key", path)[0]
        return _number(bpm), str(key)
    return None, ""


def user_text(path: Path, name: str) -> str:
    """Return the text of the user frame with that name in an MP3 or WAV; empty if there is none."""
    with contextlib.suppress(_Bad, OSError):
        return str(_ask("user_text", path, {"name": name})[0] or "")
    return ""


Piece = tuple[float, str]
"""The second at which a part of a line is sung, and its text (`media.tags.timed_lines`)."""


def timed_lines(path: Path) -> tuple[tuple[float, str, tuple[Piece, ...]], ...]:
    """Return the timed lyrics of an MP3 or WAV, in seconds; empty if it has none."""
    with contextlib.suppress(_Bad, OSError, ValueError, TypeError):
        lines = _ask("timed_lines", path)[0]
        return tuple(
            (float(at), str(text), tuple((float(moment), str(part)) for moment, part in pieces))
            for at, text, pieces in lines
        )
    return ()


def private(path: Path, owner: str) -> bytes:
    """Return the data of an owner's private frame in an MP3 or WAV; empty if there is none."""
    with contextlib.suppress(_Bad, OSError):
        return _ask("private", path, {"owner": owner})[1]
    return b""


def read_texts(path: Path) -> dict[str, str]:
    """Return the texts in an audio file's tags (see `media.tags.texts`); empty if unreadable."""
    with contextlib.suppress(_Bad, OSError, AttributeError):
        texts = _ask("texts", path)[0]
        return {str(name): str(text) for name, text in texts.items()}
    return {}


class Survey(NamedTuple):
    """What is known of an audio file without decoding it.

    `duration` is in seconds, by the file's structure; `trouble` says what is damaged, or is empty;
    `cover` is the size in bytes of the picture in its tags, or 0.
    """

    suffix: str
    duration: float
    trouble: str
    texts: dict[str, str]
    cover: int


def survey(path: Path) -> Survey:
    """Examine an audio file without decoding it. Raises `BadAudio` if it can't be imported."""
    try:
        value, _ = _ask("survey", path)
        seconds = _number(value["duration"])
        if value["suffix"] not in KINDS or seconds is None:
            raise _Bad(WHY["crash"])
        texts = {str(name): str(text) for name, text in value["texts"].items()}
        cover = int(_number(value["cover"]) or 0)
        return Survey(str(value["suffix"]), seconds, str(value["trouble"]), texts, cover)
    except (_Bad, KeyError, AttributeError, TypeError) as bad:
        raise BadAudio(path, getattr(bad, "why", WHY["crash"])) from bad


def embedded_cover(path: Path) -> bytes:
    """Return the picture in an audio file's tags; empty if there is none that can be drawn."""
    with contextlib.suppress(_Bad, OSError):
        data = _ask("cover", path)[1]
        return data if is_cover(data[:64]) else b""
    return b""


def write_tags(path: Path, facts: Mapping[str, Any], cover: bytes = b"") -> None:
    """Write facts (see `media.tags`) into an audio file, keeping unknown tags.

    Raises `DamagedFile` if the file's own tags can't be parsed; writing may have damaged it then.
    """
    try:
        _ask("write_tags", path, {"facts": dict(facts)}, cover)
    except _Bad as bad:
        raise DamagedFile(path, bad.why) from bad


def strip_tags(path: Path) -> None:
    """Remove everything but the sound from an audio file: facts, lyrics, covers.

    Raises `DamagedFile` if its tags can't be parsed.
    """
    try:
        _ask("strip_tags", path)
    except _Bad as bad:
        raise DamagedFile(path, bad.why) from bad


def pixels(path: Path, size: tuple[int, int]) -> bytes | None:
    """Return the middle of a picture, scaled to `size` in pixels, as RGB; None if damaged."""
    with contextlib.suppress(_Bad, OSError, CantRead):
        data = _ask("picture", path, {"size": size})[1]
        return data if len(data) == size[0] * size[1] * 3 else None
    return None


def samples(path: Path, first: int) -> Generator[bytes, None, None]:
    """Yield the samples of a file in pieces: int16 in this machine's byte order, two channels,
    44,100 frames a second, an hour at most; the first piece has `first` frames.

    Raises `CantPlay`, also in the middle.
    """
    try:
        with contextlib.closing(children.stream("samples", path, {"first": first})) as frames:
            for frame in frames:
                if frame[0].get("is") != "piece":
                    _value(frame)
                else:
                    yield frame[1][: len(frame[1]) // 4 * 4]
    except FileNotFoundError as error:
        raise CantPlay(f"{path}: it is gone.") from error
    except OSError as error:
        raise CantPlay(f"{path}: it can't be read ({error.strerror}).") from error
    except _Bad as bad:
        if bad.kind == "NoSound":
            raise CantPlay(NO_DECODER) from bad
        if bad.kind == "NoDecoder":
            why = bad.why[0].upper() + bad.why[1:]
            raise CantPlay(f"{why}. `o` opens the file in another player.") from bad
        raise CantPlay(f"{path}: {bad.why}.") from bad
    except Lost as lost:
        raise CantPlay(f"{path}: {WHY.get(lost.how, _no_answer())}.") from lost
    except CantRead as error:
        raise CantPlay(str(error)) from error


def interrupt() -> None:
    """Make all calls that wait for a child fail, because the program ends. Returns at once."""
    children.CHILDREN.interrupt()


def warm() -> None:
    """Start a child and load its decoder before the first file. Never raises."""
    with contextlib.suppress(Lost, CantRead):
        children.run("ready", Path("/"))


def _ask(
    job: str, path: Path, args: dict[str, Any] | None = None, body: bytes = b""
) -> tuple[Any, bytes]:
    try:
        return _value(children.run(job, path, args, body))
    except OSError as error:
        error.filename = str(path)
        raise
    except Lost as lost:
        if lost.how in WHY:
            raise _Bad(WHY[lost.how]) from lost
        raise CantRead(f"{path}: {_no_answer()}. It is tried again.") from lost


def _no_answer() -> str:
    return "the program that reads it did not answer; this machine is short of memory or time"


def _value(frame: wire.Frame) -> tuple[Any, bytes]:
    header, body = frame
    match header.get("is"):
        case "done":
            return header.get("value"), body
        case "os":
            raise OSError(header.get("errno"), str(header.get("why")))
        case _:
            raise _Bad(str(header.get("why"))[:1000], str(header.get("kind")))


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and math.isfinite(value) else None  # type: ignore[arg-type]

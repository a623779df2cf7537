"""What the rest of the program may ask of files from outside. Each call has a child look at them.

A file that makes a decoder crash, hang or grow is damaged: `BadAudio`, `CantPlay`, `DamagedFile`.
Everything may raise `CantRead` (nothing can be read now, whatever the file) and `OSError`; may
block, for as long as reading takes; and may be called by any thread.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from suno_tui.errors import DamagedFile
from suno_tui.media import children, wire
from suno_tui.media.children import WHY, Lost
from suno_tui.media.errors import NO_DECODER, BadAudio, CantPlay, CantRead
from suno_tui.media.kinds import KINDS, SUFFIXES, Sound

CUT = 3.0
"""Seconds that may be missing at the end of a file: encoders and headers differ by less."""


class _Bad(Exception):
    def __init__(self, why: str, kind: str = "Bad") -> None:
        super().__init__(why)
        self.why, self.kind = why, kind


def prove(path: Path, *, whole: bool = True, kinds: Sequence[str] = KINDS) -> Sound:
    """What an audio file is and how long it plays. Raises `BadAudio`.

    With `whole` off a missing end or a gap is forgiven, if anything can be heard at all. A file of
    a kind that isn't among `kinds`, or of more than an hour, is not looked into: its duration is 0.
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
    """How much of a file is there, where its end has gone since it was filed; else empty.

    `size` is the file's now, `filed` what it was, in bytes; where that isn't known (0), an MP3's
    own header tells it from the first kilobytes. Only a file that is shorter is looked through:
    tags that were taken out make one shorter, too.
    """
    suffix = path.suffix.lower()
    try:
        if not filed and suffix == ".mp3":
            filed = int(_number(_ask("promised", path)[0]) or 0)
        if size >= filed:
            return ""
        if suffix == ".mp3":
            there = _number(_ask("heard", path)[0]) or 0.0
            if there > duration - CUT:
                return ""
            return f"only {there:.0f} of {duration:.0f} seconds are there"
        _ask("prove", path, {"whole": True, "kinds": list(KINDS)})
    except _Bad:
        return f"only {size:,} of {filed:,} bytes are there" if filed else ""
    return ""


def tempo_and_key(path: Path) -> tuple[float | None, str]:
    """Beats a minute and the key, as the file's maker wrote them; None and empty where unknown."""
    with contextlib.suppress(_Bad, OSError, ValueError, TypeError):
        bpm, key = _ask("tempo_and_key", path)[0]
        return _number(bpm), str(key)
    return None, ""


def timed_lines(path: Path) -> tuple[tuple[float, str], ...]:
    """The lyrics in time of an MP3 or WAV, in seconds; empty where it has none."""
    with contextlib.suppress(_Bad, OSError, ValueError, TypeError):
        lines = _ask("timed_lines", path)[0]
        return tuple((float(moment), str(text)) for moment, text in lines)
    return ()


def private(path: Path, owner: str) -> bytes:
    """The private frame that an owner left in an MP3 or WAV; empty where there is none."""
    with contextlib.suppress(_Bad, OSError):
        return _ask("private", path, {"owner": owner})[1]
    return b""


def read_texts(path: Path) -> dict[str, str]:
    """The texts in an audio file's tags (see `media.tags.texts`); empty where none can be read."""
    with contextlib.suppress(_Bad, OSError, AttributeError):
        texts = _ask("texts", path)[0]
        return {str(name): str(text) for name, text in texts.items()}
    return {}


def write_tags(path: Path, facts: Mapping[str, Any], cover: bytes = b"") -> None:
    """Write facts (see `media.tags`) into an audio file, keeping tags that aren't known here.

    Raises `DamagedFile` where the file's own tags can't be parsed; it may be spoilt then.
    """
    try:
        _ask("write_tags", path, {"facts": dict(facts)}, cover)
    except _Bad as bad:
        raise DamagedFile(path, bad.why) from bad


def strip_tags(path: Path) -> None:
    """Take everything out of an audio file that is not sound: facts, lyrics, covers.

    Raises `DamagedFile` where its tags can't be parsed.
    """
    try:
        _ask("strip_tags", path)
    except _Bad as bad:
        raise DamagedFile(path, bad.why) from bad


def pixels(path: Path, size: tuple[int, int]) -> bytes | None:
    """The middle of a picture in so many pixels (RGB); None where there is no whole picture."""
    with contextlib.suppress(_Bad, OSError, CantRead):
        data = _ask("picture", path, {"size": size})[1]
        return data if len(data) == size[0] * size[1] * 3 else None
    return None


def samples(path: Path, first: int) -> Generator[bytes, None, None]:
    """The samples of a file piece by piece: int16 in this machine's order, two channels, 44,100
    frames a second, of an hour at most; `first` frames come first.

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
            raise CantPlay(f"{why}. `o` hands the file to another player.") from bad
        raise CantPlay(f"{path}: {bad.why}.") from bad
    except Lost as lost:
        raise CantPlay(f"{path}: {WHY.get(lost.how, _no_answer())}.") from lost
    except CantRead as error:
        raise CantPlay(str(error)) from error


def interrupt() -> None:
    """Whoever waits for a file is told that it can't be read: the view ends. Returns at once."""
    children.CHILDREN.interrupt()


def warm() -> None:
    """Have a child ready for the first file, its decoder loaded. Never raises."""
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
    return "the program that reads it gave no answer; this machine is short of memory or time"


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

"""The child process: reads files from outside, one job at a time, and answers with plain data.

It exits when its standard input is closed, so at the latest when its parent ends.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from suno_tui.media import limits, wire
from suno_tui.media.errors import Bad

WINDOW = 4
"""Pieces of a stream that are sent before the parent has to ask for more."""
MORE, ENOUGH = b"+", b"-"
"""The parent's answers to a piece of a stream: send more, or stop."""
_SIGN = 2.0
"""Seconds between two signs of life during a long job."""

Answer = tuple[object, bytes]


def _ready(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.decode import load

    return load(), b""


def _prove(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.prove import prove

    return prove(path, whole=bool(args["whole"]), kinds=args["kinds"]), b""


def _promised(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.prove import promised

    return promised(path), b""


def _seconds_present(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.prove import seconds_present

    return seconds_present(path), b""


def _tempo_and_key(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import tempo_and_key

    return tempo_and_key(path), b""


def _user_text(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import user_text

    return user_text(path, str(args["name"])), b""


def _timed_lines(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import timed_lines

    return timed_lines(path), b""


def _private(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import private

    return None, private(path, str(args["owner"]))


def _texts(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import texts

    return texts(path), b""


def _survey(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.survey import survey

    return survey(path), b""


def _cover(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.survey import cover

    return None, cover(path)


def _write_tags(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import write

    write(path, args["facts"], body)
    return None, b""


def _strip_tags(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import strip

    strip(path)
    return None, b""


def _picture(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.picture import pixels

    width, height = args["size"]
    return None, pixels(path, (int(width), int(height)))


def _samples(path: Path, args: dict[str, Any]) -> Iterator[bytes]:
    from suno_tui.media.decode import samples
    from suno_tui.media.prove import contents, suffix_of

    # Go by the bytes, since the name may be wrong.
    with contents(path) as data:
        suffix = suffix_of(data)
    yield from samples(path, suffix, int(args["first"]))


JOBS: dict[str, Callable[[Path, dict[str, Any], bytes], Answer]] = {
    "ready": _ready,
    "prove": _prove,
    "promised": _promised,
    "seconds_present": _seconds_present,
    "tempo_and_key": _tempo_and_key,
    "user_text": _user_text,
    "timed_lines": _timed_lines,
    "private": _private,
    "texts": _texts,
    "survey": _survey,
    "cover": _cover,
    "write_tags": _write_tags,
    "strip_tags": _strip_tags,
    "picture": _picture,
}
STREAMS: dict[str, Callable[[Path, dict[str, Any]], Iterator[bytes]]] = {"samples": _samples}


def main() -> None:
    """Do the jobs from standard input until it is closed."""
    requests = os.fdopen(0, "rb", buffering=0, closefd=False)
    answers = os.dup(1)
    # A library that prints must not corrupt the answers.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    limits.impose()
    _Reader(lambda size: _read_exactly(requests.read, size), answers).run()


def answer(asked: wire.Header, body: bytes = b"") -> wire.Frame:
    """Do a job that has one answer, in this process."""
    return _answer_or_error(lambda: JOBS[asked["job"]](_path(asked), asked, body))


def _path(asked: wire.Header) -> Path:
    return Path(os.fsdecode(bytes.fromhex(asked["path"])))


def _answer_or_error(do: Callable[[], Answer]) -> wire.Frame:
    """Return the answer of a job, or its error, as a frame."""
    try:
        value, rest = do()
    except BrokenPipeError:
        raise
    except Bad as error:
        return {"is": "bad", "why": str(error), "kind": type(error).__name__}, b""
    except MemoryError:
        return {"is": "memory"}, b""
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return {"is": "memory"}, b""
        return {"is": "os", "errno": error.errno, "why": error.strerror or str(error)}, b""
    except Exception as error:  # an error in a parser is the file's fault
        why = f"it can't be read ({type(error).__name__}: {error})"
        return {"is": "bad", "why": why, "kind": "Bad"}, b""
    return {"is": "done", "value": value}, rest


class _Reader:
    def __init__(self, read: Callable[[int], bytes], answers: int) -> None:
        self._read = read
        self._answers = answers
        self._sent = 0.0

    def run(self) -> None:
        limits.on_progress = self._send_alive
        try:
            while (frame := wire.unpack(self._read)) is not None:
                with limits.job():
                    self._sent = time.monotonic()
                    header, body = self._answer(*frame)
                self._send(header, body)
                if header["is"] == "memory":
                    return  # the used memory would be missing in the next job
        except BrokenPipeError:
            pass  # the parent is gone

    def _answer(self, asked: wire.Header, body: bytes) -> wire.Frame:
        if asked["job"] not in STREAMS:
            return answer(asked, body)
        return _answer_or_error(lambda: self._answer_in_pieces(asked))

    def _answer_in_pieces(self, asked: wire.Header) -> Answer:
        self._stream(STREAMS[asked["job"]](_path(asked), asked))
        return None, b""

    def _stream(self, pieces: Iterator[bytes]) -> None:
        ahead = 0
        try:
            for piece in pieces:
                self._send({"is": "piece"}, piece)
                ahead += 1
                while ahead >= WINDOW:
                    if not self._wants_more():
                        return
                    ahead -= 1
        except BaseException:
            # Read the parent's pending answers, or they would be taken for its next request.
            self._read_pending(ahead)
            raise
        self._read_pending(ahead)

    def _read_pending(self, ahead: int) -> None:
        while ahead and self._wants_more():
            ahead -= 1

    def _wants_more(self) -> bool:
        word = self._read(1)
        if not word:
            raise BrokenPipeError
        return word == MORE

    def _send_alive(self) -> None:
        now = time.monotonic()
        if now - self._sent > _SIGN:
            self._send({"is": "alive"})

    def _send(self, header: wire.Header, body: bytes = b"") -> None:
        for data in (wire.head(header, len(body)), body):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._answers, rest) :]
        self._sent = time.monotonic()


def _read_exactly(read: Callable[[int], bytes | None], size: int) -> bytes:
    parts = []
    while size and (part := read(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

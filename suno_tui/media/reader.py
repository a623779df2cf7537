"""The child: it reads files that came from outside, one job at a time, and answers in plain data.

It ends when its input does, which is when its parent ends, however that ends.
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
"""Pieces of a stream that are on their way before the parent must have asked for more."""
MORE, ENOUGH = b"+", b"-"
"""What the parent says while a stream goes: it has taken a piece; it wants no other."""
_SIGN = 2.0
"""Seconds between two signs of life of a long job."""

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


def _heard(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.prove import heard

    return heard(path), b""


def _tempo_and_key(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import tempo_and_key

    return tempo_and_key(path), b""


def _timed_lines(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import timed_lines

    return timed_lines(path), b""


def _private(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import private

    return None, private(path, str(args["owner"]))


def _texts(path: Path, args: dict[str, Any], body: bytes) -> Answer:
    from suno_tui.media.tags import texts

    return texts(path), b""


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
    from suno_tui.media.prove import contents, kind_of

    # By its bytes: what a file is called may be a lie.
    with contents(path) as data:
        suffix = kind_of(data)
    yield from samples(path, suffix, int(args["first"]))


JOBS: dict[str, Callable[[Path, dict[str, Any], bytes], Answer]] = {
    "ready": _ready,
    "prove": _prove,
    "promised": _promised,
    "heard": _heard,
    "tempo_and_key": _tempo_and_key,
    "timed_lines": _timed_lines,
    "private": _private,
    "texts": _texts,
    "write_tags": _write_tags,
    "strip_tags": _strip_tags,
    "picture": _picture,
}
STREAMS: dict[str, Callable[[Path, dict[str, Any]], Iterator[bytes]]] = {"samples": _samples}


def main() -> None:
    """Do what comes on the standard input, until it ends."""
    requests = os.fdopen(0, "rb", buffering=0, closefd=False)
    answers = os.dup(1)
    # A library that prints must not print into the answers.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    limits.impose()
    _Reader(lambda size: _exactly(requests.read, size), answers).run()


class _Reader:
    def __init__(self, read: Callable[[int], bytes], answers: int) -> None:
        self._read = read
        self._answers = answers
        self._sent = 0.0

    def run(self) -> None:
        limits.on_progress = self._sign
        try:
            while (frame := wire.unpack(self._read)) is not None:
                with limits.job():
                    self._sent = time.monotonic()
                    header, body = self._answer(*frame)
                self._send(header, body)
                if header["is"] == "memory":
                    return  # what is left of it is in the way of the next job
        except BrokenPipeError:
            pass  # the parent has gone

    def _answer(self, asked: wire.Header, body: bytes) -> wire.Frame:
        path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
        try:
            if asked["job"] in STREAMS:
                self._stream(STREAMS[asked["job"]](path, asked))
                return {"is": "done", "value": None}, b""
            value, rest = JOBS[asked["job"]](path, asked, body)
            return {"is": "done", "value": value}, rest
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
        except Exception as error:  # what a parser stumbles over is the file's fault
            why = f"it can't be read ({type(error).__name__}: {error})"
            return {"is": "bad", "why": why, "kind": "Bad"}, b""

    def _stream(self, pieces: Iterator[bytes]) -> None:
        ahead = 0
        try:
            for piece in pieces:
                self._send({"is": "piece"}, piece)
                ahead += 1
                while ahead >= WINDOW:
                    if not self._more():
                        return
                    ahead -= 1
        except BaseException:
            # What the parent has said by then must not be taken for its next request.
            self._settle(ahead)
            raise
        self._settle(ahead)

    def _settle(self, ahead: int) -> None:
        while ahead and self._more():
            ahead -= 1

    def _more(self) -> bool:
        word = self._read(1)
        if not word:
            raise BrokenPipeError
        return word == MORE

    def _sign(self) -> None:
        now = time.monotonic()
        if now - self._sent > _SIGN:
            self._send({"is": "alive"})

    def _send(self, header: wire.Header, body: bytes = b"") -> None:
        for data in (wire.head(header, len(body)), body):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._answers, rest) :]
        self._sent = time.monotonic()


def _exactly(read: Callable[[int], bytes | None], size: int) -> bytes:
    parts = []
    while size and (part := read(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

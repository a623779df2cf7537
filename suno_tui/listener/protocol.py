"""The messages between a studio and a listener (`docs/listener.md`).

A frame has a length (4 bytes, big-endian), a kind (1 byte) and a body. The body is either a
message, which is a JSON object with a verb, or `DATA`: bytes of the file that the last `put` named.
The verbs are a closed list, and every field has a type. Anything else is a `ProtocolError`, which
ends only the connection.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from suno_tui import __version__
from suno_tui.common.text import clean
from suno_tui.media.kinds import KINDS

VERSION = 1
"""The version of the protocol that this program speaks."""
OLDEST = 1
"""The oldest version of the protocol that this program understands."""
VERSIONS = {"protocol": VERSION, "oldest": OLDEST, "program": __version__}
"""Fields with which both sides begin."""
MOST_MESSAGE = 4096
"""Bytes of the longest message."""
MOST_DATA = 16 << 10
"""Bytes of the longest piece of a file; longer ones would delay a pause."""
MOST_FILE = 512 << 20
"""Bytes of the largest file."""
MOST_FRAME = 3600 * 44_100
"""Frames in an hour, which is the most that is decoded of any file."""
MOST_NEXT = 32
"""Files in one `next`, as many as fit into a message."""
MOST_TEXT = 400
"""Characters of the longest text."""
MOST_SECONDS, MOST_TAKE = 1e9, 999_999
"""The longest track and the highest take that a library may have."""

SEND_SECONDS = 10.0
"""If the other side accepts no bytes for this long, the connection is lost."""

MESSAGE, DATA = b"m", b"d"
_HEAD = struct.Struct(">IB")
Message = dict[str, Any]
Check = Callable[[Any], bool]


class ProtocolError(Exception):
    """The other side broke the protocol; the message says how."""


class File(NamedTuple):
    """An audio file: SHA-256 in 64 hexadecimal digits, size in bytes, suffix such as `.mp3`."""

    hash: str
    size: int
    kind: str

    def fields(self) -> Message:
        return self._asdict()

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> File:
        """Return the file that a checked message names."""
        return cls(message["hash"], message["size"], message["kind"])


def _integer(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _hash(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT


def _boolean(value: Any) -> bool:
    return type(value) is bool


def _decibels(value: Any) -> bool:
    """Return whether a value is a loudness in LUFS; None means unknown, or silence."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (number and -200 <= value <= 50)


_FILE: dict[str, Check] = {
    "hash": _hash,
    "size": _integer(1, MOST_FILE),
    "kind": lambda value: value in KINDS,
}


def _files(value: Any) -> bool:
    """Return whether a value is a list of files, each given as hash, size and kind."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_NEXT
        and all(
            isinstance(each, list)
            and len(each) == len(_FILE)
            and all(check(part) for check, part in zip(_FILE.values(), each, strict=True))
            for each in value
        )
    )


_ABOUT: dict[str, Check] = {
    "title": _text,
    "style": _text,
    "seconds": lambda value: type(value) in (int, float) and 0 <= value <= MOST_SECONDS,
}
"""The facts of a file, for people. `seconds` is 0 if the length is unknown."""
_NUMBER = _integer(0, 1 << 53)
_ORDER = {"n": _NUMBER}
"""Every order to the player has a number; a state tells the last order that it includes."""
_FRAME = {"frame": _integer(0, MOST_FRAME)}
_HELLO: dict[str, Check] = {
    "protocol": _integer(1, 1 << 16),
    "oldest": _integer(1, 1 << 16),
    "program": _text,
    "name": _text,
}

TO_LISTENER: dict[str, dict[str, Check]] = {
    "hello": {**_HELLO, "studio": _hash},
    "have": _FILE,
    "put": {**_FILE, "start": _integer(0, MOST_FILE)},
    "load": {**_ORDER, **_FILE, **_FRAME},
    "unload": _ORDER,
    "play": _ORDER,
    "pause": _ORDER,
    "seek": {**_ORDER, **_FRAME},
    "volume": {**_ORDER, "percent": _integer(0, 100)},
    "switch": {
        **_ORDER, **_FILE, "loudness": _decibels, "peak": _integer(0, 32768),
        "now_loudness": _decibels, "now_peak": _integer(0, 32768),
    },
    "next": {**_ORDER, "files": _files, "more": _boolean},
    "skip": {**_ORDER, "by": lambda value: value in (-1, 1)},
    "prepare": _FILE,
    "name": {"hash": _hash, **_ABOUT},
    "now": {},
    "bye": {"stop": _boolean},
}  # fmt: skip
"""The verbs that a studio may send, with their fields. Other fields are ignored."""

TO_STUDIO: dict[str, dict[str, Check]] = {
    "welcome": {**_HELLO, "listener": _hash},
    "has": {**_FILE, "bytes": _integer(0, MOST_FILE)},
    "got": {"bytes": _integer(0, MOST_FILE)},
    "refused": {"hash": _hash, "why": _text},
    "state": {
        **_ORDER, **_FRAME, "hash": lambda value: value is None or _hash(value),
        "ready": _integer(0, 2 * MOST_FRAME), "playing": _boolean, "ended": _boolean,
        "whole": _boolean, "waiting": _boolean, "error": _text, "output": _text, "why": _text,
        "volume": _integer(0, 100),
    },
    "at": _FRAME,
    "now": {
        **_FRAME, **_ABOUT, "loaded": _boolean, "playing": _boolean, "volume": _integer(0, 100),
        "track": _text, "take": _integer(0, MOST_TAKE),
    },
    "bye": {"why": _text},
}  # fmt: skip
"""The verbs that a listener may send, with their fields."""


def checked(message: Any, verbs: Mapping[str, Mapping[str, Check]]) -> Message:
    """Return a message with its known fields only. Raises `ProtocolError`."""
    if not isinstance(message, dict) or not isinstance(message.get("verb"), str):
        raise ProtocolError("it sent a message without a verb")
    verb = message["verb"]
    if verb not in verbs:
        raise ProtocolError(f"it sent the unknown verb {clean(verb[:20])!r}")
    for name, check in verbs[verb].items():
        if name not in message or not check(message[name]):
            raise ProtocolError(f"it sent {verb!r} with a wrong {name!r}")
    return {"verb": verb, **{name: message[name] for name in verbs[verb]}}


def read_message(body: bytes, verbs: Mapping[str, Mapping[str, Check]]) -> Message:
    """Parse the message in a frame. Raises `ProtocolError`."""
    try:
        return checked(json.loads(body), verbs)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("it sent a message that is not JSON") from error


def write_message(verb: str, **fields: Any) -> bytes:
    """Return the frame of a message."""
    text = json.dumps(
        {"verb": verb, **fields}, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    # With escapes, texts in most scripts would be too long for a message.
    body = text.encode("utf-8", "replace")
    return _HEAD.pack(len(body), MESSAGE[0]) + body


def write_data(piece: bytes) -> bytes:
    """Return the frame of a piece of a file."""
    return _HEAD.pack(len(piece), DATA[0]) + piece


def as_text(text: str) -> str:
    """Return a text that a message may carry: cleaned and cut to `MOST_TEXT`."""
    return clean(text)[:MOST_TEXT]


def as_frame(frame: float) -> int:
    """Return a position that a message may carry."""
    return max(0, min(MOST_FRAME, round(frame)))


def disagreement(theirs: Mapping[str, Any], *, here: str, there: str) -> str:
    """Return a message on which side has to be updated; empty if the versions fit.

    `here` and `there` name the two sides for the user.
    """
    age = other_age(theirs)
    if not age:
        return ""
    newer, older = (here, there) if age < 0 else (there, here)
    return f"{older} is too old for {newer} (suno-tui {program_of(theirs)} there): update {older}."


def program_of(theirs: Mapping[str, Any]) -> str:
    """Return the other side's version of suno-tui, cleaned to be shown."""
    return clean(str(theirs.get("program", "")))[:40]


def other_age(theirs: Mapping[str, Any]) -> int:
    """Return -1 if the other side is too old for this one, 1 if it is too new, 0 if they fit."""
    if theirs["protocol"] < OLDEST:
        return -1
    return 1 if theirs["oldest"] > VERSION else 0


class Channel:
    """A connected socket that carries frames. Any thread may send; one thread receives."""

    def __init__(self, connection: socket.socket, verbs: Mapping[str, Mapping[str, Check]]) -> None:
        self._socket = connection
        seconds = int(SEND_SECONDS)
        limit = struct.pack("ll", seconds, int((SEND_SECONDS - seconds) * 1e6))
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._verbs = verbs
        self._sending = threading.Lock()
        self.sent = self.received = 0
        """Numbers of bytes since the beginning."""

    def send(self, verb: str, **fields: Any) -> None:
        """Send a message. Raises `OSError`, also if the other side accepts nothing for
        `SEND_SECONDS`."""
        self._send(write_message(verb, **fields))

    def send_data(self, piece: bytes) -> None:
        self._send(write_data(piece))

    def _send(self, frame: bytes) -> None:
        with self._sending:
            self._socket.sendall(frame)
            self.sent += len(frame)

    def receive(self) -> Message | bytes | None:
        """Return the next message or piece; None at the end. Raises `OSError`, `ProtocolError`."""
        head = self._read(_HEAD.size)
        if head is None:
            return None
        length, kind = _HEAD.unpack(head)
        most = {MESSAGE[0]: MOST_MESSAGE, DATA[0]: MOST_DATA}.get(kind)
        if most is None or length > most:
            raise ProtocolError("it sent a frame that is too long or of an unknown kind")
        body = self._read(length)
        if body is None:
            raise ProtocolError("it ended in the middle of a frame")
        return body if kind == DATA[0] else read_message(body, self._verbs)

    def _read(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                if data:
                    raise ProtocolError("it ended in the middle of a frame")
                return None
            data += piece
        self.received += size
        return bytes(data)

    def close(self) -> None:
        """End the connection; a blocked `receive` returns."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

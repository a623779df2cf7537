"""What kind of file some bytes are, by what they begin with."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_BEGINNINGS = (
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"MThd", "mid"),
    (b"caff", "caf"),
    (b".snd", "au"),
    (b"wvpk", "wv"),
    (b"MAC ", "ape"),
    (b"#!AMR", "amr"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"PK\x03\x04", "zip"),
)
_OTHERS = (
    *("ac3", "dsf", "dts", "mka", "mkv", "mov", "mp4", "mpc", "oga", "opus", "ra", "rm", "tta"),
    *("voc", "weba", "heic", "jxl", "ico"),
)
"""Endings that a name or a type may give to bytes of no known beginning. The list is short, since a
stranger must not have a file called `.toml` or `.desktop`."""


def kind_of(head: bytes) -> str | None:
    """The usual ending of a file by its first bytes (32 are enough); None if they are unknown."""
    for start, kind in _BEGINNINGS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(head[8:12])
    if head[:4] == b"FORM":
        return "aiff" if head[8:12] in (b"AIFF", b"AIFC") else None
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"heic", b"heix", b"mif1"):
            return "heic"
        return "avif" if brand in (b"avif", b"avis") else "m4a"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # The layer of an MPEG frame; none of them is what AAC has there.
        return {0: "aac", 1: "mp3", 2: "mp2", 3: "mp2"}[head[1] >> 1 & 3]
    return None


def named_kind(content_type: str, url: str) -> str:
    """An ending for bytes of no known beginning, by what the host calls them; else `bin`."""
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    if kind == "audio" and subtype in ("mpeg", "mp3"):
        return "mp3"  # some begin with padding
    try:
        suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix[1:].lower()
    except ValueError:
        suffix = ""
    for name in (subtype.removeprefix("x-"), suffix):
        if name in _OTHERS:
            return name
    return "bin"


def is_text(head: bytes) -> bool:
    """Whether this is the beginning of a web page, of JSON or of another text, or nothing."""
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

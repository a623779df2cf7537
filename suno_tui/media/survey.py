"""Find the kind, length, tags and cover of audio from anywhere, without decoding it.

Runs in the child. Facts are texts by name, as the tags have them; missing ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from suno_tui.media import budget
from suno_tui.media.errors import Bad
from suno_tui.media.kinds import is_cover
from suno_tui.media.limits import LARGEST_PICTURE
from suno_tui.media.prove import contents, measure, suffix_of

MOST = 200_000
"""Characters of the longest text that is taken from a tag."""
_MOST_COMMENTS = 20
_MOST_FIELDS = 500

_CLASSES = {
    ".flac": ("flac", "FLAC"),
    ".wav": ("wave", "WAVE"),
    ".ogg": ("oggvorbis", "OggVorbis"),
    ".opus": ("oggopus", "OggOpus"),
    ".m4a": ("mp4", "MP4"),
}
_ID3 = {
    "title": "TIT2", "genre": "TCON", "date": "TDRC", "take": "TRCK", "key": "TKEY", "bpm": "TBPM",
}  # fmt: skip
_MP4 = {
    "title": "\xa9nam", "genre": "\xa9gen", "date": "\xa9day", "comment": "\xa9cmt",
    "description": "desc", "lyrics": "\xa9lyr", "bpm": "tmpo",
}  # fmt: skip
_VORBIS = {
    "title": ("title",), "genre": ("genre",), "date": ("date", "year"), "take": ("tracknumber",),
    "comment": ("comment",), "description": ("description",),
    "lyrics": ("lyrics", "unsyncedlyrics", "unsynced lyrics", "lyrics-eng", "syncedlyrics"),
    "bpm": ("bpm", "tempo"), "key": ("initialkey", "key"), "suno": ("suno_id",),
    "page": ("woas", "purl", "url"),
}  # fmt: skip
_RIFF = {b"INAM": "title", b"IGNR": "genre", b"ICRD": "date", b"ICMT": "comment", b"IPRT": "take"}


def survey(path: Path) -> dict[str, Any]:
    """Return `suffix`, `duration` in seconds, `trouble` (what is damaged, or empty), `texts` and
    `cover` (the size in bytes of the picture in its tags, or 0).

    Raises `Bad` if it isn't audio that can be imported, and `OSError`.
    """
    suffix, duration, trouble = measure(path)
    texts: dict[str, str] = {}
    cover = 0
    try:
        tags = _tags(path, suffix)
        texts = {name: text[:MOST] for name, text in _texts(tags) if text.strip()}
        cover = len(_cover(tags))
    except (OSError, MemoryError):
        raise
    except Exception:  # on damaged tags mutagen raises more than its own errors
        trouble = trouble or "its tags can't be read"
    if suffix == ".wav":
        texts = _riff(path) | texts
    return {
        "suffix": suffix,
        "duration": duration,
        "trouble": trouble,
        "texts": texts,
        "cover": cover,
    }


def cover(path: Path) -> bytes:
    """Return the picture in the tags of an audio file; empty if it has none. Raises `Bad`."""
    try:
        with contents(path) as data:
            suffix = suffix_of(data)
        return _cover(_tags(path, suffix))
    except (Bad, OSError, MemoryError):
        raise
    except Exception as error:
        raise Bad(f"its tags can't be read ({error})") from error


def _tags(path: Path, suffix: str) -> Any:
    budget.check(path)
    if suffix == ".mp3":
        id3 = import_module("mutagen.id3")
        try:
            return id3.ID3(str(path))
        except id3.ID3NoHeaderError:
            return None
    module, kind = _CLASSES[suffix]
    file = getattr(import_module(f"mutagen.{module}"), kind)(str(path))
    if suffix in (".wav", ".m4a"):
        return file.tags
    # Vorbis comments are a list of pairs, in which a name may occur several times.
    fields: dict[str, list[Any]] = {}
    for name, value in list(file.tags or ())[:_MOST_FIELDS]:
        fields.setdefault(name.lower(), []).append(value)
    return fields | ({"": file.pictures} if suffix == ".flac" else {})


def _texts(tags: Any) -> Iterator[tuple[str, str]]:
    if tags is None:
        return
    if hasattr(tags, "getall"):
        yield from _id3_texts(tags)
    elif not isinstance(tags, dict) or any(name[:1] == "\xa9" for name in tags):
        for name, atom in _MP4.items():
            if tags.get(atom):
                yield name, str(tags[atom][0])
        if tags.get("trkn"):
            yield "take", str(tags["trkn"][0][0])
        for name in list(tags)[:200]:
            if name.lower().endswith(":suno_id"):
                yield "suno", bytes(tags[name][0]).decode("utf-8", "replace")
    else:
        for name, fields in _VORBIS.items():
            for field in fields:
                if tags.get(field):
                    yield name, str(tags[field][0])
                    break


def _id3_texts(tags: Any) -> Iterator[tuple[str, str]]:
    for name, frame in _ID3.items():
        if frame in tags and tags[frame].text:
            yield name, str(tags[frame].text[0])
    comments = [frame for frame in tags.getall("COMM")[:_MOST_COMMENTS] if frame.text]
    if comments:
        # Players store other data in comments with a description, such as iTunNORM.
        plain = next((frame for frame in comments if not frame.desc), comments[0])
        yield "comment", str(plain.text[0])
        yield "description", "\n".join(str(frame.text[0]) for frame in comments)
    for frame in tags.getall("TXXX")[:_MOST_COMMENTS]:
        name = frame.desc.lower()
        if frame.text and name == "suno_id":
            yield "suno", str(frame.text[0])
        elif frame.text and name in ("lyrics", "unsyncedlyrics"):
            yield "lyrics", str(frame.text[0])
    for frame in (*tags.getall("WOAS"), *tags.getall("WOAF"))[:1]:
        yield "page", str(frame.url)
    for frame in tags.getall("SYLT")[:1]:
        yield "lyrics", "\n".join(text.strip("\r\n") for text, _ in frame.text)
    for frame in tags.getall("USLT")[:1]:
        yield "lyrics", str(frame.text)


def _cover(tags: Any) -> bytes:
    """Return the front cover, else the first picture that can be drawn, else empty bytes."""
    if tags is None:
        return b""
    if hasattr(tags, "getall"):
        pictures = [(frame.type, frame.data) for frame in tags.getall("APIC")]
    elif "covr" in tags:
        pictures = [(3, bytes(picture)) for picture in tags["covr"]]
    else:
        pictures = [(picture.type, picture.data) for picture in _vorbis_pictures(tags)]
    # Type 3 is the front cover.
    for _, data in sorted(pictures, key=lambda picture: picture[0] != 3):
        if is_cover(data[:64]) and len(data) <= LARGEST_PICTURE:
            return bytes(data)
    return b""


def _vorbis_pictures(tags: Mapping[str, Any]) -> list[Any]:
    import base64

    if "" in tags:
        return list(tags[""])
    picture = import_module("mutagen.flac").Picture
    coded = tags.get("metadata_block_picture") or []
    return [picture(base64.b64decode(text)) for text in coded[:_MOST_COMMENTS]]


def _riff(path: Path) -> dict[str, str]:
    """Return the texts of a WAV's INFO list."""
    texts: dict[str, str] = {}
    with contents(path) as data:
        at, end = 12, len(data)
        while at + 12 <= end:
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            if data[at : at + 4] == b"LIST" and data[at + 8 : at + 12] == b"INFO":
                at, end = at + 12, min(end, at + 8 + size)
                continue
            if (name := _RIFF.get(bytes(data[at : at + 4]))) is not None:
                raw = bytes(data[at + 8 : at + 8 + min(size, MOST)]).split(b"\0")[0]
                if text := _decoded(raw).strip():
                    texts[name] = text
            at += 8 + size + size % 2
    return texts


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")

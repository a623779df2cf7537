"""Read and write tags in audio files with mutagen. Runs in the child, on plain data.

`facts` are texts by name: title, artist (only for a file without one), genre, date (YYYY-MM-DD),
track (a number), comment, lyrics. An empty text removes a tag; if lyrics is None, they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from suno_tui.media import budget
from suno_tui.media.errors import Bad
from suno_tui.media.kinds import image_type

Facts = Mapping[str, Any]

_FRAMES = {"title": "TIT2", "genre": "TCON", "date": "TDRC", "take": "TRCK", "key": "TKEY",
           "bpm": "TBPM"}  # fmt: skip
_ATOMS = {"title": "\xa9nam", "genre": "\xa9gen", "date": "\xa9day", "comment": "\xa9cmt",
          "lyrics": "\xa9lyr"}  # fmt: skip
_FIELDS = {"title": "title", "genre": "genre", "date": "date", "take": "tracknumber",
           "comment": "comment", "lyrics": "lyrics"}  # fmt: skip


def write(path: Path, facts: Facts, cover: bytes) -> None:
    """Write facts, and a cover if there is one, into a file (by its suffix).

    Unknown tags stay. Raises `Bad` if its own tags can't be parsed, `OSError`.
    """
    writer = _WRITERS.get(path.suffix)
    if writer is None:
        raise Bad(f"tags can't be written to {path.suffix[1:].upper()} files")
    with _parsing("its tags can't be written"):
        budget.check(path)
        writer(path, facts, cover)


def strip(path: Path) -> None:
    """Remove everything but the sound from an audio file. Raises `Bad`, `OSError`."""
    if path.suffix not in _WRITERS:
        raise Bad(f"tags can't be removed from {path.suffix[1:].upper()} files")
    with _parsing("its tags can't be removed"):
        budget.check(path)
        if path.suffix == ".mp3":
            _mutagen("id3").delete(str(path))
            _mutagen("apev2").delete(str(path))
            return
        file = import_module("mutagen").File(str(path))
        if file is None:
            raise Bad(f"it isn't {path.suffix[1:].upper()}, so its tags can't be removed")
        if path.suffix == ".flac":
            file.clear_pictures()
            file.save()
        file.delete()


Piece = tuple[float, str]
"""The second at which a part of a line is sung, and its text with the space after it."""


def timed_lines(path: Path) -> list[tuple[float, str, list[Piece]]]:
    """Return the timed lyrics of an MP3 or WAV (ID3's SYLT): seconds, texts and pieces.

    The pieces are words or syllables with their own times, if the file has these; an empty piece at
    the end tells when the line ends.
    """
    tags = _id3_of(path)
    frames = [
        (
            each.desc == _WORDS,
            [(_normalize_feeds(text), moment / 1000) for text, moment in each.text],
        )
        for each in (tags.getall("SYLT") if tags is not None else ())
        if each.format == 2 and each.type == 1 and each.text
    ]
    for parts, entries in frames:
        if parts or not _are_lines(entries):
            return _join_pieces(entries)
    return [(at, text.strip("\n"), []) for text, at in frames[0][1]] if frames else []


_WORDS = "words"
"""The description of timed lyrics in the engine's files whose entries are parts of lines."""


def _normalize_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _are_lines(entries: list[tuple[str, float]]) -> bool:
    """Return whether each entry is a line: either all of them have line feeds, or none."""
    feeds = ["\n" in text for text, _ in entries[1:]]
    return all(feeds) or not any(feeds)


def _join_pieces(entries: list[tuple[str, float]]) -> list[tuple[float, str, list[Piece]]]:
    """Join entries that are parts of lines to lines; a line feed begins a new line."""
    lines: list[list[Piece]] = [[]]
    for text, at in entries:
        first, *others = text.split("\n")
        if first or not others:
            lines[-1].append((at, first))
        lines += [[(at, other)] for other in others]
    whole = ((pieces, "".join(text for _, text in pieces).strip()) for pieces in lines)
    return [(pieces[0][0], text, pieces) for pieces, text in whole if text]


def private(path: Path, owner: str) -> bytes:
    """Return the data of an owner's private frame (ID3's PRIV); empty if there is none."""
    tags = _id3_of(path)
    frames = tags.getall(f"PRIV:{owner}") if tags is not None else []
    return next((bytes(frame.data) for frame in frames), b"")


def user_text(path: Path, name: str) -> str:
    """Return the text of a user's own frame (ID3's TXXX); empty if there is none."""
    tags = _id3_of(path)
    frames = tags.getall(f"TXXX:{name}") if tags is not None else []
    return next((str(frame.text[0]) for frame in frames if frame.text), "")


def tempo_and_key(path: Path) -> tuple[float | None, str]:
    """Return beats per minute and the key (ID3's TBPM and TKEY)."""
    tags = _id3_of(path)
    if tags is None:
        return None, ""
    try:
        bpm: float | None = float(str(tags["TBPM"].text[0]))
    except (KeyError, IndexError, ValueError):
        bpm = None
    key = tags["TKEY"].text if "TKEY" in tags else []
    return bpm if bpm and 0 < bpm < 1000 else None, str(key[0]) if key else ""


def texts(path: Path) -> dict[str, str]:
    """Return the texts in the tags of an audio file by their meaning.

    The keys are `title`, `lyrics`, `genre`, `date`, `take`, `comment`, `bpm` and `key`, as far as
    the file has such tags.
    """
    with _parsing("its tags can't be read"):
        budget.check(path)
        file = import_module("mutagen").File(str(path))
        tags = file.tags if file is not None else None
        if tags is None:
            return {}
        if hasattr(tags, "getall"):
            return _id3_texts(tags)
        if path.suffix.lower() == ".m4a":
            found = {name: str(tags[atom][0]) for name, atom in _ATOMS.items() if tags.get(atom)}
            return found | ({"take": str(tags["trkn"][0][0])} if tags.get("trkn") else {})
        return {name: str(tags[field][0]) for name, field in _FIELDS.items() if tags.get(field)}


def _id3_texts(tags: Any) -> dict[str, str]:
    found = {
        name: str(tags[frame].text[0])
        for name, frame in _FRAMES.items()
        if frame in tags and tags[frame].text
    }
    for frame in tags.getall("USLT"):
        found.setdefault("lyrics", str(frame.text))
    for frame in tags.getall("COMM"):
        if not frame.desc and frame.text:
            found.setdefault("comment", str(frame.text[0]))
    return found


def _mutagen(module: str) -> Any:
    return import_module(f"mutagen.{module}")


@contextmanager
def _parsing(trouble: str) -> Iterator[None]:
    """Turn mutagen's errors into `Bad`, also the ones that its parsers raise on damaged files, such
    as IndexError. An `OSError` that mutagen has wrapped is raised itself."""
    try:
        yield
    except (Bad, OSError, MemoryError):
        raise
    except Exception as error:
        if error.args and isinstance(error.args[0], OSError):
            raise error.args[0] from error
        raise Bad(f"{trouble} ({error})") from error


def _id3_of(path: Path) -> Any:
    with _parsing("its tags can't be read"):
        budget.check(path)
        if path.suffix == ".wav":
            return _mutagen("wave").WAVE(str(path)).tags
        return _mutagen("id3").ID3(str(path)) if path.suffix == ".mp3" else None


def _fill_id3(tags: Any, facts: Facts, cover: bytes) -> None:
    frames = _mutagen("id3")
    utf8 = frames.Encoding.UTF8

    def text(name: str, value: str) -> None:
        tags.delall(name)
        # NUL separates two values in ID3.
        if value := value.replace("\0", ""):
            tags.add(getattr(frames, name)(encoding=utf8, text=[value]))

    text("TIT2", facts["title"])
    if "TPE1" not in tags:
        text("TPE1", facts["artist"])
    text("TALB", facts["title"])
    text("TCON", facts["genre"])
    text("TDRC", facts["date"])
    text("TRCK", str(facts["track"]))
    tags.delall("COMM::eng")
    tags.add(frames.COMM(encoding=utf8, lang="eng", desc="", text=[facts["comment"]]))
    if facts["lyrics"] is not None:
        tags.delall("USLT")
        if lyrics := facts["lyrics"].replace("\0", ""):
            tags.add(frames.USLT(encoding=utf8, lang="und", desc="", text=lyrics))
    if cover:
        tags.delall("APIC")
        tags.add(
            frames.APIC(
                encoding=utf8,
                mime=image_type(cover),
                type=frames.PictureType.COVER_FRONT,
                desc="",
                data=cover,
            )
        )


def _mp3(path: Path, facts: Facts, cover: bytes) -> None:
    id3 = _mutagen("id3")
    try:
        tags = id3.ID3(str(path))
    except id3.error:
        # There is no tag yet, or one that no player can read either.
        tags = id3.ID3()
    _fill_id3(tags, facts, cover)
    tags.save(str(path), v2_version=4, v1=0)


def _wav(path: Path, facts: Facts, cover: bytes) -> None:
    file = _mutagen("wave").WAVE(str(path))
    if file.tags is None:
        file.add_tags()
    _fill_id3(file.tags, facts, cover)
    file.save(v2_version=4)


def _fill_vorbis(tags: Any, facts: Facts) -> None:
    tags.setdefault("artist", [facts["artist"]])
    values = {
        "title": facts["title"],
        "album": facts["title"],
        "genre": facts["genre"],
        "date": facts["date"],
        "tracknumber": str(facts["track"]),
        "comment": facts["comment"],
        "lyrics": facts["lyrics"],
    }
    for name, value in values.items():
        if value is not None:
            tags[name] = [value] if value else []


def _flac(path: Path, facts: Facts, cover: bytes) -> None:
    file = _mutagen("flac").FLAC(str(path))
    if file.tags is None:
        file.add_tags()
    _fill_vorbis(file.tags, facts)
    if cover:
        file.clear_pictures()
        file.add_picture(_picture(cover))
    file.save()


def _ogg(path: Path, facts: Facts, cover: bytes) -> None:
    import base64

    if path.suffix == ".opus":
        file = _mutagen("oggopus").OggOpus(str(path))
    else:
        file = _mutagen("oggvorbis").OggVorbis(str(path))
    _fill_vorbis(file.tags, facts)
    if cover:
        picture = base64.b64encode(_picture(cover).write()).decode()
        file.tags["metadata_block_picture"] = [picture]
    file.save()


def _picture(cover: bytes) -> Any:
    picture = _mutagen("flac").Picture()
    picture.type, picture.mime, picture.data = 3, image_type(cover), cover
    return picture


def _m4a(path: Path, facts: Facts, cover: bytes) -> None:
    mp4 = _mutagen("mp4")
    file = mp4.MP4(str(path))
    if file.tags is None:
        file.add_tags()
    file.tags.setdefault("\xa9ART", [facts["artist"]])
    values = {
        "\xa9nam": facts["title"],
        "\xa9alb": facts["title"],
        "\xa9gen": facts["genre"],
        "\xa9day": facts["date"],
        "\xa9cmt": facts["comment"],
        "\xa9lyr": facts["lyrics"],
    }
    for name, value in values.items():
        if value:
            file.tags[name] = [value]
        elif value is not None:
            file.tags.pop(name, None)
    file.tags["trkn"] = [(facts["track"], 0)]
    if cover:
        png = image_type(cover) == "image/png"
        kind = mp4.MP4Cover.FORMAT_PNG if png else mp4.MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [mp4.MP4Cover(cover, kind)]
    file.save()


_WRITERS: dict[str, Callable[[Path, Facts, bytes], None]] = {
    ".mp3": _mp3,
    ".wav": _wav,
    ".flac": _flac,
    ".ogg": _ogg,
    ".opus": _ogg,
    ".m4a": _m4a,
}

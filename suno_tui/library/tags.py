"""Tags in the audio files, so that any player shows what the library knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from suno_tui.errors import DamagedFile, StudioError
from suno_tui.library.track import Line, Track

LEVELS_OWNER = "suno-tui/levels"
"""Names the private frame (ID3's PRIV) in which the built-in engine leaves a take's levels."""
ARTIST = "suno-tui"
"""The artist of a file that names none itself."""


def write_tags(path: Path, track: Track, cover: bytes | None) -> None:
    """Write a track's facts into an audio file (by its suffix), keeping tags we don't know.

    Title, artist, album (the song), genre, date, track number (the take), a comment with model
    and task, lyrics and cover. Raises `DamagedFile` where the file's own tags can't be parsed.
    """
    with _parsing(path, "its tags can't be written"):
        _WRITERS[path.suffix](path, track, cover)


def strip_tags(path: Path) -> None:
    """Take everything out of an audio file that is not sound: facts, lyrics, covers.

    Raises `DamagedFile` where its tags can't be parsed.
    """
    with _parsing(path, "its tags can't be removed"):
        if path.suffix == ".mp3":
            _mutagen("id3").delete(str(path))
            _mutagen("apev2").delete(str(path))
            return
        file = import_module("mutagen").File(str(path))
        if file is None:
            raise DamagedFile(path, f"it holds no {path.suffix[1:]}, so it can't be without tags")
        if path.suffix == ".flac":
            file.clear_pictures()
            file.save()
        file.delete()


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lyrics in time of an MP3 or WAV (ID3's SYLT, in milliseconds), if it has any."""
    tags = _id3_of(path)
    for frame in tags.getall("SYLT") if tags is not None else ():
        if frame.format == 2 and frame.type == 1:
            return tuple(Line(moment / 1000, text.strip("\r\n")) for text, moment in frame.text)
    return ()


def read_levels(path: Path) -> bytes:
    """How loud a take of the built-in engine is, 0 to 255 in equal steps; empty where unknown."""
    tags = _id3_of(path)
    frames = tags.getall(f"PRIV:{LEVELS_OWNER}") if tags is not None else []
    return next((bytes(frame.data) for frame in frames), b"")


def read_tempo_and_key(path: Path) -> tuple[float | None, str]:
    """Beats a minute and the key, as the file's maker wrote them (ID3's TBPM and TKEY)."""
    tags = _id3_of(path)
    if tags is None:
        return None, ""
    try:
        bpm: float | None = float(str(tags["TBPM"].text[0]))
    except (KeyError, IndexError, ValueError):
        bpm = None
    key = tags["TKEY"].text if "TKEY" in tags else []
    return bpm if bpm and 0 < bpm < 1000 else None, str(key[0]) if key else ""


def tagged(track: Track) -> tuple[object, ...]:
    """What of a track stands in its audio file's tags: when this changes, they are written anew."""
    return (track.name, genre(track), track.lyrics, track.take, track.created_at, comment(track))


def comment(track: Track) -> str:
    """What made the track: `suno-v5_5 · task a1b2… at hosted`."""
    parts = [track.model, f"task {track.task_id} at {track.provider}" if track.task_id else ""]
    return " · ".join(part for part in parts if part)


def genre(track: Track) -> str:
    """What the user asked for in custom mode, else what the provider says it is."""
    return track.style or track.tags


def _mutagen(module: str) -> Any:
    return import_module(f"mutagen.{module}")


@contextmanager
def _parsing(path: Path, trouble: str) -> Iterator[None]:
    """What mutagen raises is `DamagedFile`: its own errors, and on damage also what its parsers
    stumble over, as IndexError."""
    try:
        yield
    except (StudioError, OSError):
        raise
    except Exception as error:
        raise DamagedFile(path, f"{trouble} ({error})") from error


def _id3_of(path: Path) -> Any:
    try:
        with _parsing(path, "its tags can't be read"):
            if path.suffix == ".wav":
                return _mutagen("wave").WAVE(str(path)).tags
            return _mutagen("id3").ID3(str(path)) if path.suffix == ".mp3" else None
    except (DamagedFile, OSError):
        return None


def _fill_id3(tags: Any, track: Track, cover: bytes | None) -> None:
    frames = _mutagen("id3")
    utf8 = frames.Encoding.UTF8

    def text(name: str, value: str) -> None:
        tags.delall(name)
        # ID3 takes a NUL for the border between two values.
        if value := value.replace("\0", ""):
            tags.add(getattr(frames, name)(encoding=utf8, text=[value]))

    text("TIT2", track.name)
    if "TPE1" not in tags:
        text("TPE1", ARTIST)
    text("TALB", track.name)
    text("TCON", genre(track))
    text("TDRC", track.created_at.strftime("%Y-%m-%d"))
    text("TRCK", str(track.take))
    tags.delall("COMM::eng")
    tags.add(frames.COMM(encoding=utf8, lang="eng", desc="", text=[comment(track)]))
    if lyrics := track.lyrics.replace("\0", ""):
        tags.delall("USLT")
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


def _mp3(path: Path, track: Track, cover: bytes | None) -> None:
    id3 = _mutagen("id3")
    try:
        tags = id3.ID3(str(path))
    except id3.error:
        # No tag yet, or one that can't be read: players could not read it either.
        tags = id3.ID3()
    _fill_id3(tags, track, cover)
    tags.save(str(path), v2_version=4, v1=0)


def _wav(path: Path, track: Track, cover: bytes | None) -> None:
    file = _mutagen("wave").WAVE(str(path))
    if file.tags is None:
        file.add_tags()
    _fill_id3(file.tags, track, cover)
    file.save(v2_version=4)


def _fill_vorbis(tags: Any, track: Track) -> None:
    tags.setdefault("artist", [ARTIST])
    values = {
        "title": track.name,
        "album": track.name,
        "genre": genre(track),
        "date": track.created_at.strftime("%Y-%m-%d"),
        "tracknumber": str(track.take),
        "comment": comment(track),
        "lyrics": track.lyrics,
    }
    for name, value in values.items():
        tags[name] = [value] if value else []


def _flac(path: Path, track: Track, cover: bytes | None) -> None:
    file = _mutagen("flac").FLAC(str(path))
    if file.tags is None:
        file.add_tags()
    _fill_vorbis(file.tags, track)
    if cover:
        file.clear_pictures()
        file.add_picture(_picture(cover))
    file.save()


def _ogg(path: Path, track: Track, cover: bytes | None) -> None:
    import base64

    if path.suffix == ".opus":
        file = _mutagen("oggopus").OggOpus(str(path))
    else:
        file = _mutagen("oggvorbis").OggVorbis(str(path))
    _fill_vorbis(file.tags, track)
    if cover:
        picture = base64.b64encode(_picture(cover).write()).decode()
        file.tags["metadata_block_picture"] = [picture]
    file.save()


def _picture(cover: bytes) -> Any:
    picture = _mutagen("flac").Picture()
    picture.type, picture.mime, picture.data = 3, image_type(cover), cover
    return picture


def _m4a(path: Path, track: Track, cover: bytes | None) -> None:
    mp4 = _mutagen("mp4")
    file = mp4.MP4(str(path))
    if file.tags is None:
        file.add_tags()
    file.tags.setdefault("\xa9ART", [ARTIST])
    values = {
        "\xa9nam": track.name,
        "\xa9alb": track.name,
        "\xa9gen": genre(track),
        "\xa9day": track.created_at.strftime("%Y-%m-%d"),
        "\xa9cmt": comment(track),
        "\xa9lyr": track.lyrics,
    }
    for name, value in values.items():
        file.tags[name] = [value]
    file.tags["trkn"] = [(track.take, 0)]
    if cover:
        png = image_type(cover) == "image/png"
        kind = mp4.MP4Cover.FORMAT_PNG if png else mp4.MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [mp4.MP4Cover(cover, kind)]
    file.save()


_WRITERS: dict[str, Callable[[Path, Track, bytes | None], None]] = {
    ".mp3": _mp3,
    ".wav": _wav,
    ".flac": _flac,
    ".ogg": _ogg,
    ".opus": _ogg,
    ".m4a": _m4a,
}


def image_type(data: bytes) -> str:
    """The media type of a picture by its first bytes; JPEG where they say nothing."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else "image/jpeg"

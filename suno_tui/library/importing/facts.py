"""Collect what is known of an audio file: its tags, its name, texts and pictures next to it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from suno_tui.common.safe_files import MOST_TEXT, MOST_TOML, NotText, decode, is_utf16, read_file
from suno_tui.library.facts import facts_in
from suno_tui.library.filenames import composed, spelt
from suno_tui.library.importing.sidecars import (
    MOST_JSON,
    UUID,
    Song,
    facts_of_song,
    read_json,
    read_moment,
)
from suno_tui.library.lrc import read_lrc
from suno_tui.library.salvage import salvage
from suno_tui.library.track_files import names_in, split
from suno_tui.media.files import Survey
from suno_tui.media.kinds import COVERS

SUNO = "suno.com"
"""The provider of a track that carries a song id of suno.com."""

_COVER_NAMES = ("cover", "folder", "front")
_MOST_LISTS = 40
"""JSON files of a folder that are read as lists of songs, at most."""
_ENDINGS = ("", ".info", ".metadata", "_metadata", ".suno", "-metadata")
"""What archivers write between a name and `.json`."""
_MADE = re.compile(r"made with suno\b.*?\bid=(?P<id>[0-9a-f-]{36})", re.IGNORECASE | re.DOTALL)
_CREATED = re.compile(r"\bcreated=(?P<at>[0-9T:.Z+-]{10,40})", re.IGNORECASE)
_PAGE = re.compile(r"suno\.(?:com|ai)/song/(?P<id>[0-9a-f-]{36})", re.IGNORECASE)
_COPY = re.compile(r"(?P<title>.*\S) ?\((?P<number>[1-9]\d?)\)")
"""A browser's name for the second file of the same name: `Title (1)`."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one file. `table` has the keys of a track file, as far as they are known."""

    table: dict[str, Any]
    own: bool
    """Whether a studio made the file: then the id, or the provider, task and take, are valid."""
    cover: Path | None
    """A picture next to the file; None to use the one in its tags, if any."""
    lrc: str
    """Its timed lyrics as LRC; empty if there are none."""


@dataclass
class Folder:
    """The texts and pictures of one folder, each read once."""

    path: Path
    above: Folder | None = None
    """The folder above, whose lists of songs count as well."""

    @cached_property
    def _listing(self) -> list[str]:
        return names_in(self.path)

    @cached_property
    def _names(self) -> dict[str, str]:
        try:
            names = self._listing
        except OSError:
            return {}
        return {composed(name).casefold(): name for name in sorted(names, reverse=True)}

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._listing:
            found.setdefault(composed(split(name)[0]), []).append(name)
        return found

    def beside(self, audio: Path) -> list[str]:
        """Return the names that share an audio file's stem, its own included. Raises `OSError`."""
        return self._by_stem.get(composed(audio.stem), [])

    def find(self, name: str) -> Path | None:
        """Return the file of that name, whatever its case and composition of accents."""
        found = self._names.get(composed(name).casefold())
        return self.path / found if found else None

    def song(self, audio: Path, title: str, song_id: str) -> Song:
        """Return what JSON next to an audio file tells about it; empty if there is nothing."""
        stems = [audio.stem, audio.name, *([song_id] if song_id else [])]
        for stem in stems:
            for ending in _ENDINGS:
                file = self.find(f"{stem}{ending}.json")
                songs = _songs_in(file) if file is not None else []
                if len(songs) == 1:
                    return songs[0]
        for folder in (self, self.above):
            if folder is not None and (song := folder._song_in_lists(audio, title, song_id)):
                return song
        return {}

    def _song_in_lists(self, audio: Path, title: str, song_id: str) -> Song:
        by_id, by_file, by_title = self._lists
        if song_id:
            return by_id.get(song_id, {})
        song = by_file.get(composed(audio.name).casefold())
        # A title that several takes share identifies none of them.
        return song or by_title.get(title.casefold()) or {}

    @cached_property
    def _lists(self) -> tuple[dict[str, Song], dict[str, Song], dict[str, Song]]:
        by_id: dict[str, Song] = {}
        by_file: dict[str, Song] = {}
        by_title: dict[str, Song] = {}
        files = [name for name in self._names.values() if name.lower().endswith(".json")]
        several = (_songs_in(self.path / name) for name in sorted(files)[:_MOST_LISTS])
        for song in (song for songs in several if len(songs) > 1 for song in songs):
            by_id.setdefault(song.get("id", ""), song)
            name = re.split(r"[/\\]", song.get("file", ""))[-1]
            by_file.setdefault(composed(name).casefold(), song)
            title = song.get("title", "").casefold()
            by_title[title] = {} if title in by_title else song
        for table in (by_id, by_file, by_title):
            table.pop("", None)
        return by_id, by_file, by_title


def _songs_in(file: Path) -> list[Song]:
    try:
        return [] if file.is_symlink() else read_json(read_file(file, most=MOST_JSON))
    except OSError:
        return []


def know(audio: Path, survey: Survey, folder: Folder, changed: datetime) -> Known:
    """Collect what is known of an audio file; `changed` is the file's time of change.

    Sources in order of precedence: a track file of a studio next to it, JSON, the tags, LRC and
    TXT next to it, its name. What none of them tells is left out.
    """
    texts = survey.texts
    named, number = _title_of(audio)
    song_id = _suno_id(texts, audio)
    tagged = facts_in(texts)
    tagged.pop("created_at", None)
    if "task_id" not in tagged:
        tagged.pop("take", None)  # a track number of an album
    if "title" in tagged:
        tagged["title"] = " ".join(tagged["title"].split())
    song = folder.song(audio, tagged.get("title") or named, song_id)
    song_id = song.get("id", "") or song_id
    stamped, plain = _lyrics(tagged.pop("lyrics", ""), audio, folder)
    own = _own_table(audio, folder)
    made_here = bool(own.get("id")) or ("task_id" in tagged and "provider" in tagged)
    table: dict[str, Any] = {"title": named, "created_at": _created(texts, changed)}
    if number:
        table["take"] = number
    if plain:
        table["lyrics"] = plain
    table |= {name: value for name, value in tagged.items() if value}
    if song_id and not made_here:
        table |= {"provider": SUNO, "task_id": song_id}
    table |= facts_of_song(song)
    table |= own
    table["duration"] = round(survey.duration, 3)
    return Known(table, made_here, _cover(audio, folder, survey), stamped)


def _title_of(audio: Path) -> tuple[str, int | None]:
    """Return the title in a file's name, and the number that a browser gave it, if any."""
    stem = spelt(split(audio.name)[0])
    copy = _COPY.fullmatch(stem)
    name = UUID.sub(" ", copy["title"] if copy else stem)
    if " " not in stem or name != stem:
        name = name.replace("_", " ")
    name = " ".join(name.split()).strip(" -–—.()[]") or stem
    return name, int(copy["number"]) + 1 if copy else None


def _suno_id(texts: Mapping[str, str], audio: Path) -> str:
    """Return the id of the song at Suno, from the tags or the name; empty if it has none."""
    notes = "\n".join(texts.get(name, "") for name in ("comment", "description"))
    found = _MADE.search(notes) or _PAGE.search(f"{texts.get('page', '')}\n{notes}")
    if found:
        return found["id"].lower() if UUID.fullmatch(found["id"]) else ""
    given = UUID.search(texts.get("suno", "")) or UUID.search(audio.name)
    return given[0].lower() if given else ""


def _created(texts: Mapping[str, str], changed: datetime) -> datetime:
    """Return when a song was made, as exactly as its tags tell; else when its file was changed."""
    notes = "\n".join(texts.get(name, "") for name in ("comment", "description"))
    if (made := _CREATED.search(notes)) and (moment := read_moment(made["at"])):
        return moment
    date = texts.get("date", "")
    if (day := re.match(r"\d{4}-\d\d-\d\d", date)) and (moment := read_moment(day[0])):
        # Only the file's own date has the time of day.
        return changed if changed.date() == moment.date() else moment
    if (year := re.match(r"\d{4}", date)) and 1900 < int(year[0]) < 9000:
        same = changed.year == int(year[0])
        return changed if same else datetime(int(year[0]), 1, 1, tzinfo=UTC)
    return changed


def _lyrics(tagged: str, audio: Path, folder: Folder) -> tuple[str, str]:
    """Return the timed lyrics as LRC, and the plain lyrics; empty if there are none."""
    stamped, plain = "", ""
    texts = [tagged, *(_text_beside(folder, audio, suffix) for suffix in (".lrc", ".txt"))]
    for text in texts:
        if not text.strip():
            continue
        lrc = read_lrc(text)
        stamped = stamped or (text if lrc.lines else "")
        plain = plain or lrc.text.strip("\n")
    return stamped, plain


def _text_beside(folder: Folder, audio: Path, suffix: str) -> str:
    file = folder.find(audio.stem + suffix)
    if file is None or file.is_symlink():
        return ""
    try:
        data = read_file(file, most=MOST_TEXT)
        text = data.decode("utf-16") if is_utf16(data) else decode(data)
    except NotText:
        text = data.decode("cp1252", "replace")
    except (OSError, UnicodeDecodeError):
        return ""
    return text.replace("\r\n", "\n").replace("\0", "")


def _own_table(audio: Path, folder: Folder) -> dict[str, Any]:
    """Return what a studio's track file tells, if there is one next to audio elsewhere."""
    file = folder.find(f"{audio.stem}.toml")
    if file is None or file.is_symlink():
        return {}
    with contextlib.suppress(OSError):
        table = salvage(read_file(file, most=MOST_TOML))
        if {"title", "id", "song"} & set(table):
            return {name: value for name, value in table.items() if name not in _MEASURED}
    return {}


_MEASURED = ("sha256", "audio_size", "duration", "imported", "source")


def _cover(audio: Path, folder: Folder, survey: Survey) -> Path | None:
    """Return the picture next to an audio file: its own, else the folder's if no tag has one."""
    names = [audio.stem + suffix for suffix in COVERS]
    if not survey.cover:
        names += [name + suffix for name in _COVER_NAMES for suffix in COVERS]
    files = (folder.find(name) for name in names)
    return next((file for file in files if file is not None and not file.is_symlink()), None)


class Folders:
    """The folders of an import, each read once; only the last few are remembered."""

    def __init__(self, most: int = 50) -> None:
        self._known: dict[Path, Folder] = {}
        self._above: Folder | None = None
        self._most = most

    def of(self, audio: Path) -> Folder:
        """Return the folder of an audio file."""
        path = audio.parent
        if path not in self._known:
            while len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            if self._above is None or self._above.path != path.parent:
                self._above = Folder(path.parent)
            self._known[path] = Folder(path, self._above)
        return self._known[path]

"""Decide what an import would do, without writing anything."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from suno_tui.common.safe_files import open_file
from suno_tui.library.importing.facts import Folder, Folders, Known, know
from suno_tui.library.importing.sources import Found, How
from suno_tui.library.index import LIBRARY, TRASH, Index
from suno_tui.library.track import identify, is_id
from suno_tui.library.track_files import beside
from suno_tui.media.errors import BadAudio
from suno_tui.media.files import Survey, survey
from suno_tui.media.limits import LARGEST

Record = Mapping[str, Any]
"""What the queue knows of a take, by the keys of a track file; `id` is the track's."""

Progress = Callable[[int, int], None]
"""Called with the number of files that are done, and the number of all."""

_SAME = 0.5
"""Seconds by which the lengths of two files of one take may differ, as with other tags."""
_SPARE = 100 << 20
"""Bytes that must stay free on the disk."""
_LITTLE = 20_000
"""Bytes of a track file and what the disk adds to it, at most."""


class State(StrEnum):
    """What an import does with a file."""

    NEW = "new"
    THERE = "there"
    """The library has it already."""
    REFUSED = "refused"
    """It isn't audio, or can't be read or imported in this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One audio file of an import, and what is done with it."""

    source: Path
    state: State
    why: str = ""
    """Why it is not imported, or what is damaged in it."""
    size: int = 0
    changed: int = 0
    """Its time of change in nanoseconds."""
    sha256: str = ""
    suffix: str = ""
    track_id: str = ""
    """The id that its track gets, or has in the library."""
    known: Known | None = None
    cover: int = 0
    """Bytes of the picture in its tags; 0 if there is none."""

    @property
    def title(self) -> str:
        return str(self.known.table.get("title", "")) if self.known else ""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object for scripts (`docs/cli.md`)."""
        duration = self.known.table["duration"] if self.known else None
        return {
            "source": os.fsencode(self.source).decode("utf-8", "replace"),
            "state": self.state.value,
            "why": self.why or None,
            "id": self.track_id or None,
            "title": self.title or None,
            "duration": duration,
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an import would do."""

    how: How
    given: Sequence[Path]
    candidates: Sequence[Candidate] = field(repr=False)
    links: int
    """Number of links in folders; they are not followed."""
    needed: int
    """Bytes that the import takes on the disk of the library."""
    free: int
    """Bytes that are free there."""

    def of(self, state: State) -> list[Candidate]:
        """Return the files in that state."""
        return [one for one in self.candidates if one.state is state]

    @property
    def fits(self) -> bool:
        """Whether the disk has room for the import."""
        return not self.needed or self.needed + _SPARE <= self.free


def make_plan(
    index: Index,
    found: Found,
    how: How,
    given: Sequence[Path],
    progress: Progress,
    stop: Callable[[], bool],
    records: Iterable[Record] = (),
) -> Plan:
    """Examine every file that was found. Raises `CantRead`.

    If `stop()` is true, returns early, with the files examined so far.
    """
    library = index.places[LIBRARY]
    there = _Known(index, {record["id"]: record for record in records})
    folders = Folders()
    candidates = [
        Candidate(source=path, state=State.REFUSED, why=why) for path, why in found.refused
    ]
    count = len(found.audio)

    def skip(path: Path) -> bool:
        return how in (How.IN_PLACE, How.MOVE) and bool(there.by_audio(path))

    for number, (path, read) in enumerate(_read_ahead(found.audio, skip), 1):
        if stop():
            break
        candidates.append(_examine(path, read, how, there, folders))
        progress(number, count)
    return Plan(
        how=how,
        given=given,
        candidates=candidates,
        links=found.links,
        needed=_needed_bytes(candidates, how, library),
        free=_free_bytes(library),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    size: int
    changed: int
    sha256: str


def _read_ahead(
    paths: Iterable[Path], skip: Callable[[Path], bool]
) -> Iterator[tuple[Path, _Read | str | None]]:
    """Yield each file with its SHA-256, why it can't be read, or None for one that is skipped.

    Another thread reads the next files meanwhile.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
        waiting: list[tuple[Path, Any]] = []
        try:
            for path in paths:
                read = _skip_reading if skip(path) else _digest
                waiting.append((path, pool.submit(read, path)))
                if len(waiting) > 8:
                    first, future = waiting.pop(0)
                    yield first, future.result()
            for path, future in waiting:
                yield path, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _skip_reading(path: Path) -> None:
    return None


def _digest(path: Path) -> _Read | str:
    try:
        with open_file(path) as file:
            status = os.fstat(file.fileno())
            if status.st_size > LARGEST:
                return f"it has {status.st_size:,} bytes; at most {LARGEST:,} are read"
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _Read(status.st_size, status.st_mtime_ns, digest)
    except OSError as error:
        return f"it can't be read ({error.strerror})"


def _examine(
    path: Path, read: _Read | str | None, how: How, there: _Known, folders: Folders
) -> Candidate:
    def made(state: State, why: str = "", **facts: Any) -> Candidate:
        if isinstance(read, _Read):
            facts |= {"size": read.size, "changed": read.changed, "sha256": read.sha256}
        return Candidate(source=path, state=state, why=why, **facts)

    if read is None:
        track_id = there.by_audio(path)
        return made(State.THERE, "it is in the library already", track_id=track_id)
    if isinstance(read, str):
        return made(State.REFUSED, read)
    if how is How.LINK and _disk(path) != there.disk:
        return made(State.REFUSED, "it is on another disk, so it can't be linked. Copy or move it")
    if how is How.IN_PLACE and (why := _stem_is_taken(path, folders.of(path))):
        return made(State.REFUSED, why)
    if (same := there.by_content(read.size, read.sha256)) is not None:
        return made(State.THERE, same.why, track_id=same.track_id)
    try:
        found = survey(path)
    except BadAudio as error:
        return made(State.REFUSED, error.why)
    except OSError as error:
        return made(State.REFUSED, f"it can't be read ({error.strerror})")
    changed = datetime.fromtimestamp(read.changed // 10**9, UTC)
    known = know(path, found, folders.of(path), changed)
    track_id, same = there.identify(known, found, read.sha256)
    if same is not None:
        return made(State.THERE, same.why, track_id=same.track_id)
    if known.own and (record := there.records.get(track_id)):
        # Its track file was lost: the queue knows more about it than the tags.
        facts = {name: value for name, value in record.items() if value not in (None, "")}
        known = replace(known, table=facts | known.table)
    new = made(
        State.NEW,
        found.trouble,
        suffix=found.suffix,
        track_id=track_id,
        known=known,
        cover=found.cover,
    )
    there.add(new)
    return new


def _stem_is_taken(path: Path, folder: Folder) -> str:
    """Return why audio in the library can't get its own track file; empty if it can."""
    try:
        names = folder.beside(path)
    except OSError as error:
        return f"its folder can't be read ({error.strerror})"
    if f"{path.stem}.toml" in names:
        return "its text file is damaged: `suno-tui library repair` rebuilds it"
    audio, _ = beside(path.stem, names)
    if audio is not None and audio != path.name:
        return f"{audio} beside it has the same name. Rename one of them"
    return ""


@dataclass(frozen=True, slots=True)
class _Duplicate:
    track_id: str
    why: str


class _Known:
    """What the library has, and what this import has found so far."""

    def __init__(self, index: Index, records: Mapping[str, Record]) -> None:
        self.records = records
        """What the queue knows of takes, by the ids of their tracks."""
        self.disk = _disk(index.places[LIBRARY])
        self._ids: dict[str, str] = {}
        self._by_digest: dict[str, _Duplicate] = {}
        self._unknown: dict[int, list[tuple[str, Path]]] = {}
        self._audio: dict[Path, str] = {}
        self._takes: dict[tuple[str, str, str], list[tuple[int, float, _Duplicate]]] = {}
        """Takes with their lengths in seconds, by provider, task and suffix."""
        for held in index.holdings():
            file = index.places[held.place] / held.path
            audio = file.with_name(held.audio)
            why = "it is in the trash: restore it" if held.place == TRASH else "the library has it"
            self._ids[held.id] = why
            self._audio[audio] = held.id
            if held.sha256:
                self._by_digest[held.sha256] = _Duplicate(held.id, why)
            else:
                self._unknown.setdefault(held.audio_size, []).append((held.id, audio))
            if held.task_id:
                key = (held.provider, held.task_id, audio.suffix.lower())
                take = (held.take, held.duration, _Duplicate(held.id, why))
                self._takes.setdefault(key, []).append(take)

    def by_audio(self, path: Path) -> str:
        """Return the id of the track with this audio file; empty if there is none."""
        return self._audio.get(path, "")

    def by_content(self, size: int, sha256: str) -> _Duplicate | None:
        """Return the track or file with the same bytes; None if there is none."""
        for track_id, audio in self._unknown.pop(size, ()):
            # A track file that was written by hand has no hash of its audio.
            if isinstance(read := _digest(audio), _Read):
                why = self._ids[track_id]
                self._by_digest.setdefault(read.sha256, _Duplicate(track_id, why))
        if same := self._by_digest.get(sha256):
            return same
        track_id = identify("", sha256, 1)
        # It may have been imported before, and its tags have changed since.
        return _Duplicate(track_id, self._ids[track_id]) if track_id in self._ids else None

    def identify(self, known: Known, found: Survey, sha256: str) -> tuple[str, _Duplicate | None]:
        """Return an id for a file, and the track with the same recording but other tags, if any."""
        table = known.table
        take = table.get("take", 1)
        for number, duration, same in self._takes.get(self._key(known, found.suffix), ()):
            if number == take and abs(duration - found.duration) < _SAME:
                return same.track_id, same
        if known.own:
            provider, task_id = table.get("provider", ""), table.get("task_id", "")
            given = table.get("id")
            own = str(given) if is_id(given) else identify(provider, task_id, take)
            if own not in self._ids:
                return own, None
            if not task_id:
                return own, _Duplicate(own, self._ids[own])
        return identify("", sha256, 1), None

    def _key(self, known: Known, suffix: str) -> tuple[str, str, str]:
        return known.table.get("provider", ""), known.table.get("task_id", ""), suffix

    def add(self, one: Candidate) -> None:
        """Remember a file of this import, to find later files with the same bytes."""
        same = _Duplicate(one.track_id, f"it is the same as {one.source.name}")
        self._ids[one.track_id] = same.why
        self._by_digest[one.sha256] = same
        if one.known is not None and one.known.table.get("task_id"):
            table = one.known.table
            take = (table.get("take", 1), table["duration"], same)
            self._takes.setdefault(self._key(one.known, one.suffix), []).append(take)


def _needed_bytes(candidates: Iterable[Candidate], how: How, library: Path) -> int:
    new = [one for one in candidates if one.state is State.NEW]
    texts = sum(_LITTLE + one.cover for one in new)
    if how is How.IN_PLACE:
        return texts
    disk = _disk(library)
    copied = (one.size for one in new if how is How.COPY or _disk(one.source) != disk)
    return texts + sum(copied)


def _nearest_existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _disk(path: Path) -> int:
    try:
        return _nearest_existing(path).stat().st_dev
    except OSError:
        return 0


def _free_bytes(library: Path) -> int:
    import shutil

    return shutil.disk_usage(_nearest_existing(library)).free

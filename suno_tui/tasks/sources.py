"""The tracks that songs carry on from, found in the library when a song is queued and sent."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.text import clean
from suno_tui.library.errors import UnknownTrack
from suno_tui.providers.capabilities import Model
from suno_tui.providers.song import Problem, Song
from suno_tui.providers.source import KINDS, Made, Source, SourceTrouble, unfit
from suno_tui.tasks.models import Task
from suno_tui.tasks.row_mapping import read_tasks

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.tasks.store import TaskStore

_MARGIN = 24 * 3600
"""Seconds: if the provider's own copy expires sooner than this, the track is uploaded instead."""
_OR_CANCEL = "or cancel the task."


class Mark(NamedTuple):
    """Shows whether an audio file is still the one that a song was queued for."""

    size: int
    changed: int
    """The file's modification time, in nanoseconds."""

    def __str__(self) -> str:
        return f"{self.size} {self.changed}"


def mark_of(track: Track) -> Mark:
    """Return the mark of a track's audio. Raises `OSError`."""
    found = track.audio.stat()
    return Mark(found.st_size, found.st_mtime_ns)


def source_problems(library: Library, model: Model, song: Song) -> list[Problem]:
    """Return why a model can't take the track that a song carries on from, as the library has it.

    `Song.problems` finds the problems that the song alone shows.
    """
    data = model.ways.get(song.way or "")
    if song.way is None or data is None or not song.source_track:
        return []
    track = library.known(song.source_track)
    if track is None:
        if not library.complete:
            return []  # the track may not have been read yet
        return [Problem("source_track", "it is not in the library any more")]
    if wrong := _unsendable(track):
        return [Problem("source_track", wrong)]
    try:
        size = mark_of(track).size
    except OSError:
        return [Problem("source_track", f"its audio is missing: {track.audio}")]
    span = song.span_start, song.span_end
    found = unfit(song.way, data, *span, track.duration, size)
    return [Problem(*found)] if found else []


def marks_of(library: Library, songs: Iterable[Song]) -> dict[str, str]:
    """Return the current marks of the audio that songs carry on from, by track id.

    Raises `UnknownTrack`, and `SourceTrouble` if the audio of one is missing.
    """
    marks = {}
    for track_id in {song.source_track for song in songs if song.way and song.source_track}:
        track = library.get(track_id)
        try:
            marks[track_id] = str(mark_of(track))
        except OSError as error:
            raise SourceTrouble(f"{track.audio} can't be read: {error.strerror}.") from error
    return marks


def find_source(library: Library, store: TaskStore, task: Task) -> Source:
    """Return the track that a task's song carries on from, as its file is now.

    The whole file is read, which takes a moment. Raises `SourceTrouble` if it is gone or changed.
    """
    track = _find(library, task.song.source_track or "")
    if wrong := _unsendable(track):
        raise SourceTrouble(f"{_name(track)}: {wrong}. Cancel the task.")
    try:
        with track.audio.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        mark = mark_of(track)
    except OSError as error:
        why = f"{track.audio} can't be read: {error.strerror}. Bring it back, {_OR_CANCEL}"
        raise SourceTrouble(why) from error
    if task.source_mark not in ("", str(mark)) and digest != track.sha256:
        raise SourceTrouble(
            f"{track.audio} has changed since the song was queued. Put the old file back, or "
            "cancel the task and carry on from the new one."
        )
    made = _made(store, task, track)
    return Source(track.audio, track.duration, mark.size, digest, made)


def fitting(source: Source, model: Model, song: Song) -> Source:
    """Return the source if a model takes it. Raises `SourceTrouble`."""
    way = song.way or ""
    data = model.ways.get(way)
    if data is None:
        raise SourceTrouble(f"{model.label} can't do this with a track any more. Cancel the task.")
    span = song.span_start, song.span_end
    if wrong := unfit(way, data, *span, source.seconds, source.size):
        raise SourceTrouble(f"{Problem(*wrong)}. Cancel the task.")
    return source


def _find(library: Library, track_id: str) -> Track:
    for again in (False, True):
        if again:  # it may have been moved while the library was not watched
            library.refresh()
        try:
            track = library.get(track_id)
        except UnknownTrack:
            continue
        if not library.still_here([track_id]):
            raise SourceTrouble(f"{_name(track)} is in the trash. Restore it, {_OR_CANCEL}")
        if again or track.audio.is_file():
            return track
    raise SourceTrouble(f"{track_id} is not in the library any more. Bring it back, {_OR_CANCEL}")


def _unsendable(track: Track) -> str:
    """Return why a track's audio can't be sent anywhere; empty if it can."""
    if track.kept or not track.duration:
        return "its audio was kept without being decoded, so it can't be sent"
    kind = track.audio.suffix.lower().removeprefix(".")
    return "" if kind in KINDS else f"its audio is of a kind that can't be sent ({kind})"


def _name(track: Track) -> str:
    return f"{clean(track.name)} {track.take}"


def _made(store: TaskStore, task: Task, track: Track) -> Made | None:
    """Return the ids of a track at the task's provider, if the same account made it there and the
    provider still has it."""
    where = "WHERE id IN (SELECT task FROM takes WHERE track_id = ?)"
    with store.read() as connection:
        tasks = read_tasks(connection, where, (track.id,))
    for other in tasks:
        same = (other.provider, other.base_url, other.account) == (
            task.provider,
            task.base_url,
            task.account,
        )
        if not same or not other.task_id or other.accepted_at is None:
            continue
        age = time.time() - other.accepted_at.timestamp()
        if other.url_life is not None and age > other.url_life - _MARGIN:
            continue
        take = next((take for take in other.takes if take.track_id == track.id), None)
        own_id = take.facts.get("id") if take else None
        if isinstance(own_id, str) and own_id:
            return Made(other.task_id, own_id, other.song.model)
    return None

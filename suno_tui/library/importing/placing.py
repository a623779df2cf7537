"""Put audio and its track file into the library.

The audio of each track is written first and the track file last, so that a track is in the library
whole or not at all. The source of a move is removed only after both are safe on disk; a copy is
synced before it gets its name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suno_tui.common.atomic_files import set_mode, sync_folder
from suno_tui.common.errors import HomeError, home_error
from suno_tui.library.filenames import file_name, spelt
from suno_tui.library.filing import read_cover, short_name
from suno_tui.library.importing.facts import Folder, Folders
from suno_tui.library.importing.journal import Entry, ImportJournal
from suno_tui.library.importing.plan import Candidate
from suno_tui.library.importing.sources import How
from suno_tui.library.index import LIBRARY, Index, TrackFileFacts
from suno_tui.library.track import Track, read_table, write_table
from suno_tui.library.track_files import free_stem, path_in, remove_empty
from suno_tui.library.track_reader import read_track_file
from suno_tui.media.files import embedded_cover
from suno_tui.media.kinds import sniff

MOST_LYRICS = 100_000
"""Characters of the longest lyrics; with more, the track file might be too large to be read."""
_MOST_TEXT = 5_000
_BATCH = 32
"""Tracks that are written to the journal with one sync."""
_BATCH_COVERS = 64 << 20
"""Bytes of covers that are in memory at the same time."""
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EACCES)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_ABSENT = ("style", "tags", "model", "provider", "task_id")
"""Keys that are left out of the track file if nothing is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a candidate: its track, or why it has none."""

    candidate: Candidate
    track: Track | None
    why: str = ""


class _Changed(Exception):
    """The source was changed after the plan was made."""


@dataclass(frozen=True, slots=True)
class _Placement:
    candidate: Candidate
    audio: Path
    """The target."""
    files: Mapping[Path, bytes]
    """What is written next to it, the track file last."""

    @property
    def text_file(self) -> Path:
        return list(self.files)[-1]


def part_of(audio: Path) -> Path:
    """Return the temporary name of a copy."""
    return audio.with_name(f".{audio.name}.part")


def batches(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Split the candidates into batches that are placed together."""
    batch: list[Candidate] = []
    weight = 0
    for candidate in candidates:
        if batch and (len(batch) >= _BATCH or weight + candidate.cover > _BATCH_COVERS):
            yield batch
            batch, weight = [], 0
        batch.append(candidate)
        weight += candidate.cover
    if batch:
        yield batch


def place(index: Index, journal: ImportJournal, batch: Iterable[Candidate]) -> list[Outcome]:
    """Place some tracks; the caller holds the library's lock. Raises `HomeError` and `CantRead`.

    A file that can't be read any more, or was changed since the plan was made, is left out. If the
    disk fills up, the tracks placed before are in the library.
    """
    root = index.places[LIBRARY]
    jobs: list[_Placement] = []
    outcomes: list[Outcome] = []
    taken: set[Path] = set()
    for candidate in batch:
        try:
            _check_source(candidate)
            jobs.append(_prepare(root, candidate, journal.how, taken))
        except (_Changed, OSError) as error:
            outcomes.append(Outcome(candidate, None, _reason(error)))
    journal.append(_entry(root, job) for job in jobs)
    seen: list[TrackFileFacts] = []
    done: list[_Placement] = []
    folders = Folders()  # lists a folder of ten thousand files once, not for each file
    try:
        for job in jobs:
            try:
                _place_track(root, job, journal.how)
            except (_Changed, OSError) as error:
                if isinstance(error, OSError) and error.errno in _FULL:
                    raise home_error(root, error) from error
                outcomes.append(Outcome(job.candidate, None, _reason(error)))
                continue
            done.append(job)
            names = _names_beside(job, folders.of(job.audio))
            facts = read_track_file(LIBRARY, root, path_in(root, job.text_file), names)
            if facts is None or facts.track is None:
                why = facts.trouble if facts else "its text file was removed"
                outcomes.append(Outcome(job.candidate, None, why))
            else:
                seen.append(facts)
                outcomes.append(Outcome(job.candidate, facts.track))
    finally:
        # Even if the disk is full, index the placed tracks and remove the sources of moves.
        index.put(seen)
        if journal.how is How.MOVE:
            finish_moves(root, [(job.candidate.source, job.audio) for job in done])
    return outcomes


def _names_beside(job: _Placement, folder: Folder) -> set[str] | None:
    """Return the file names with a placed track's stem; None if its folder can't be read."""
    try:
        there = folder.beside(job.audio)
    except OSError:
        return None
    return {*there, job.audio.name, *(file.name for file in job.files)}


def finish_moves(root: Path, moves: Iterable[tuple[Path, Path]]) -> None:
    """Sync the folders of moved tracks, then remove the sources of those in the library."""
    moves = list(moves)
    folders = {folder for _, audio in moves for folder in (audio.parent, *audio.parent.parents)}
    for folder in sorted(folders, reverse=True):
        if folder == root or root in folder.parents:
            with contextlib.suppress(OSError):
                sync_folder(folder)
    for source, audio in moves:
        with contextlib.suppress(OSError):
            if source != audio and same_file(source, audio):
                source.unlink()


def same_file(source: Path, audio: Path) -> bool:
    """Return whether both are one file, or alike in size and time of change. Raises `OSError`."""
    one, other = source.lstat(), audio.lstat()
    if (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino):
        return True
    return one.st_size == other.st_size and _same_time(one.st_mtime_ns, other.st_mtime_ns)


def _same_time(one: int, other: int) -> bool:
    return abs(one - other) <= 2_000_000_000  # FAT knows only even seconds


def is_unchanged(path: Path, size: int, changed: int) -> bool:
    """Return whether a file still has this size and time of change (ns)."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return status.st_size == size and _same_time(status.st_mtime_ns, changed)


def _check_source(candidate: Candidate) -> None:
    status = candidate.source.lstat()
    if (status.st_size, status.st_mtime_ns) != (candidate.size, candidate.changed):
        raise _Changed("it was changed meanwhile. Import it again")


def _prepare(root: Path, candidate: Candidate, how: How, taken: set[Path]) -> _Placement:
    """Decide where a track goes, and build the contents of its files."""
    assert candidate.known is not None
    cover, covered = _cover(candidate)
    table = dict(candidate.known.table)
    track = read_table(
        {name: _clean(value, name) for name, value in table.items()}
        | {
            "id": candidate.track_id,
            "sha256": candidate.sha256,
            "imported": datetime.now(UTC).replace(microsecond=0),
            "source": _clean(spelt(str(candidate.source)), "source"),
        },
        file=root,
        audio=root,
        cover=None,
    )
    if how is How.IN_PLACE:
        audio = candidate.source
    else:
        name = file_name(track.name)
        month = root / track.created_at.strftime("%Y/%m")
        folder = month / f"{name}-{short_name('', track.id)}"
        stem = free_stem(folder, f"{name}-{track.take}")
        while (audio := folder / f"{stem}{candidate.suffix}") in taken:
            stem = f"{stem}-2"
        taken.add(audio)
    files: dict[Path, bytes] = {}
    if cover and not (how is How.IN_PLACE and covered == audio.with_suffix(covered.suffix)):
        picture = audio.with_suffix(sniff(cover[:64]) or ".jpg")
        if not os.path.lexists(picture):
            files[picture] = cover
    lrc = audio.with_suffix(".lrc")
    if candidate.known.lrc and not os.path.lexists(lrc):
        files[lrc] = candidate.known.lrc.encode("utf-8", "replace")
    files[audio.with_suffix(".toml")] = _text_file(track, table, candidate.size)
    return _Placement(candidate, audio, files)


def _cover(candidate: Candidate) -> tuple[bytes, Path]:
    known = candidate.known
    if known is not None and known.cover is not None:
        return read_cover(known.cover) or b"", known.cover
    return (embedded_cover(candidate.source) if candidate.cover else b""), Path()


def _text_file(track: Track, table: Mapping[str, Any], size: int) -> bytes:
    import tomli_w

    written = {
        name: value
        for name, value in write_table(track).items()
        if value is not None and (value or name not in _ABSENT)
    }
    song = written.pop("song", None)
    written["audio_size"] = size
    # Keys that another version of the studio wrote.
    written |= {name: _clean(value, name) for name, value in table.items() if name not in written}
    if song is not None:
        written.pop("song", None)
        written["song"] = {name: value for name, value in song.items() if value is not None}
    written = {name: value for name, value in written.items() if value is not None}
    return tomli_w.dumps(written, multiline_strings=True).encode()


def _clean(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return text[: MOST_LYRICS if name == "lyrics" else _MOST_TEXT]


def _entry(root: Path, job: _Placement) -> Entry:
    candidate = job.candidate
    return Entry(
        source=str(candidate.source),
        audio=path_in(root, job.audio),
        made={
            path_in(root, path): hashlib.sha256(data).hexdigest()
            for path, data in job.files.items()
        },
        track=candidate.track_id,
        size=candidate.size,
        changed=candidate.changed,
        sha256=candidate.sha256,
    )


def _place_track(root: Path, job: _Placement, how: How) -> None:
    """Place one track, or nothing of it. Raises `OSError`, `_Changed`."""
    source = job.candidate.source
    made: list[Path] = []
    try:
        if how is not How.IN_PLACE:
            _make_folders(job.audio.parent)
            if how is How.COPY or not _link(source, job.audio, may_copy=how is How.MOVE):
                made.append(part_of(job.audio))
                _copy(job)
            made.append(job.audio)
        for path, data in job.files.items():
            made.append(part_of(path))
            _write(part_of(path), data, sync=path == job.text_file)
            part_of(path).rename(path)
            made.append(path)
    except BaseException:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.unlink()
        remove_empty(job.audio.parent, root)
        raise


def _write(path: Path, data: bytes, *, sync: bool) -> None:
    with path.open("wb") as file:
        set_mode(path)
        file.write(data)
        file.flush()
        if sync:
            os.fsync(file.fileno())


def _make_folders(folder: Path) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)


def _link(source: Path, target: Path, *, may_copy: bool) -> bool:
    """Give the audio a second name; return False if the disk can't and `may_copy` is set."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if may_copy and error.errno in _NO_LINK:
            return False
        raise
    return True


def _copy(job: _Placement) -> None:
    candidate = job.candidate
    part = part_of(job.audio)
    shutil.copyfile(candidate.source, part)
    _check_source(candidate)
    keep_time_and_sync(part, candidate.changed)
    part.rename(job.audio)


def keep_time_and_sync(path: Path, changed: int) -> None:
    """Give a copy its original's time of change (ns), and make it safe on disk."""
    os.utime(path, ns=(changed, changed))
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _reason(error: Exception) -> str:
    if isinstance(error, HomeError):
        return str(error)
    return f"it can't be read ({error.strerror})" if isinstance(error, OSError) else str(error)

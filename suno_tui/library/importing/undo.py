"""Undo an import, and finish one that a crash interrupted.

Both compare the journal with what is on disk. They may be interrupted and run again: a step that
is done already is skipped, and a file that was changed since stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.atomic_files import sync_folder
from suno_tui.library.importing.journal import Entry, ImportJournal
from suno_tui.library.importing.placing import (
    finish_moves,
    is_unchanged,
    keep_time_and_sync,
    part_of,
    same_file,
)
from suno_tui.library.importing.sources import How
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.track_files import path_in, remove_empty


class Left(NamedTuple):
    """A track that an undo left in the library, and why."""

    file: Path
    why: str


class _NotUndone(Exception):
    """The track stays in the library, for the reason in the message."""


def undo_entries(index: Index, how: How, entries: Iterable[Entry]) -> tuple[int, list[Left]]:
    """Remove imported tracks from the library; return how many, and the tracks that stay.

    The caller holds the library's lock.
    """
    count, left, gone = 0, [], []
    for entry in entries:
        place, text_file, audio = _current_place(index, entry)
        try:
            if _undo(index.places[place], how, entry, text_file, audio):
                count += 1
        except _NotUndone as stays:
            left.append(Left(audio, str(stays)))
        except OSError as error:
            left.append(Left(audio, f"{error.strerror}: {error.filename}"))
        else:
            gone.append((place, path_in(index.places[place], text_file)))
    index.put([], gone=gone)
    return count, left


def _current_place(index: Index, entry: Entry) -> tuple[int, Path, Path]:
    """Return where a track is now: the user may have moved or deleted it."""
    root = index.places[LIBRARY]
    for place, track in index.find("id = ?", entry.track):
        if track.file.exists() and track.audio.exists():
            return place, track.file, track.audio
    return LIBRARY, root / entry.text_file, root / entry.audio


def _undo(root: Path, how: How, entry: Entry, text_file: Path, audio: Path) -> bool:
    """Undo one entry; return False if nothing is left to undo. Raises `_NotUndone`, `OSError`."""
    source = Path(entry.source)
    made = _written_files(root, entry, text_file)
    if text_file.exists() and not _has_digest(text_file, entry.made[entry.text_file]):
        raise _NotUndone("it was changed since, so it stays")
    there = os.path.lexists(audio)
    if not there and not any(map(os.path.lexists, made)):
        return False
    if how is not How.IN_PLACE and there:
        if not is_unchanged(audio, entry.size, entry.changed):
            raise _NotUndone("its audio was changed since, so it stays")
        if how is How.MOVE:
            _give_back(audio, source, entry)
        elif not is_unchanged(source, entry.size, entry.changed):
            raise _NotUndone(f"{source} is gone or was changed, so this one stays")
        # Remove the track file first: without it, the audio is no track.
        _remove(made)
        audio.unlink()
    else:
        _remove(made)
    remove_empty(text_file.parent, root)
    return True


def _written_files(root: Path, entry: Entry, text_file: Path) -> list[Path]:
    """Return the files that the import wrote, wherever they are now, the track file first."""
    files = []
    for name, digest in reversed(list(entry.made.items())):
        file = text_file.with_name(text_file.stem + Path(name).suffix)
        if _has_digest(file, digest):
            files.append(file)
    return files


def _has_digest(file: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _give_back(audio: Path, source: Path, entry: Entry) -> None:
    """Put moved audio back under its old name. Raises `_NotUndone`, `OSError`."""
    if os.path.lexists(source):
        if not same_file(source, audio):
            raise _NotUndone(f"another file is at {source} now, so this one stays")
        return
    source.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(audio, source, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        part = part_of(source)
        shutil.copy2(audio, part)
        keep_time_and_sync(part, entry.changed)
        part.rename(source)
    sync_folder(source.parent)


def finish(index: Index, journal: ImportJournal) -> None:
    """Finish an interrupted import: complete the moves of whole tracks, and remove incomplete ones.

    The sources of incomplete tracks are where they were.
    """
    root = index.places[LIBRARY]
    whole: list[tuple[Path, Path]] = []
    for entry in journal.entries:
        audio, source = root / entry.audio, Path(entry.source)
        if (root / entry.text_file).exists():
            if journal.how is How.MOVE and audio.exists():
                whole.append((source, audio))
            continue
        parts = [part_of(root / name) for name in (entry.audio, *entry.made)]
        if journal.how is not How.IN_PLACE and is_unchanged(source, entry.size, entry.changed):
            if is_unchanged(audio, entry.size, entry.changed):
                parts.append(audio)
            parts += _written_files(root, entry, root / entry.text_file)
        for part in parts:
            with contextlib.suppress(OSError):
                part.unlink()
        if journal.how is not How.IN_PLACE:
            remove_empty(audio.parent, root)
    finish_moves(root, whole)

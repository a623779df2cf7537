"""The journal of an import: what is done with each file, written to disk before it is done.

A journal is a file of JSON Lines: a head, a line for each track, and how the import ended. Undo
reads it, and so does the next import after a crash.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suno_tui.common.atomic_files import make_folder, sync_folder
from suno_tui.common.errors import StudioError, home_error
from suno_tui.common.safe_files import read_file
from suno_tui.library.importing.sources import How

_MOST = 1 << 30
"""Bytes of the largest journal that is read."""


class UnknownImport(StudioError):
    """No import has that id, or there is none to undo."""

    title = "There is no such import"
    code = "unknown_import"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What is done with one file. Paths in the library are relative to it."""

    source: str
    audio: str
    """Where the audio is, in the library."""
    made: Mapping[str, str]
    """The other files that are written, with their SHA-256; the track file is the last."""
    track: str
    size: int
    changed: int
    """The source's time of change in nanoseconds; its copy gets the same."""
    sha256: str

    @property
    def text_file(self) -> str:
        return list(self.made)[-1]


@dataclass
class ImportJournal:
    """The record of one import on disk, by which it can be finished or undone."""

    file: Path
    how: How
    given: Sequence[str]
    entries: list[Entry] = field(default_factory=list)
    ended: bool = False
    """Whether the import ran to its end, or was finished after a crash."""
    undone: bool = False

    @property
    def id(self) -> str:
        return self.file.stem

    def begin(self) -> None:
        """Write the head. Raises `HomeError`."""
        make_folder(self.file.parent)
        self._write([{"import": self.id, "how": self.how.value, "given": list(self.given)}])
        sync_folder(self.file.parent)

    def append(self, entries: Iterable[Entry]) -> None:
        """Write what will be done next; it is on disk when this returns. Raises `HomeError`."""
        entries = list(entries)
        self._write([asdict(entry) for entry in entries])
        self.entries += entries

    def end(self, *, undone: bool = False) -> None:
        """Note that it has ended, or was undone. Raises `HomeError`."""
        self._write([{"undone": True} if undone else {"ended": True}])
        self.ended, self.undone = True, undone

    def _write(self, lines: Iterable[Mapping[str, Any]]) -> None:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        try:
            # A line that a crash cut short must not swallow the next one.
            with self.file.open("ab") as file:
                if file.tell() and not _ends_with_line(self.file):
                    file.write(b"\n")
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise home_error(self.file, error) from error


def new_journal(folder: Path, how: How, given: Sequence[Path]) -> ImportJournal:
    """Return the journal of a new import; nothing is written yet.

    Names sort by time, also within a second, since the last import is undone first.
    """
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    return ImportJournal(folder / f"{name}.jsonl", how, [str(path) for path in given])


def read_journals(folder: Path) -> list[ImportJournal]:
    """Return all imports, the oldest first. Raises `HomeError`."""
    files = sorted(folder.glob("*.jsonl"))
    return [journal for file in files if (journal := read_journal(file)) is not None]


def read_journal(file: Path) -> ImportJournal | None:
    """Return an import; None if the file isn't a journal. Raises `HomeError`.

    Lines that a crash cut short are ignored: what they announce was not begun.
    """
    try:
        data = read_file(file, most=_MOST)
    except OSError as error:
        raise home_error(file, error) from error
    journal: ImportJournal | None = None
    for line in data.splitlines():
        try:
            table = json.loads(line)
            if journal is None:
                journal = ImportJournal(file, How(table["how"]), list(map(str, table["given"])))
            elif "audio" in table:
                journal.entries.append(Entry(**table))
                journal.ended = journal.undone = False
            else:
                journal.ended, journal.undone = True, "undone" in table
        except (ValueError, KeyError, TypeError):
            if journal is None:
                return None
    return journal


def _ends_with_line(file: Path) -> bool:
    with file.open("rb") as read:
        read.seek(-1, os.SEEK_END)
        return read.read(1) == b"\n"

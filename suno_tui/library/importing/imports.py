"""The interface to imports for the rest of the program."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from suno_tui.common.errors import HomeError, StudioError
from suno_tui.common.locks import Lock
from suno_tui.library.change_lock import ChangeLock
from suno_tui.library.importing.journal import (
    ImportJournal,
    UnknownImport,
    new_journal,
    read_journal,
    read_journals,
)
from suno_tui.library.importing.placing import Outcome, batches, place
from suno_tui.library.importing.plan import Plan, Progress, Record, State, make_plan
from suno_tui.library.importing.sources import How, find_audio
from suno_tui.library.importing.undo import Left, finish, undo_entries
from suno_tui.library.index import Index
from suno_tui.library.index_sync import IndexSync
from suno_tui.library.undo import Action, CantUndo, History, UndoTarget

_UNDONE_AT_ONCE = 100
"""Tracks that an undo removes each time it holds the library's lock."""

Stop = Callable[[], bool]


class ImportRuns(StudioError):
    """Another import is running; two at once could file the same audio twice."""

    title = "An import is running already"
    code = "import_runs"
    exit_code = 4


@dataclass
class Result:
    """What an import has done. `id` names it for `Imports.undo`; empty if there was nothing new."""

    id: str
    imported: int = 0
    failed: list[Outcome] = field(default_factory=list)


@dataclass
class Undone:
    """What an undo has done: how many tracks left the library, and which ones stay in it."""

    id: str
    count: int = 0
    left: list[Left] = field(default_factory=list)


class Imports:
    """Takes audio into a library. Any thread may use it; one import runs at a time."""

    def __init__(
        self, folder: Path, index: Index, sync: IndexSync, lock: ChangeLock, history: History
    ) -> None:
        self._folder = folder
        self._index = index
        self._sync = sync
        self.lock = lock
        self._history = history
        self.on_progress: Progress | None = None
        """Called with the progress of every import and undo, and at its end with 0 of 0."""
        self.should_stop: Stop | None = None
        """Asked by every import and undo whether to stop; what is done by then stays done."""

    def plan(
        self,
        given: Sequence[Path],
        how: How | None = None,
        *,
        progress: Progress = lambda done, count: None,
        stop: Stop = lambda: False,
        records: Iterable[Record] = (),
    ) -> Plan:
        """Read all audio among files and folders, and decide what is new. Writes nothing.

        `records` is what the queue knows of takes, in case one of them lost its track file.
        Without `how`, audio in the library's folder is imported in place and other audio copied.
        Raises `UsageError` for a path that can't be imported, and `CantRead`.
        """
        library, trash = self._index.places
        self._sync.complete()
        if how is None:
            inside = [path.resolve().is_relative_to(library.resolve()) for path in given]
            how = How.IN_PLACE if inside and all(inside) else How.COPY
        found = find_audio(given, how, library, (trash, self._folder), stop)
        return make_plan(self._index, found, how, given, progress, stop, records)

    def run(
        self,
        plan: Plan,
        *,
        progress: Progress = lambda done, count: None,
        stop: Stop = lambda: False,
        outcome: Callable[[Outcome], None] = lambda one: None,
    ) -> Result:
        """Import what is new in a plan, a batch at a time; `stop()` ends it after a batch.

        If a crash interrupted an import of the same paths, this continues it: both are undone as
        one. Raises `ImportRuns`, `CantRead` and `HomeError`, also if the disk has too little room
        for all of it. What was imported before an error stays in the library, and can be undone.
        """
        if not plan.fits:
            raise HomeError(
                f"{_megabytes(plan.needed)} MB are needed for that and {_megabytes(plan.free)} MB "
                "are free, so nothing was imported. Make room, import a part, or link it."
            )
        new = plan.of(State.NEW)
        with self._exclusively():
            journal = self._interrupted(plan) or new_journal(self._folder, plan.how, plan.given)
            before = len(journal.entries)
            result = Result(journal.id if new or before else "")
            if not new:
                return result
            if not journal.file.exists():
                journal.begin()
            try:
                self._report(progress, 0, len(new))
                for batch in batches(new):
                    if stop() or self._stopped:
                        break
                    with self.lock.held():
                        outcomes = place(self._index, journal, batch)
                    for one in outcomes:
                        if one.track is None:
                            result.failed.append(one)
                        else:
                            result.imported += 1
                        outcome(one)
                    self._report(progress, result.imported + len(result.failed), len(new))
            finally:
                self._report_end()
                if len(journal.entries) > before:
                    self._history.add(Imported(self, journal.id, result.imported))
                journal.end()  # last, since it fails if the disk is full
        return result

    def last(self) -> str:
        """Return the id of the last import that was not undone; empty if there is none."""
        ids = [one.id for one in read_journals(self._folder) if one.entries and not one.undone]
        return ids[-1] if ids else ""

    def undo(self, import_id: str = "", *, progress: Progress = lambda done, count: None) -> Undone:
        """Undo an import, or the last one that was not undone; an id may be shortened.

        Moved audio goes back; links and copies are removed, and so are the track files and covers
        that were written. A track that was changed since stays. Raises `UnknownImport`,
        `ImportRuns`, `HomeError`.
        """
        with self._exclusively():
            journal = self._find(import_id or self.last())
            self._sync.complete()
            done = Undone(journal.id)
            entries = journal.entries[::-1]
            try:
                for start in range(0, len(entries), _UNDONE_AT_ONCE):
                    self._report(progress, start, len(entries))
                    if self._stopped:
                        return done
                    some = entries[start : start + _UNDONE_AT_ONCE]
                    with self.lock.held():
                        count, left = undo_entries(self._index, journal.how, some)
                    done.count += count
                    done.left += left
                journal.end(undone=True)
            finally:
                self._report_end()
        return done

    def again(self, import_id: str) -> Result:
        """Run an undone import again. Raises what `plan` and `run` raise."""
        journal = self._find(import_id)
        return self.run(self.plan([Path(path) for path in journal.given], journal.how))

    @property
    def _stopped(self) -> bool:
        return self.should_stop is not None and self.should_stop()

    def _report(self, progress: Progress, done: int, count: int) -> None:
        progress(done, count)
        if self.on_progress is not None:
            self.on_progress(done, count)

    def _report_end(self) -> None:
        if self.on_progress is not None:
            self.on_progress(0, 0)

    def _find(self, beginning: str) -> ImportJournal:
        found = [file for file in self._folder.glob("*.jsonl") if file.stem.startswith(beginning)]
        journal = read_journal(found[0]) if beginning and len(found) == 1 else None
        if journal is None:
            known = ", ".join(one.id for one in read_journals(self._folder)[-5:])
            which = f"No single import has an id like {beginning!r}." if beginning else ""
            raise UnknownImport(
                f"{which} The last imports are {known}.".strip()
                if known
                else "Nothing was imported yet."
            )
        return journal

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        lock = Lock(self._folder / ".lock")
        if not lock.acquire():
            raise ImportRuns("Another import is running on this library. Wait until it has ended.")
        try:
            yield
        finally:
            lock.release()

    def _interrupted(self, plan: Plan) -> ImportJournal | None:
        """Finish imports that a crash interrupted; return the one that this plan continues."""
        same = None
        for journal in read_journals(self._folder):
            if journal.ended:
                continue
            with self.lock.held():
                finish(self._index, journal)
            if journal.how is plan.how and list(journal.given) == [str(p) for p in plan.given]:
                same = journal
            else:
                journal.end()
        return same


@dataclass(frozen=True)
class Imported:
    """An import, for the history of changes (an `Action`)."""

    imports: Imports
    id: str
    count: int

    @property
    def text(self) -> str:
        return "1 track imported" if self.count == 1 else f"{self.count} tracks imported"

    @property
    def undone(self) -> str:
        """The notice after it was undone."""
        tracks = "1 imported track" if self.count == 1 else f"{self.count} imported tracks"
        return f"{tracks} removed from the library again"

    def revert(self, library: UndoTarget) -> Action:
        with self.imports.lock.lent():  # the undo takes the lock for a part of the tracks at a time
            done = self.imports.undo(self.id)
        if done.left and not done.count:
            raise CantUndo(f"{done.left[0].file}: {done.left[0].why}.")
        return Withdrawn(self.imports, self.id, done.count)

    def needs(self, ids: set[str]) -> bool:
        return False


@dataclass(frozen=True)
class Withdrawn:
    """An import that was undone (an `Action`)."""

    imports: Imports
    id: str
    count: int

    @property
    def text(self) -> str:
        return Imported(self.imports, self.id, self.count).undone

    @property
    def undone(self) -> str:
        """The notice after it was imported again."""
        return Imported(self.imports, self.id, self.count).text

    def revert(self, library: UndoTarget) -> Action:
        with self.imports.lock.lent():
            result = self.imports.again(self.id)
        return Imported(self.imports, result.id, result.imported)

    def needs(self, ids: set[str]) -> bool:
        return False


def _megabytes(size: int) -> str:
    return f"{size >> 20:,}"

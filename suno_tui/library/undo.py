"""Changes that can be undone and redone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol

from suno_tui.common.errors import StudioError
from suno_tui.library.errors import UnknownTrack


class CantUndo(StudioError):
    """The file was changed by something else since; that change is kept."""

    title = "That can't be undone"
    code = "cant_undo"


class UndoTarget(Protocol):
    """What an action needs of the library."""

    def trash(self, ids: Iterable[str]) -> str: ...
    def restore(self, ids: Iterable[str]) -> object: ...
    def rewrite(self, track_id: str, old: bytes, new: bytes) -> bytes: ...
    def put_back(self, file: Path, old: bytes | None, new: bytes | None) -> None: ...


class Action(Protocol):
    """A change that was made; `text` describes it to the user."""

    @property
    def text(self) -> str: ...

    def revert(self, library: UndoTarget) -> Action:
        """Undo the change; return the change that undoing made, for a redo."""
        ...

    def needs(self, ids: set[str]) -> bool:
        """Return whether it can't be undone once these tracks are deleted for good."""
        ...


class Moved(NamedTuple):
    """Tracks were moved to the trash, or back from it."""

    ids: tuple[str, ...]
    trashed: bool

    @property
    def text(self) -> str:
        count = "1 track" if len(self.ids) == 1 else f"{len(self.ids)} tracks"
        return f"{count} to the trash" if self.trashed else f"{count} back from the trash"

    def revert(self, library: UndoTarget) -> Action:
        (library.restore if self.trashed else library.trash)(self.ids)
        return Moved(self.ids, not self.trashed)

    def needs(self, ids: set[str]) -> bool:
        return bool(ids & set(self.ids))


def reverted(action: Action) -> str:
    """Return the notice after a change was undone: `2 tracks restored`, else the change's text."""
    if isinstance(action, Moved):
        count = "1 track" if len(action.ids) == 1 else f"{len(action.ids)} tracks"
        return f"{count} restored" if action.trashed else f"{count} back in the trash"
    return str(getattr(action, "undone", action.text))


class Edited(NamedTuple):
    """A track file was changed; `before` and `after` are its bytes."""

    track_id: str
    name: str
    before: bytes
    after: bytes

    @property
    def text(self) -> str:
        return f"a change of {self.name}"

    def revert(self, library: UndoTarget) -> Action:
        now = library.rewrite(self.track_id, self.after, self.before)
        return Edited(self.track_id, self.name, self.after, now)

    def needs(self, ids: set[str]) -> bool:
        return self.track_id in ids


class FileChanged(NamedTuple):
    """A file of the library, such as a playlist, was written; None means that it doesn't exist."""

    file: Path
    what: str
    before: bytes | None
    after: bytes | None

    @property
    def text(self) -> str:
        return f"a change of {self.what}"

    def revert(self, library: UndoTarget) -> Action:
        library.put_back(self.file, self.after, self.before)
        return FileChanged(self.file, self.what, self.after, self.before)

    def needs(self, ids: set[str]) -> bool:
        return False


class Group(NamedTuple):
    """Several changes that the user made in one step; `text` describes them."""

    actions: tuple[Action, ...]
    text: str

    def revert(self, library: UndoTarget) -> Action:
        """Undo as many changes as possible. Raises `CantUndo` if some files were changed since."""
        back, refused = [], []
        for action in reversed(self.actions):
            try:
                back.append(_revert(action, library))
            except CantUndo as error:
                refused.append(str(error))
        if refused:
            more = f" The other {len(back)} changes were undone." if back else ""
            raise CantUndo(" ".join(refused[:3]) + more)
        return Group(tuple(back), self.text)

    def needs(self, ids: set[str]) -> bool:
        return any(action.needs(ids) for action in self.actions)


class History:
    """The changes that this process made, and those that it undid; only in memory."""

    def __init__(self) -> None:
        self._done: list[Action] = []
        self._undone: list[Action] = []

    def add(self, action: Action) -> None:
        """Add a change; changes that were undone before can't be redone any more."""
        self._done.append(action)
        self._undone.clear()

    @property
    def last(self) -> Action | None:
        """The last change that was not undone; None if there is none."""
        return self._done[-1] if self._done else None

    @contextmanager
    def together(self, text: str = "") -> Iterator[None]:
        """Join the changes that are added inside into one, described by `text`."""
        start = len(self._done)
        try:
            yield
        finally:
            made = tuple(self._done[start:])
            moved = [one.ids for one in made if isinstance(one, Moved) and one.trashed]
            if not text and len(made) > 1 and len(moved) == len(made):
                self._done[start:] = [Moved(tuple(chain.from_iterable(moved)), trashed=True)]
            elif len(made) > 1 or (made and text):
                self._done[start:] = [Group(made, text or f"{len(made)} changes")]

    def forget(self, ids: set[str]) -> None:
        """Drop changes of tracks that were deleted for good."""
        self._done = [action for action in self._done if not action.needs(ids)]
        self._undone = [action for action in self._undone if not action.needs(ids)]

    def undo(self, library: UndoTarget) -> Action | None:
        """Undo the last change; None if there is none."""
        return self._revert_last(self._done, self._undone, library)

    def redo(self, library: UndoTarget) -> Action | None:
        """Redo the change that was undone last; None if there is none."""
        return self._revert_last(self._undone, self._done, library)

    def _revert_last(
        self, source: list[Action], target: list[Action], library: UndoTarget
    ) -> Action | None:
        if not source:
            return None
        action = source[-1]
        done, undone = list(self._done), list(self._undone)
        try:
            back = _revert(action, library)
        except CantUndo:
            source.pop()  # this change can never be undone, but earlier ones can
            raise
        # Reverting added its own changes to the history.
        self._done[:], self._undone[:] = done, undone
        source.pop()
        target.append(back)
        return action


def _revert(action: Action, library: UndoTarget) -> Action:
    """Undo a change. Raises `CantUndo`, also if a track was removed since."""
    try:
        return action.revert(library)
    except UnknownTrack as error:
        raise CantUndo(str(error)) from error

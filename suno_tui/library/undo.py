"""Changes that can be taken back, and made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol

from suno_tui.common.errors import StudioError


class CantUndo(StudioError):
    """The file was changed since by somebody else; nothing of that is thrown away."""

    title = "That can't be undone"
    code = "cant_undo"


class UndoTarget(Protocol):
    """What an action needs of the library."""

    def trash(self, ids: Iterable[str]) -> str: ...
    def restore(self, ids: Iterable[str]) -> object: ...
    def rewrite(self, track_id: str, old: bytes, new: bytes) -> bytes: ...
    def put_back(self, file: Path, old: bytes | None, new: bytes | None) -> None: ...


class Action(Protocol):
    """A change that was made; `text` says for people what it was."""

    @property
    def text(self) -> str: ...

    def revert(self, shelf: UndoTarget) -> Action:
        """Take it back; the change that this makes."""
        ...

    def needs(self, ids: set[str]) -> bool:
        """Whether it can't be reverted once these tracks are gone for good."""
        ...


class Trashed(NamedTuple):
    """Tracks were moved to the trash."""

    ids: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{_tracks(self.ids)} to the trash"

    def revert(self, shelf: UndoTarget) -> Action:
        shelf.restore(self.ids)
        return Restored(self.ids)

    def needs(self, ids: set[str]) -> bool:
        return bool(ids & set(self.ids))


class Restored(NamedTuple):
    """Tracks were brought back from the trash."""

    ids: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{_tracks(self.ids)} back from the trash"

    def revert(self, shelf: UndoTarget) -> Action:
        shelf.trash(self.ids)
        return Trashed(self.ids)

    def needs(self, ids: set[str]) -> bool:
        return bool(ids & set(self.ids))


class Edited(NamedTuple):
    """A text file was changed; its bytes before and after."""

    track_id: str
    name: str
    before: bytes
    after: bytes

    @property
    def text(self) -> str:
        return f"a change of {self.name}"

    def revert(self, shelf: UndoTarget) -> Action:
        now = shelf.rewrite(self.track_id, self.after, self.before)
        return Edited(self.track_id, self.name, self.after, now)

    def needs(self, ids: set[str]) -> bool:
        return self.track_id in ids


class FileChanged(NamedTuple):
    """A file of the library's own, such as a playlist, was written; None is a file that isn't
    there."""

    file: Path
    what: str
    before: bytes | None
    after: bytes | None

    @property
    def text(self) -> str:
        return f"a change of {self.what}"

    def revert(self, shelf: UndoTarget) -> Action:
        shelf.put_back(self.file, self.after, self.before)
        return FileChanged(self.file, self.what, self.after, self.before)

    def needs(self, ids: set[str]) -> bool:
        return False


class Group(NamedTuple):
    """Several changes that were asked for as one; `text` says for people what they were."""

    actions: tuple[Action, ...]
    text: str

    def revert(self, shelf: UndoTarget) -> Action:
        """Take back what can be. Raises `CantUndo` where some of it was changed by others since."""
        back, refused = [], []
        for action in reversed(self.actions):
            try:
                back.append(_revert(action, shelf))
            except CantUndo as error:
                refused.append(str(error))
        if refused:
            more = f" The other {len(back)} changes were undone." if back else ""
            raise CantUndo(" ".join(refused[:3]) + more)
        return Group(tuple(back), self.text)

    def needs(self, ids: set[str]) -> bool:
        return any(action.needs(ids) for action in self.actions)


class History:
    """The changes that were made here, and those that were undone. Not kept on the disk."""

    def __init__(self) -> None:
        self._done: list[Action] = []
        self._undone: list[Action] = []

    def add(self, action: Action) -> None:
        """A change was made; what had been undone before it can't be made again."""
        self._done.append(action)
        self._undone.clear()

    @contextmanager
    def together(self, text: str = "") -> Iterator[None]:
        """What is added inside is taken back as one; `text` says for people what it was."""
        start = len(self._done)
        try:
            yield
        finally:
            made = tuple(self._done[start:])
            if not text and len(made) > 1 and all(isinstance(one, Trashed) for one in made):
                ids = [one.ids for one in made if isinstance(one, Trashed)]
                self._done[start:] = [Trashed(tuple(chain.from_iterable(ids)))]
            elif len(made) > 1 or (made and text):
                self._done[start:] = [Group(made, text or f"{len(made)} changes")]

    def forget(self, ids: set[str]) -> None:
        """These tracks are gone for good."""
        self._done = [action for action in self._done if not action.needs(ids)]
        self._undone = [action for action in self._undone if not action.needs(ids)]

    def undo(self, shelf: UndoTarget) -> Action | None:
        """Take back the last change; None where there is nothing to undo."""
        return self._swap(self._done, self._undone, shelf)

    def redo(self, shelf: UndoTarget) -> Action | None:
        """Make the change again that was undone last."""
        return self._swap(self._undone, self._done, shelf)

    def _swap(self, source: list[Action], target: list[Action], shelf: UndoTarget) -> Action | None:
        if not source:
            return None
        action = source[-1]
        done, undone = list(self._done), list(self._undone)
        try:
            back = _revert(action, shelf)
        except CantUndo:
            source.pop()  # it never can be again; those before it can
            raise
        # To revert is a change like any other, and was added as one.
        self._done[:], self._undone[:] = done, undone
        source.pop()
        target.append(back)
        return action


def _revert(action: Action, shelf: UndoTarget) -> Action:
    """Take it back. Raises `CantUndo`, also where a track was taken away by others."""
    try:
        return action.revert(shelf)
    except StudioError as error:
        if error.code == "unknown_track":
            raise CantUndo(str(error)) from error
        raise


def _tracks(ids: tuple[str, ...]) -> str:
    return "1 track" if len(ids) == 1 else f"{len(ids)} tracks"

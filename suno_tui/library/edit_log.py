"""Keep the edits by agents on disk, so that the agent, or the user in the studio, can undo each.

The log is a file of JSON Lines with the bytes of a track file or a playlist before and after each
edit. It is a convenience: a line that can't be read is skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import home_error
from suno_tui.library.undo import Edited, FileChanged

_MOST = 8 << 20
"""Size in bytes above which the log is emptied before the next edit."""


class LoggedEdit(NamedTuple):
    """An edit with the token that names it, and who made it."""

    token: str
    who: str
    edit: Edited | FileChanged

    @property
    def name(self) -> str:
        """What was changed: the name of a track, or `the playlist Best`."""
        return self.edit.name if isinstance(self.edit, Edited) else self.edit.what


class EditLog:
    """The log of a home. Any process may append to it and read it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, who: str, edit: Edited | FileChanged) -> str:
        """Keep an edit and return its token. Raises `HomeError`."""
        import secrets

        token = secrets.token_hex(4)
        if isinstance(edit, Edited):
            what = {"track": edit.track_id, "name": edit.name}
        else:
            what = {"file": str(edit.file), "name": edit.what}
        bytes_ = {"before": _text(edit.before), "after": _text(edit.after)}
        line = {"token": token, "who": who, **what, **bytes_}
        make_folder(self._file.parent)
        full = self.size() > _MOST
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if full else 0)
        try:
            handle = os.open(self._file, flags, 0o600)
            try:
                os.write(handle, f"{json.dumps(line)}\n".encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise home_error(self._file, error) from error
        return token

    def size(self) -> int:
        """Return the size of the log in bytes, to see whether it has grown; 0 if there is none."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def since(self, offset: int) -> list[LoggedEdit]:
        """Return the edits from byte `offset` on; all of them if the log was emptied since."""
        try:
            with self._file.open("rb") as file:
                file.seek(offset if offset <= self.size() else 0)
                lines = file.read(2 * _MOST).split(b"\n")
        except OSError:
            return []
        return [edit for line in lines if (edit := _read(line)) is not None]

    def find(self, token: str) -> LoggedEdit | None:
        """Return the edit of a token, or None."""
        return next((each for each in self.since(0) if each.token == token), None)


def _read(line: bytes) -> LoggedEdit | None:
    try:
        table = json.loads(line)
        name, before, after = str(table["name"]), _bytes(table["before"]), _bytes(table["after"])
        edit: Edited | FileChanged
        if "file" in table:
            edit = FileChanged(Path(table["file"]), name, before, after)
        else:
            edit = Edited(str(table["track"]), name, before or b"", after or b"")
        return LoggedEdit(str(table["token"]), str(table["who"]), edit)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")

"""The storage of audio and covers: its interface, and the implementation by a folder."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from starlette.responses import FileResponse, Response

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import StudioError, UsageError, home_error

MEDIA_TYPES = {".mp3": "audio/mpeg", ".jpg": "image/jpeg"}


STORAGE_TROUBLES = ("down", "slow", "full", "refused", "clock", "missing", "taken", "failed")


class StorageTrouble(StudioError):
    """The storage can't be used at the moment; files to be stored wait.

    `kind` is a word for the metrics, one of `STORAGE_TROUBLES`.
    """

    title = "The storage can't be used"
    code = "storage_trouble"

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


class NotOurs(UsageError):
    """The storage belongs to another server, which would lose its files."""

    title = "The storage belongs to another server"
    code = "storage"


class Stored(NamedTuple):
    """A stored file; the time is in Unix seconds."""

    name: str
    modified_at: float


class Storage(Protocol):
    """Files by name, such as `audio/2026/04/05/….mp3`."""

    url: str | None
    """The address at which other machines can store files; None if they can't."""
    settle_seconds: float
    """The age from which a file that is not in the ledger counts as lost."""

    def save(self, name: str, data: bytes) -> None:
        """Store a file, completely or not at all; it is on disk when this returns.

        Raises `StorageTrouble` if it may work later.
        """

    async def answer(
        self, name: str, *, method: str, ranges: str | None, seconds_left: float
    ) -> Response | None:
        """Return a response that sends the file; None if there is none.

        `ranges` is the request's Range header, `seconds_left` how long the file will be kept.
        Raises `StorageTrouble`.
        """

    def delete(self, names: Collection[str]) -> None:
        """Delete those of the files that exist. Raises `StudioError`."""

    def stored(self) -> Iterator[Stored]:
        """Yield every stored file."""

    def claim(self, folder: Path) -> None:
        """Make sure that only the server in `folder` uses the storage.

        Raises `NotOurs`, and `StorageTrouble` if it can't be checked now.
        """


def new_name(kind: str, suffix: str, now: float) -> str:
    """Return an unguessable name (192 random bits), with the date as the hosted provider has it."""
    day = datetime.fromtimestamp(now, UTC)
    return f"{kind}/{day:%Y/%m/%d}/{secrets.token_urlsafe(24)}{suffix}"


class FolderStorage:
    """A storage in a folder. Names must come from the ledger, never from a request."""

    url: str | None = None
    settle_seconds = 0.0

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, name: str, data: bytes) -> None:
        write_bytes(self.path / name, data)

    async def answer(
        self, name: str, *, method: str, ranges: str | None, seconds_left: float
    ) -> Response | None:
        """See `Storage.answer`; the response reads the ranges itself."""
        path = self.path / name
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], stat_result=stat)

    def delete(self, names: Collection[str]) -> None:
        for path in (self.path / name for name in names):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise home_error(path, error) from error

    def stored(self) -> Iterator[Stored]:
        for path in sorted(self.path.rglob("*")):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # a temporary file was renamed meanwhile
            if stat.S_ISREG(found.st_mode):
                yield Stored(path.relative_to(self.path).as_posix(), found.st_mtime)

    def claim(self, folder: Path) -> None:
        """Do nothing: the folder is inside the server's own."""

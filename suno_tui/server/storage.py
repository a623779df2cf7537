"""The storage of audio and covers: an interface, and a folder that implements it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from starlette.responses import FileResponse, Response

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import home_error

MEDIA_TYPES = {".mp3": "audio/mpeg", ".jpg": "image/jpeg"}


class Storage(Protocol):
    """Files by name, such as `audio/2026/04/05/….mp3`; object storage could implement it, too."""

    def save(self, name: str, data: bytes) -> None:
        """Store a file, completely or not at all; it is on disk when this returns."""

    def answer(self, name: str) -> Response | None:
        """Return a response that sends the file, with ranges; None if there is none."""

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""

    def names(self) -> Iterator[str]:
        """Yield the name of every stored file."""


def new_name(kind: str, suffix: str, now: float) -> str:
    """Return a name that nobody can guess (192 random bits), dated as at the hosted provider."""
    day = datetime.fromtimestamp(now, UTC)
    return f"{kind}/{day:%Y/%m/%d}/{secrets.token_urlsafe(24)}{suffix}"


class FolderStorage:
    """A storage in a folder. Names must come from the ledger, never from a request."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, name: str, data: bytes) -> None:
        write_bytes(self.path / name, data)

    def answer(self, name: str) -> Response | None:
        path = self.path / name
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], stat_result=stat)

    def delete(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise home_error(self.path / name, error) from error

    def names(self) -> Iterator[str]:
        for path in sorted(self.path.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.path).as_posix()

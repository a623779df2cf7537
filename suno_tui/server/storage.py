"""Where audio and covers are kept: a small interface, and the folder that fulfils it today."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from starlette.responses import FileResponse, Response

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import home_error

MEDIA = {".mp3": "audio/mpeg", ".jpg": "image/jpeg"}


class Storage(Protocol):
    """Files by name, `audio/2026/04/05/….mp3`. Object storage can stand behind it as well."""

    def save(self, name: str, data: bytes) -> None:
        """Keep the file, whole or not at all; on disk when this returns."""

    def answer(self, name: str) -> Response | None:
        """The answer that hands the file out, with ranges; None where it is not there."""

    def delete(self, name: str) -> None:
        """Forget the file; no error where it is not there."""

    def names(self) -> Iterator[str]:
        """Every file that is kept."""


def new_name(kind: str, suffix: str, now: float) -> str:
    """A name that nobody can guess (192 random bits), dated as the hosted provider's are."""
    day = datetime.fromtimestamp(now, UTC)
    return f"{kind}/{day:%Y/%m/%d}/{secrets.token_urlsafe(24)}{suffix}"


class Folder:
    """The storage in a folder. Names come from the ledger only, never from a request."""

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
        return FileResponse(path, media_type=MEDIA[path.suffix], stat_result=stat)

    def delete(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise home_error(self.path / name, error) from error

    def names(self) -> Iterator[str]:
        for path in sorted(self.path.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.path).as_posix()

"""A take's files while they are downloaded, before the library has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from suno_tui.media.kinds import PICTURES
from suno_tui.providers.errors import BadFile
from suno_tui.providers.transfer import discard
from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Hold, Take, Task

_EARLIER = ("mp3", "wav", "flac", "ogg", "m4a")
"""Kinds of audio that earlier versions named without `audio`."""
_AUDIO, _WRONG, _PART = "audio", "wrong", "part"


class TakeFiles:
    """The files of one take. If the task is sent again, their names differ."""

    def __init__(self, folder: Path, task: Task, take: Take) -> None:
        self.task = task
        self.take = take
        mark = hashlib.sha256((task.task_id or "").encode()).hexdigest()[:8]
        self.folder = folder
        self.stem = f"{task.id}-{take.number}-{mark}"

    def part(self, what: str) -> Path:
        return self.folder / f"{self.stem}.{what}.{_PART}"

    def audio(self) -> Path | None:
        """Return the complete audio that an earlier try or worker left."""
        for path in self.folder.glob(f"{self.stem}.{_AUDIO}.*"):
            if _PART not in path.name.split("."):
                return path
        return self._found(_EARLIER)

    def cover(self) -> Path | None:
        return self._found(suffix[1:] for suffix in PICTURES)

    def keep_audio(self, part: Path, kind: str) -> Path:
        """Rename a complete audio file of any kind."""
        path = self.folder / f"{self.stem}.{_AUDIO}.{kind}"
        part.replace(path)
        discard(part)
        return path

    def keep_cover(self, part: Path, kind: str) -> Path:
        """Rename a complete cover. Raises `BadFile` if it is no picture."""
        path = self.folder / f"{self.stem}.{kind}"
        if is_picture := f".{kind}" in PICTURES:
            part.replace(path)
        discard(part)
        if not is_picture:
            raise BadFile(f"It is a file of kind {kind}.")
        return path

    def set_aside(self, audio: Path) -> None:
        """Keep a broken file in case no better one comes; of two, the larger one."""
        before = self.wrong()
        if before and before.stat().st_size > audio.stat().st_size:
            audio.unlink()
            return
        if before:
            before.unlink()
        audio.replace(self.folder / f"{self.stem}.{_WRONG}{audio.suffix}")

    def wrong(self) -> Path | None:
        """Return the file that was set aside."""
        return next(iter(self.folder.glob(f"{self.stem}.{_WRONG}.*")), None)

    def left_alone(self) -> Hold:
        """Return the hold of a take that is left alone because workers died while filing it."""
        audio = self.audio()
        where = f" Its file is {audio}." if audio else ""
        return Hold(
            HoldCode.FILING_DIED,
            f"Two workers ended while take {self.take.number} was being put into the library, so "
            f"it is left alone.{where} `suno-tui queue retry {self.task.id}` tries it again.",
        )

    def discard(self) -> None:
        for path in self.folder.glob(f"{self.stem}.*"):
            path.unlink(missing_ok=True)

    def _found(self, kinds: Iterable[str]) -> Path | None:
        for kind in kinds:
            if (path := self.folder / f"{self.stem}.{kind}").exists():
                return path
        return None

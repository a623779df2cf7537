"""Where a take's files grow, until the library has them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from suno_tui.api.errors import BadFile
from suno_tui.api.transfer import discard
from suno_tui.queue.records import Take, Task

PICTURE = ("jpg", "png", "webp", "gif", "avif", "bmp", "tiff", "heic")
_EARLIER = ("mp3", "wav", "flac", "ogg", "m4a")
"""Kinds of audio that earlier versions named without `audio`."""
_AUDIO, _WRONG, _PART = "audio", "wrong", "part"


class Files:
    """The files of one take. A task that was sent anew has other takes: its files never mix with
    the earlier ones."""

    def __init__(self, folder: Path, task: Task, take: Take) -> None:
        mark = hashlib.sha256((task.task_id or "").encode()).hexdigest()[:8]
        self.folder = folder
        self.stem = f"{task.id}-{take.number}-{mark}"

    def part(self, what: str) -> Path:
        return self.folder / f"{self.stem}.{what}.{_PART}"

    def audio(self) -> Path | None:
        """The whole audio that an earlier try, or worker, has left."""
        for path in self.folder.glob(f"{self.stem}.{_AUDIO}.*"):
            if _PART not in path.name.split("."):
                return path
        return self._found(_EARLIER)

    def cover(self) -> Path | None:
        return self._found(PICTURE)

    def keep_audio(self, part: Path, kind: str) -> Path:
        """Give a whole audio file its name, of whatever kind it is."""
        path = self.folder / f"{self.stem}.{_AUDIO}.{kind}"
        part.replace(path)
        discard(part)
        return path

    def keep_cover(self, part: Path, kind: str) -> Path:
        """Give a whole cover its name. Raises `BadFile` if it is no picture."""
        path = self.folder / f"{self.stem}.{kind}"
        if kind in PICTURE:
            part.replace(path)
        discard(part)
        if kind not in PICTURE:
            raise BadFile(f"It is a file of kind {kind}.")
        return path

    def set_aside(self, audio: Path) -> None:
        """Keep a file that is not what it should be: better than none, if no better one comes."""
        before = self.wrong()
        if before and before.stat().st_size > audio.stat().st_size:
            audio.unlink()
            return
        if before:
            before.unlink()
        audio.replace(self.folder / f"{self.stem}.{_WRONG}{audio.suffix}")

    def wrong(self) -> Path | None:
        """The file that was set aside."""
        return next(iter(self.folder.glob(f"{self.stem}.{_WRONG}.*")), None)

    def discard(self) -> None:
        for path in self.folder.glob(f"{self.stem}.*"):
            path.unlink(missing_ok=True)

    def _found(self, kinds: tuple[str, ...]) -> Path | None:
        for kind in kinds:
            if (path := self.folder / f"{self.stem}.{kind}").exists():
                return path
        return None

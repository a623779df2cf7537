"""A player that makes no sound and whose time the test sets."""

from __future__ import annotations

from pathlib import Path


class SilentPlayer:
    """Does what it is told at once; `position` moves only by `seek` and by the test."""

    output, why = "none", "A test makes no sound."

    def __init__(self) -> None:
        self.path: Path | None = None
        self.volume = 80
        self.position = 0.0
        self.duration = 0.0
        self.playing = False
        self.ended = False
        self.error = ""

    def load(self, path: Path, *, start: float = 0.0) -> None:
        self.path, self.position, self.ended, self.playing = path, start, False, False
        self.error = "" if path.exists() else "The file is gone."

    def play(self) -> None:
        self.playing = not self.error

    def pause(self) -> None:
        self.playing = False

    def toggle(self) -> None:
        self.playing = not self.playing

    def swap(self, path: Path) -> None:
        self.path = path

    def seek(self, seconds: float) -> None:
        self.position, self.ended = seconds, False

    def end(self) -> None:
        """The track has come to its end."""
        self.playing, self.ended = False, True

    def close(self) -> None:
        self.playing = False

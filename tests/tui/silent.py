"""A player that makes no sound and whose time the test sets."""

from __future__ import annotations

from pathlib import Path


class SilentPlayer:
    """Acts at once; `position` moves only by `seek` and by the test."""

    output, why = "device", "A test makes no sound."
    whole = False
    to_listener, at_home, stays, waiting, target, socket = False, False, False, False, "auto", None
    listener_id, outdated = "", False

    def __init__(self) -> None:
        self.path: Path | None = None
        self.volume = 80
        self.position = 0.0
        self.duration = 0.0
        self.playing = False
        self.ended = False
        self.error = ""
        self.following: Path | None = None
        self.prepared: list[Path] = []
        self.sent_to: object = None

    def load(self, path: Path, *, start: float = 0.0) -> None:
        self.path, self.position, self.ended, self.playing = path, start, False, False
        self.error = "" if path.exists() else "The file is gone."

    def play(self) -> None:
        self.playing = not self.error

    def pause(self) -> None:
        self.playing = False

    def toggle(self) -> None:
        self.playing = not self.playing

    def wait(self, timeout: float = 0.0) -> str:
        return self.error

    def follow(self, *paths: Path) -> None:
        self.following = paths[0] if paths else None

    def go_on(self) -> None:
        """Begin the next track, as the player does by itself."""
        assert self.following is not None
        self.path, self.position, self.following = self.following, 0.0, None
        self.error = "" if self.path.exists() else "The file is gone."
        self.playing, self.ended = not self.error, bool(self.error)

    def prepare(self, path: Path) -> None:
        self.prepared.append(path)

    def send_to(self, output: object) -> None:
        self.sent_to = output

    def switch(self, path: Path) -> str:
        if not path.exists():
            return "The file is gone."
        self.path = path
        return ""

    def listeners(self) -> list[object]:
        return []

    def choose(self, target: str, socket: Path | None = None) -> str:
        self.target = target
        return ""

    def find_soon(self) -> None:
        pass

    def send_ahead(self, paths: list[Path]) -> None:
        pass

    def skip(self, by: int) -> None:
        pass

    def still_plays(self, path: Path) -> bool:
        return False

    def seek(self, seconds: float) -> None:
        self.position, self.ended = seconds, False

    def end(self) -> None:
        """End the track."""
        self.playing, self.ended = False, True

    def close(self) -> None:
        self.playing = False

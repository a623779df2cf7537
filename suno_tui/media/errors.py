"""Errors from reading audio files and pictures."""

from __future__ import annotations

from pathlib import Path

from suno_tui.common.errors import StudioError


class BadAudio(StudioError):
    """The file isn't audio, or isn't complete; it was left where it is."""

    title = "The audio is not complete"
    code = "bad_audio"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}. The file was left there.")
        self.path = path
        self.why = why


class CantPlay(StudioError):
    """The file can't be played: it is gone, isn't audio, or has no decoder on this machine."""

    title = "That can't be played"
    code = "cant_play"


class CantRead(StudioError):
    """No file can be read now: the machine has no memory or no room for another process.

    This is temporary and not the file's fault: try again.
    """

    title = "Sound and pictures can't be read now"
    code = "media"
    exit_code = 4


NO_DECODER = (
    "There is no sound on this machine: neither miniaudio nor soundfile works here. "
    "The files can be played with any other player."
)


class Bad(Exception):
    """Raised in the child: a file is not what it should be; the message says why."""

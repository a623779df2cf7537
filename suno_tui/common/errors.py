"""The one error tree: what happened, what it means for money and files, what to do.

Every error that a person may meet is a `StudioError`. `title` is a few words for a heading, `str()`
is the whole text. `code` is the word that scripts branch on, `exit_code` what the command line
ends with (`cli.md`). Text from a provider stands in these messages as it came: whoever shows it
treats it as text, never as markup.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import ClassVar

from suno_tui.common.safe_files import Unfit


class StudioError(Exception):
    """Anything that the studio can explain; what it can't explain is a bug and has a traceback."""

    title: ClassVar[str] = "That did not work"
    code: str = "error"
    exit_code: ClassVar[int] = 1


class UsageError(StudioError):
    """The request is wrong in itself: nothing was sent, nothing was charged."""

    title = "That can't be sent"
    code = "usage"
    exit_code = 2


class SettingsError(UsageError):
    """`config.toml`, the environment or the keymap says something that can't be followed."""

    title = "The settings are wrong"
    code = "settings"


class HomeError(StudioError):
    """The home folder can't be read or written: no permission, a full disk, a file in the way."""

    title = "The studio's folder can't be used"
    code = "home"
    exit_code = 4


class DamagedFile(StudioError):
    """A file of ours can't be read. It is left where it is; everything else goes on."""

    title = "A file is damaged"
    code = "damaged_file"
    exit_code = 4

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def home_error(path: Path, error: OSError) -> HomeError:
    """The error for people: which path, what the system says, what to do about it."""
    if isinstance(error, Unfit):
        return HomeError(f"{path}: {error.strerror}. Move it away.")
    advice = {
        errno.ENOSPC: "The disk is full. Free some space; the studio goes on by itself.",
        errno.EDQUOT: "Your disk quota is used up. Free some space; the studio goes on by itself.",
        errno.EACCES: "You may not write there. Give yourself permission or set SUNO_TUI_HOME.",
        errno.EPERM: "You may not write there. Give yourself permission or set SUNO_TUI_HOME.",
        errno.EROFS: "That disk is read-only. Set SUNO_TUI_HOME to a folder that can be written.",
    }.get(error.errno or 0, "Check the path, or set SUNO_TUI_HOME to another folder.")
    return HomeError(f"{path}: {error.strerror or error}. {advice}")

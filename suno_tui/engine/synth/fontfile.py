"""Find a SoundFont, and check whether a file is one, without loading the synthesis.

The file named by SUNO_TUI_SOUNDFONT is used ("off" for none), else the first SoundFont found where
systems keep them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from suno_tui.common.paths import expand_home

_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts",
            "/usr/local/share/soundfonts", "~/.local/share/soundfonts",
            "~/Library/Audio/Sounds/Banks")  # fmt: skip


def find() -> Path | None:
    """Return the SoundFont to use, None for none. A file that was named may be missing."""
    named = os.environ.get("SUNO_TUI_SOUNDFONT", "")
    if named:
        return None if named == "off" else expand_home(named)
    for folder in _FOLDERS:
        for file in sorted(expand_home(folder).glob("*.sf[23]")):
            try:
                check(file)
            except (OSError, ValueError):
                continue
            return file
    return None


def check(path: Path) -> None:
    """Check the first bytes. Raises OSError, and ValueError if it is no SoundFont."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("this is not a file")  # opening a named pipe would wait for ever
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ValueError("this is not a SoundFont")


def trouble(named: str) -> str | None:
    """Return why the file that was named is no SoundFont, and the consequence; else None."""
    try:
        check(expand_home(named))
    except (OSError, ValueError) as error:
        return explained(named, error)
    return None


def explained(name: object, error: Exception) -> str:
    """Return what is wrong with a SoundFont's file, and the consequence."""
    why = getattr(error, "strerror", None) or str(error)
    return f"{name}: {why}. The engine plays its own instruments."

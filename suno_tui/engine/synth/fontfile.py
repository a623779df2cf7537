"""Find a SoundFont, and check whether a file is one, without loading the synthesis.

The file named by SUNO_TUI_SOUNDFONT is used ("off" for none), else the first one found where
systems keep them.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts",
            "/usr/local/share/soundfonts", "~/.local/share/soundfonts",
            "~/Library/Audio/Sounds/Banks")  # fmt: skip


def find() -> Path | None:
    """Return the SoundFont to use, None for none."""
    named = os.environ.get("SUNO_TUI_SOUNDFONT", "")
    if named:
        return None if named == "off" else Path(named).expanduser()
    for folder in _FOLDERS:
        if fonts := sorted(Path(folder).expanduser().glob("*.sf[23]")):
            return fonts[0]
    return None


def check(path: Path) -> None:
    """Check the first bytes. Raises OSError, and ValueError if it is no SoundFont."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ValueError("this is not a SoundFont")


def trouble(named: str) -> str | None:
    """Return why the file that was named can't be used, and the consequence; else None."""
    try:
        check(Path(named).expanduser())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return f"{named}: {why}. The engine plays its own acoustic instruments."
    return None

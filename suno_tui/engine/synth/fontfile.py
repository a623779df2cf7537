"""Find a SoundFont, and check whether a file is one, without loading the synthesis.

The file named by SUNO_TUI_SOUNDFONT is used ("off" for none), else the first SoundFont found where
systems keep them.
"""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

from suno_tui.common.paths import expand_home
from suno_tui.engine import optional_files

_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts",
            "/usr/local/share/soundfonts", "~/.local/share/soundfonts",
            "~/Library/Audio/Sounds/Banks")  # fmt: skip
CONSEQUENCE = "The engine plays its own instruments."
"""Of a SoundFont that can't be used."""


def find() -> Path | None:
    """Return the SoundFont to use, None for none. A file that was named may be missing."""
    named = os.environ.get("SUNO_TUI_SOUNDFONT", "")
    if named:
        return None if named == "off" else expand_home(named)
    folders = (sorted(expand_home(folder).glob("*.sf[23]")) for folder in _FOLDERS)
    return optional_files.find_valid(chain.from_iterable(folders), check)


def check(path: Path) -> None:
    """Check the first bytes. Raises OSError, and ValueError if it is no SoundFont."""
    optional_files.require_file(path)
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ValueError("this is not a SoundFont")


def trouble(named: str) -> str | None:
    """Return why the file that was named is no SoundFont, and the consequence; else None."""
    return optional_files.trouble(named, lambda: check(expand_home(named)), CONSEQUENCE)
